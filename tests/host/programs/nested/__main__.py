# ruff: noqa: ANN001, ANN201  a program of somebody else, written as people write them
# mypy: ignore-errors
import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class TreeProvider(ResourceProvider):
    def check(self, _olds, news):
        return CheckResult({"depth": 2, **news}, [])

    def diff(self, _id, olds, news):
        return DiffResult(changes=olds.get("shape") != news.get("shape") or olds.get("size") != news.get("size"))

    def create(self, props):
        return CreateResult("tree", self.grown(props))

    def update(self, _id, _olds, news):
        return UpdateResult(self.grown(news))

    def grown(self, props):
        leaves = [{"n": index, "on": {"branch": [index, None, "x"]}} for index in range(int(props["size"]))]
        return {**props, "leaves": leaves, "root": {"kind": "oak", "depth": props["depth"]}}


class Tree(Resource, module="garden", name="Tree"):
    leaves: pulumi.Output[list]
    root: pulumi.Output[dict]


first = Tree(TreeProvider(), "first", {"size": 2, "shape": {"a": [1, {"b": True}]}, "leaves": None, "root": None})
second = Tree(
    TreeProvider(), "second", {"size": 1, "shape": {"from": first.leaves[1]["on"]["branch"]}, "leaves": None, "root": None}
)
pulumi.export("kind", second.root["kind"])
