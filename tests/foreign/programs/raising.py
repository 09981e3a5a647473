"""update() raises, and goes on raising."""
# change: size=3 -> size=30
# plan: update a
# fails: changed, settled
# says: too large
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", props)

    def update(self, id_, olds, news):
        raise ValueError("too large")


class Thing(Resource):
    def __init__(self, name, size):
        super().__init__(Things(), name, {"size": size})


Thing("a", size=3)
