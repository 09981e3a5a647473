"""ignore_changes, delete_before_replace, protect taken away, custom timeouts."""
# change: "plum", 1 -> "damson", 2
# plan: update a
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("a", props)

    def update(self, id_, olds, news):
        assert news["kind"] == "plum"
        return UpdateResult(news)


class Thing(Resource):
    def __init__(self, name, kind, size):
        opts = pulumi.ResourceOptions(ignore_changes=["kind"], custom_timeouts=pulumi.CustomTimeouts(create="5m"))
        super().__init__(Things(), name, {"kind": kind, "size": size}, opts)


Thing("a", "plum", 1)
