"""create() works with threads, gathers coroutines on loops of its own, and asks for a signal."""
# change: "plum" -> "damson"
# plan: update a, update b, update c
# outputs: sums=10 6 main=False
import asyncio
import concurrent.futures
import signal
import threading

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


async def ask(number):
    await asyncio.sleep(0)
    return number + await asyncio.to_thread(lambda: 0)


async def ask_all():
    async with asyncio.timeout(60):
        return sum(await asyncio.gather(*(ask(number) for number in range(4))))


class Things(ResourceProvider):
    def answer(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            one = sum(pool.map(lambda number: number, range(5)))
        two = asyncio.run(ask_all())
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(ask(7)) == 7
        loop.close()
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            main = True
        except ValueError:
            main = False
        worker = threading.Thread(target=threading.Event().wait, daemon=True)
        worker.start()
        return f"{one} {two} main={main}"

    def create(self, props):
        return CreateResult(props["name"], {**props, "sums": self.answer()})

    def update(self, id_, olds, news):
        return UpdateResult({**news, "sums": self.answer()})


class Thing(Resource):
    sums: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"name": name, "kind": kind, "sums": None})


things = [Thing(name, "plum") for name in "abc"]
pulumi.export("sums", things[-1].sums)
