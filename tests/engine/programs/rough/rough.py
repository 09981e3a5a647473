"""A dynamic resource whose server is a folder of files, and whose provider misbehaves as it is told to."""

from pathlib import Path
from typing import Any

import acts
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

WORLD = Path("world")


class RoughProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        name = props["name"]
        with (WORLD / "creates").open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        acts.do(props["does"])
        return CreateResult(f"id-{name}", {"name": name, "does": props["does"], "token": f"token-{name}"})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        acts.do(props["does"])


class Rough(Resource, module="rough", name="Rough"):
    token: pulumi.Output[str]

    def __init__(self, name: str, does: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(RoughProvider(), name, {"name": name, "does": does, "token": None}, opts)
