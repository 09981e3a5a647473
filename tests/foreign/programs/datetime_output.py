"""An output that cannot be stored: the rest is kept, and the next up mends it."""
# change: "plum" -> "damson"
# plan: update a
# fails: create, again
# stock fails: create, again, changed, settled
# says: cannot be stored
import datetime

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", {**props, "made": datetime.datetime(2026, 1, 1)})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "made": "2026-01-01"})


class Thing(Resource):
    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind})


Thing("a", "plum")
