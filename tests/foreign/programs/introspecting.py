"""A provider that looks closely at what it is given: names, types and order, in every method."""
# change: "count": 3 -> "count": 4.5
# plan: update a
import json

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


def look(value):
    if isinstance(value, dict):
        return {key: look(item) for key, item in value.items() if key != "seen"}
    if isinstance(value, list):
        return [look(item) for item in value]
    return f"{type(value).__name__} {'code' if len(str(value)) > 100 else value!r}"


def text(**given):
    return json.dumps({name: look(value) for name, value in given.items()}, sort_keys=True)


class Things(ResourceProvider):
    def check(self, _olds, news):
        return CheckResult({**news, "checked": text(olds=sorted(set(_olds) & {"count", "names"}), news=news)}, [])

    def diff(self, _id, _olds, _news):
        return DiffResult(changes=_olds["count"] != _news["count"], replaces=None, stables=["names"], delete_before_replace=None)

    def create(self, props):
        return CreateResult(id_="a", outs={**props, "seen": text(props=props)})

    def update(self, _id, _olds, _news):
        return UpdateResult(outs={**_news, "seen": text(id=_id, olds=_olds, news=_news)})

    def read(self, id_, props):
        return ReadResult(id_=id_, outs={**props, "seen": text(id=id_, props=props)})


class Thing(Resource):
    seen: pulumi.Output[str]

    def __init__(self, name, props):
        super().__init__(Things(), name, {**props, "seen": None})


Thing("a", {"count": 3, "names": ("b", "a"), "none": None, "flag": False, "inner": {"one": [1, None, {}], "none": None}})
