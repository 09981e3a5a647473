# ruff: noqa: ANN001, ANN201, ANN204, PTH109, PTH119  a program of somebody else, written as people write them
# mypy: ignore-errors
import os

import pulumi
from pulumi import dynamic


class ShelfProvider(dynamic.ResourceProvider):
    def configure(self, req):
        self.region = req.config.require("region")
        self.project = pulumi.get_project()
        self.folder = os.path.basename(os.getcwd())

    def check(self, _olds, news):
        failures = [] if news["size"] < 100 else [dynamic.CheckFailure("size", "a shelf has at most 99 boards")]
        return dynamic.CheckResult({**news, "region": self.region}, failures)

    def create(self, props):
        return dynamic.CreateResult(f"{self.region}-{props['size']:.0f}", {**props, "where": [self.project, self.folder]})

    def read(self, id_, props):
        return dynamic.ReadResult(id_, {**props, "seen": True})

    def update(self, _id, olds, news):
        return dynamic.UpdateResult({**olds, **news})


class Shelf(dynamic.Resource, module="shop", name="Shelf"):
    where: pulumi.Output[list]

    def __init__(self, name, size, opts=None):
        super().__init__(ShelfProvider(), name, {"size": size, "where": None, "region": None}, opts)
