"""read() says that it is gone: the next up makes it again."""
# change: "plum" -> "damson"
# plan: update a
# fails: settled
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", props)

    def update(self, id_, olds, news):
        return UpdateResult(news)

    def read(self, id_, props):
        return ReadResult("", {})


class Thing(Resource):
    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind})


Thing("a", "plum")
