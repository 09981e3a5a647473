"""Outputs that a preview does not know yet, alone, joined and in texts; diff() looks whether it knows."""
# change: "plum" -> "damson"
# plan: replace tree, update cake, update crumb
# outputs: label=crumb of cake of id-plum, crumb of cake of id-damson
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult
from pulumi.output import Unknown
from pulumi.runtime import rpc


class Trees(ResourceProvider):
    def diff(self, id_, olds, news):
        return DiffResult(changes=olds["kind"] != news["kind"], replaces=["kind"] if olds["kind"] != news["kind"] else None)

    def create(self, props):
        return CreateResult("id-" + props["kind"], {**props, "size": 3, "tags": ["a", "b"]})


class Cakes(ResourceProvider):
    def diff(self, id_, olds, news):
        if any(isinstance(value, Unknown) or value == rpc.UNKNOWN for value in news.values()):
            return DiffResult(changes=None)
        return DiffResult(changes=olds["of"] != news["of"])

    def create(self, props):
        return CreateResult("c", {**props, "label": f"{props['what']} of {props['of']}"})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "label": f"{news['what']} of {news['of']}"})


class Tree(Resource):
    size: pulumi.Output[int]
    tags: pulumi.Output[list]

    def __init__(self, name, kind):
        super().__init__(Trees(), name, {"kind": kind, "size": None, "tags": None})


class Cake(Resource):
    label: pulumi.Output[str]

    def __init__(self, name, **props):
        super().__init__(Cakes(), name, {"what": name, "label": None, **props})


tree = Tree("tree", "plum")
joined = pulumi.Output.all(tree.id, tree.size)
cake = Cake("cake", of=joined.apply(lambda both: both[0]), twice=pulumi.Output.format("{0}-{1}", tree.tags[0], tree.id))
crumb = Cake("crumb", of=cake.label, more={"list": [tree.id, {"deep": pulumi.Output.json_dumps({"id": tree.id})}]})
pulumi.export("label", crumb.label)
