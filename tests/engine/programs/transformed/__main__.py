import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class NoteProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(props["text"], {**props})

    def update(self, _id, _olds, news):
        return UpdateResult({**news})


class Note(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, text, opts=None):
        super().__init__(NoteProvider(), name, {"text": text}, opts)


def stamp(args):
    if args.type_ != "pulumi-python:dynamic:Resource":
        return None
    return pulumi.ResourceTransformResult(props={**args.props, "stamp": args.name}, opts=args.opts)


async def guard(args):
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=args.name == "guarded"))
    return pulumi.ResourceTransformResult(props=args.props, opts=opts)


def old_style(args):
    return pulumi.ResourceTransformationResult(props={**args.props, "old": True}, opts=args.opts)


pulumi.runtime.register_resource_transform(stamp)
one = Note("one", "a", pulumi.ResourceOptions(transforms=[guard], transformations=[old_style]))
guarded = Note("guarded", one.text, pulumi.ResourceOptions(transforms=[guard]))
