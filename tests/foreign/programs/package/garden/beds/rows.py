from __future__ import annotations

from typing import Any

from pulumi import Input, Output
from pulumi.dynamic import Resource

from garden.base import BaseProvider, Planting

from . import Bed


class _RowProvider(Planting[str], BaseProvider):
    def outputs(self, props: dict[str, Any]) -> dict[str, Any]:
        return {"words": super().planted(f"{props['title']} {props['size']:.0f}")}


class Row(Resource, module="garden", name="Row"):
    words: Output[str]

    def __init__(self, name: str, *, bed: Bed, size: Input[int]) -> None:
        super().__init__(_RowProvider(), name, {"title": bed.title, "size": size, "words": None})
