"""A provider that uploads the text of an asset, as one for web pages does."""
# change: "plum" -> "damson"
# plan: update jar
# stock fails: again, planned, changed, refresh, settled
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Labels(ResourceProvider):
    def create(self, props):
        return CreateResult("l1", {"size": len(props["picture"].text)})

    def update(self, id_, olds, news):
        return UpdateResult({"size": len(news["picture"].text)})

    def read(self, id_, props):
        return ReadResult(id_, props)


class Label(Resource):
    size: pulumi.Output[int]

    def __init__(self, name, picture):
        super().__init__(Labels(), name, {"picture": picture, "size": None})


pulumi.export("size", Label("jar", pulumi.StringAsset("plum")).size)
