import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class BlockProvider(ResourceProvider):
    def diff(self, _id, olds, news):
        replaces = [key for key in ("shape", "base") if olds.get(key) != news.get(key)]
        return DiffResult(
            changes=bool(replaces) or olds.get("color") != news.get("color"),
            replaces=replaces,
            stables=["weight"],
            delete_before_replace=bool(news.get("fixed")),
        )

    def create(self, props):
        return CreateResult(f"{props['shape']}-{props.get('base')}", {**props, "weight": 5})

    def update(self, _id, olds, news):
        return UpdateResult({**news, "weight": olds["weight"]})


class Block(Resource):
    weight: pulumi.Output[float]

    def __init__(self, name, shape, color="red", opts=None, **props):
        super().__init__(BlockProvider(), name, {"shape": shape, "color": color, "weight": None, **props}, opts)


loose = Block("loose", "cube")
fixed = Block("fixed", "ball", fixed=True)
tower = Block("tower", "cone", base=fixed.id)
roof = Block("roof", "flat", top=tower.id)
by_option = Block("by-option", "ring", opts=pulumi.ResourceOptions(delete_before_replace=True, depends_on=[loose]))
pulumi.export("ids", pulumi.Output.all(loose.id, fixed.id, tower.id, by_option.id))
