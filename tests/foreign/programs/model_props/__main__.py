"""Inputs and outputs are models of pydantic in a module of their own, with enums and computed fields."""
# change: "plum" -> "damson"
# plan: update a
# outputs: names=plum pear, damson pear
from typing import Any

import pulumi
from models import Color, Model
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Things(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_="a", outs=Model.filled(props).model_dump(mode="json"))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=Model.filled(olds) != Model.filled(news), stables=["color"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(outs=Model.filled(news).model_dump(mode="json"))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_=id_, outs=Model.filled(props).model_dump(mode="json"))


class Thing(Resource, module="shop", name="Thing"):
    words: pulumi.Output[str]

    def __init__(self, name: str, *, color: Color, names: pulumi.Input[list[str]]) -> None:
        super().__init__(Things(), name, {"names": names, "color": color, "words": None})


pulumi.export("names", Thing("a", color=Color.BLUE, names=["plum", "pear"]).words)
