"""Every method is asynchronous."""
# change: "north" -> "south"
# plan: update well
# outputs: depth=deep
# stock fails: create, again, changed, settled
import asyncio

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Wells(ResourceProvider):
    async def create(self, props):
        await asyncio.sleep(0)
        return CreateResult("w1", {**props, "depth": "deep"})

    async def update(self, id_, olds, news):
        return UpdateResult({**news, "depth": "deep"})

    async def read(self, id_, props):
        return ReadResult(id_, props)

    async def delete(self, id_, props):
        await asyncio.sleep(0)


class Well(Resource):
    depth: pulumi.Output[str]

    def __init__(self, name, where):
        super().__init__(Wells(), name, {"where": where, "depth": None})


pulumi.export("depth", Well("well", "north").depth)
