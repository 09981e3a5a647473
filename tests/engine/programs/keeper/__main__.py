import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class ThingProvider(ResourceProvider):
    def diff(self, _id, olds, news):
        visible = lambda props: {key: value for key, value in props.items() if key not in ("__provider", "serial")}
        return DiffResult(changes=visible(olds) != visible(news), replaces=["kind"] if olds["kind"] != news["kind"] else [])

    def create(self, props):
        return CreateResult(f"thing-{props['kind']}", {**props, "serial": "s"})

    def update(self, _id, _olds, news):
        return UpdateResult({**news, "serial": "t"})

    def delete(self, id_, _props):
        if id_ == "thing-eternal":
            raise Exception("deleting this is never asked for")


class Thing(Resource):
    def __init__(self, name, kind, opts=None, **props):
        super().__init__(ThingProvider(), name, {"kind": kind, "serial": None, **props}, opts)


ignoring = Thing(
    "ignoring",
    "book",
    pulumi.ResourceOptions(ignore_changes=["title", 'labels["a b"]', "pages[1].number"]),
    title="one",
    labels={"a b": "x", "c": "y"},
    pages=[{"number": 1}, {"number": 2}],
)
retained = Thing("retained", "eternal", pulumi.ResourceOptions(retain_on_delete=True))
box = Thing("box", "box")
inside = Thing("inside", "eternal", pulumi.ResourceOptions(deleted_with=box))
others = [ignoring, retained, box, inside]
protected = Thing("protected", "vase", pulumi.ResourceOptions(protect=True, depends_on=others))
