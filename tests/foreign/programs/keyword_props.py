"""The properties become keyword arguments: what the SDK puts among them is taken out first."""
# change: "plum" -> "damson"
# plan: update a
# outputs: text=plum, damson
# stock fails: create, again, changed, settled
import dataclasses

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


@dataclasses.dataclass(frozen=True)
class Properties:
    kind: str
    text: str = ""

    def dumped(self):
        return dataclasses.asdict(dataclasses.replace(self, text=self.kind))


class Things(ResourceProvider):
    def create(self, props):
        props.pop("__provider")
        return CreateResult("a", Properties(**props).dumped())

    def update(self, id_, olds, news):
        news.pop("__provider")
        olds.clear()
        return UpdateResult(Properties(**news).dumped())

    def read(self, id_, props):
        props.pop("__provider")
        return ReadResult(id_, Properties(**props).dumped(), {"kind": props["kind"]})

    def delete(self, id_, props):
        del props["__provider"]


class Thing(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Things(), name, {"kind": kind, "text": None})


pulumi.export("text", Thing("a", "plum").text)
