from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import Resource

from ..base import BaseProvider


@dataclass
class BedArgs:
    kind: Input[str]
    note: Optional[Input[str]] = None


class BedProvider(BaseProvider):
    def outputs(self, props: dict[str, Any]) -> dict[str, Any]:
        return {"title": props["kind"]}


class Bed(Resource):
    title: Output[str]

    def __init__(self, name: str, args: BedArgs, opts: Optional[ResourceOptions] = None) -> None:
        super().__init__(BedProvider(), name, {**vars(args), "title": None}, opts)
        pulumi.log.debug("declared", self)
