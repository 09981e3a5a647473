"""Results share their dicts with the arguments, with each other and with the class; a read forgets a removed input."""
# change: "plum" -> "damson"
# plan: update a, update b
# fails: settled
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    last = {"color": "red"}

    def create(self, props):
        props["made"] = True
        if props["name"] == "b":
            return CreateResult("b", self.last)
        return CreateResult("a", props)

    def update(self, id_, olds, news):
        olds.update(news)
        olds["changed"] = True
        return UpdateResult(olds)

    def read(self, id_, props):
        return ReadResult(id_=id_, outs=props, inputs=props)


class Thing(Resource):
    def __init__(self, name, kind, **more):
        super().__init__(Things(), name, {"name": name, "kind": kind, **more})


things = [Thing("a", "plum", more=1), Thing("b", "plum")]
