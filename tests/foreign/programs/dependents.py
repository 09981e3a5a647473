"""One resource takes another's outputs; secrets travel along."""
# change: "plum" -> "damson"
# plan: update tree, update fruit
# outputs: count=4, 6
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult(props["kind"], {**props, "count": len(props["kind"])})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "count": len(news["kind"])})


class Thing(Resource):
    count: pulumi.Output[int]

    def __init__(self, name, kind, **more):
        super().__init__(Things(), name, {"kind": kind, "count": None, **more})


tree = Thing("tree", pulumi.Output.secret("plum"))
fruit = Thing("fruit", "same", of=tree.count)
pulumi.export("count", fruit.of if hasattr(fruit, "of") else tree.count)
