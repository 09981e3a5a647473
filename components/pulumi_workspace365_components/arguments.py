"""The base of component arguments: pydantic models whose fields may be Pulumi outputs, with readable validation errors."""

from typing import Any, TypeAlias

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError

from pulumi_dynamic_host import safe_text

Text: TypeAlias = str | pulumi.Output[str]
Flag: TypeAlias = bool | pulumi.Output[bool]
Revision: TypeAlias = int | str | pulumi.Output[int] | pulumi.Output[str]


class Arguments(BaseModel):
    """Typed arguments. Wrong ones raise ``pulumi.RunError`` with a sentence per argument, never showing a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    def __init__(self, **arguments: Any) -> None:
        try:
            super().__init__(**arguments)
        except ValidationError as problem:
            lines = "; ".join(dict.fromkeys(sentence(error) for error in problem.errors()))
            raise pulumi.RunError(f"{type(self).__name__}: {lines}.") from None


def sentence(error: Any) -> str:
    """One validation error of pydantic in words: where, and what is wrong."""
    parts = [
        str(part) for part in error["loc"] if not (isinstance(part, str) and ("[" in part or part in {"str", "bool", "int"}))
    ]
    reasons = {"extra_forbidden": "there is no such field (perhaps misspelled)", "missing": "it is required"}
    reasons |= dict.fromkeys(("model_type", "model_attributes_type"), "it has fields of its own")
    reason = reasons.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return safe_text.one_line(f"{'.'.join(parts)}: {reason}" if parts else reason)
