"""Arguments as a dataclass, the provider with a constructor of its own."""
# change: "plum" -> "damson"
# plan: update a
# outputs: text=plum for 3, damson for 3
from dataclasses import asdict, dataclass

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


@dataclass
class Args:
    kind: str
    size: int = 3


class Things(ResourceProvider):
    def __init__(self, word):
        super().__init__()
        self.word = word

    def create(self, props):
        return CreateResult("a", {**props, "text": f"{props['kind']} {self.word} {int(props['size'])}"})

    def update(self, id_, olds, news):
        return UpdateResult(self.create(news).outs)


class Thing(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, args):
        super().__init__(Things("for"), name, {**asdict(args), "text": None})


pulumi.export("text", Thing("a", Args("plum")).text)
