"""Objects in lists in objects, empty ones, nulls, booleans, long texts and signs of every kind."""
# change: "last": 1 -> "last": 2
# plan: update a
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", {**props, "made": {"list": [{"n": 1.5, "none": None}, [], {}], "text": "x" * 3000}})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})

    def read(self, id_, props):
        return ReadResult(id_, dict(props))


class Thing(Resource):
    def __init__(self, name, value):
        super().__init__(Things(), name, {"value": value, "flag": True, "made": None})


Thing("a", {"list": [{"deep": {"er": ["\u00e9\n\t\"'", "\U0001f41d"]}}, [], {}], "": "empty name", "a.b": "dots", "last": 1})
