"""A provider uses an Enum of the program's main module, which cannot be stored with it."""
# change: "plum" -> "damson"
# fails: create, again, planned, changed, settled
# says: it uses Kind of the program's __main__.py, which cannot be stored with it
from enum import Enum

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Kind(Enum):
    STONE = "plum"
    CORE = "apple"


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", {**props, "has_stone": Kind(props["kind"]) is Kind.STONE})


class Thing(Resource):
    has_stone: pulumi.Output[bool]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind, "has_stone": None})


Thing("a", "plum")
