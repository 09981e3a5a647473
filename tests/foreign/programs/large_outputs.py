"""A file of six megabytes among the outputs, long lists and objects with many keys."""
# change: "plum" -> "damson"
# plan: update a, update b
# outputs: size=6000000
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Files(ResourceProvider):
    def create(self, props):
        lines = {"text": "plum " * 1_200_000, "list": list(range(2000)), "object": {f"key-{n}": n for n in range(2000)}}
        return CreateResult("a", {**props, **lines})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})

    def read(self, id_, props):
        return ReadResult(id_, props)


class Counts(ResourceProvider):
    def create(self, props):
        return CreateResult("b", {"size": len(props["text"])})

    def update(self, id_, olds, news):
        return UpdateResult({"size": len(news["text"])})


class File(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Files(), name, {"kind": kind, "text": None})


class Count(Resource):
    size: pulumi.Output[int]

    def __init__(self, name, text):
        super().__init__(Counts(), name, {"text": text, "size": None})


pulumi.export("size", Count("b", File("a", "plum").text).size)
