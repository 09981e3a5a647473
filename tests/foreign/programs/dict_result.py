"""create() returns a dict, as in another language: what it made is kept by its id, and told to be wrong."""
# change: "plum" -> "damson"
# plan: update a
# fails: create, again
# stock fails: create, again, changed, settled
# says: in place of a CreateResult
import pulumi
from pulumi.dynamic import Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return {"id": "a", "outs": {**props, "made": True}}

    def update(self, id_, olds, news):
        return UpdateResult({**news, "made": True})


class Thing(Resource):
    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind})


Thing("a", "plum")
