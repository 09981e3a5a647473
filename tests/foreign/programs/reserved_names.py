"""Inputs called id, urn and name, and ones with dashes, dots, blanks and signs of other languages."""
# change: "last": 1 -> "last": 2
# plan: update a
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult(props["id"] + "-made", {**props, "self": 1, "opts": {"id": "x"}})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})

    def read(self, id_, props):
        return ReadResult(id_, props, {key: value for key, value in props.items() if key not in ("self", "opts")})


class Thing(Resource):
    def __init__(self, name, props):
        super().__init__(Things(), name, props)


made = Thing("a", {"id": "given", "name": "n", "type": "t", "with-dash": 1, "a.b[0]": 1, "two words": 1, "größe": 1, "last": 1})
pulumi.export("id", made.id)
