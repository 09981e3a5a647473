"""Values of a library as it returns them: decimals, bytes, sets and dates among texts, tuples and numbers of an enum."""
# change: "plum" -> "damson"
# plan: update a
# fails: create, again
# stock fails: create, again, changed, settled
# says: 'price' is a Decimal
# outputs: place=north, north
import datetime
import decimal
import http

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        outs = {"place": "north", "code": http.HTTPStatus.CREATED, "pair": (1, 2), "price": decimal.Decimal("1.50"), "raw": b"\xff", "tags": {"one"}}
        return CreateResult("a", {**props, **outs, "day": datetime.date(2026, 1, 1), "deep": {"list": [frozenset()]}})

    def update(self, id_, olds, news):
        assert olds["code"] == 201 and olds["pair"] == [1, 2]
        return UpdateResult({**olds, **news, "price": 1.5})


class Thing(Resource):
    place: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind, "place": None})


pulumi.export("place", Thing("a", "plum").place)
