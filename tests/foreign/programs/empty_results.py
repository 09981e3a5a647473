"""Results without outputs, with None for some, and outputs that the class promises and the provider forgets."""
# change: "plum" -> "damson"
# plan: update a, update b
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        if props["name"] == "a":
            return CreateResult("a")
        return CreateResult(id_="b", outs={**props, "none": None, "list": [None, {"none": None}]})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "none": None})

    def read(self, id_, props):
        return ReadResult(id_, props)


class Thing(Resource):
    forgotten: pulumi.Output[str]
    none: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"name": name, "kind": kind, "forgotten": None, "none": None})


things = [Thing(name, "plum") for name in ("a", "b")]
pulumi.export("all", [[thing.forgotten, thing.none] for thing in things])
