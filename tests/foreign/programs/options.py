"""Options merged by the resource's class: aliases, parents, stack transformations, retained and deleted with others."""
# change: named = Thing("old-name" -> named = Thing("new-name"
# plan: update new-name
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


def transformed(args):
    more = pulumi.ResourceOptions(additional_secret_outputs=["word"])
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))


pulumi.runtime.register_stack_transformation(transformed)


class Things(ResourceProvider):
    def create(self, props):
        return CreateResult("id-" + props["label"], {**props, "word": "open-sesame"})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})

    def delete(self, id_, props):
        assert props["label"] != "kept"


class Thing(Resource):
    word: pulumi.Output[str]

    def __init__(self, name, label=None, opts=None):
        mine = pulumi.ResourceOptions(delete_before_replace=True, aliases=[pulumi.Alias(name="old-name")] if name == "new-name" else [])
        super().__init__(Things(), name, {"label": label or name, "word": None}, pulumi.ResourceOptions.merge(mine, opts))


top = Thing("top")
named = Thing("old-name", opts=pulumi.ResourceOptions(parent=top))
Thing("gone", opts=pulumi.ResourceOptions(deleted_with=top, depends_on=[named]))
Thing("kept", opts=pulumi.ResourceOptions(retain_on_delete=True))
pulumi.export("top", top)
pulumi.export("words", {"one": [named.word]})
