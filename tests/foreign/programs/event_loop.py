"""An asynchronous client behind the blocking methods, by the loop of the thread."""
# change: "north" -> "south"
# plan: update well
# outputs: depth=deep
# stock fails: create, again, changed, settled
import asyncio

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


async def ask(answer):
    await asyncio.sleep(0)
    return answer


class Wells(ResourceProvider):
    def wait(self, answer):
        return asyncio.get_event_loop().run_until_complete(ask(answer))

    def create(self, props):
        return CreateResult("w1", {**props, "depth": self.wait("deep")})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "depth": self.wait("deep")})

    def read(self, id_, props):
        return ReadResult(id_, self.wait(props))

    def delete(self, id_, props):
        self.wait(None)


class Well(Resource):
    depth: pulumi.Output[str]

    def __init__(self, name, where):
        super().__init__(Wells(), name, {"where": where, "depth": None})


pulumi.export("depth", Well("well", "north").depth)
