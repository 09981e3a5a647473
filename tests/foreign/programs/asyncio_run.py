"""asyncio.run in every method, which works on every host."""
# change: "north" -> "south"
# plan: update well
# outputs: depth=deep
import asyncio

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


async def ask(answer):
    await asyncio.sleep(0)
    return answer


class Wells(ResourceProvider):
    def create(self, props):
        return CreateResult("w1", {**props, "depth": asyncio.run(ask("deep"))})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "depth": asyncio.run(ask("deep"))})

    def read(self, id_, props):
        return ReadResult(id_, asyncio.run(ask(props)))


class Well(Resource):
    depth: pulumi.Output[str]

    def __init__(self, name, where):
        super().__init__(Wells(), name, {"where": where, "depth": None})


pulumi.export("depth", Well("well", "north").depth)
