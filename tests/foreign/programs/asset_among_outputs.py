"""Assets go in and come out, in lists, in objects and alone; one is made by the provider."""
# change: "plum" -> "damson"
# plan: update jar
# stock fails: again, planned, changed, refresh, settled, destroy
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Labels(ResourceProvider):
    def create(self, props):
        text = props["pictures"][0].text
        return CreateResult("l1", {**props, "label": pulumi.StringAsset("label of " + text)})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})

    def read(self, id_, props):
        return ReadResult(id_, {**props}, {key: props[key] for key in ("pictures", "by_name", "file")})


class Label(Resource):
    label: pulumi.Output[pulumi.Asset]

    def __init__(self, name, pictures):
        props = {"pictures": pictures, "by_name": {"first": pictures[0]}, "file": pulumi.FileAsset("__main__.py")}
        super().__init__(Labels(), name, {**props, "label": None})


pulumi.export("same", Label("jar", [pulumi.StringAsset("plum"), pulumi.StringAsset("pear")]).label.apply(lambda label: label.text))
