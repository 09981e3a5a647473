"""configure() reads the stack's configuration."""
# change: "a b" -> "c d"
# plan: update a
# outputs: region=north
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def configure(self, req):
        self.region = req.config.get("region")

    def create(self, props):
        return CreateResult("a", {**props, "region": self.region})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "region": self.region})


class Thing(Resource):
    region: pulumi.Output[str]

    def __init__(self, name, words):
        super().__init__(Things(), name, {"words": words.split(), "region": None})


pulumi.export("region", Thing("a", "a b").region)
