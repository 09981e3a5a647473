import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class PaintProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(f"paint-{props['color']}", {**props})

    def update(self, _id, _olds, news):
        return UpdateResult({**news})


class Paint(Resource):
    def __init__(self, name, color, opts=None):
        super().__init__(PaintProvider(), name, {"color": color}, opts)


wall = Paint("wall", "red", pulumi.ResourceOptions(replace_on_changes=["color"]))
door = Paint("door", "red", pulumi.ResourceOptions(replace_on_changes=["size"]))
