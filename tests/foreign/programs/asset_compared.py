"""A provider that decides by the asset whether anything changed."""
# change: "plum" -> "damson"
# plan: replace jar
# stock fails: again, planned, changed, refresh, settled, destroy
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Labels(ResourceProvider):
    def diff(self, id_, olds, news):
        changed = getattr(olds["picture"], "hash", 1) != getattr(news["picture"], "hash", 2)
        return DiffResult(changes=changed, replaces=["picture"] if changed else [], delete_before_replace=True)

    def create(self, props):
        return CreateResult("l-" + props["picture"].text, props)


class Label(Resource):
    def __init__(self, name, picture):
        super().__init__(Labels(), name, {"picture": picture})


Label("jar", pulumi.StringAsset("plum"))
