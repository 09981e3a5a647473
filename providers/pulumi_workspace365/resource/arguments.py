"""What resources take: dataclasses, which pydantic judges where the providers run. A program only declares, and starts without pydantic.

The messages name the argument and never show a value.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api.configuration import normalise_base_url
from pulumi_workspace365.errors import ConfigurationError


class Args:
    """A resource's arguments: the base of frozen dataclasses."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "hide_input_in_errors": True}


_A = TypeVar("_A")


@dataclass(frozen=True)
class Validated:
    """Marks a type whose values are passed to ``validate``, which returns the value to use or raises a ``ValueError``.

    With ``before``, it receives the original value, of any type. ``pattern`` is what texts match as a whole, for JSON Schemas.
    """

    validate: Callable[[Any], Any]
    before: bool = False
    pattern: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # noqa: PLC0415  a program starts without it

        function = core_schema.no_info_before_validator_function if self.before else core_schema.no_info_after_validator_function
        return function(self.validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return handler(schema) | ({"pattern": f"^({self.pattern})$"} if self.pattern else {})


def _filled(text: str) -> str:
    if not text:
        raise ValueError("it must not be empty")
    return text


def _address(url: str) -> str:
    try:
        normalise_base_url(url, "it")
    except ConfigurationError:
        raise ValueError("it must be an https address without user name, query or fragment") from None
    return url


def matching_pattern(pattern: str, form: str) -> Validated:
    """Marks texts that fully match ``pattern``; ``form`` describes it in words."""

    def judge(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it must be {form}")
        return text

    return Validated(judge, pattern=pattern)


NonEmptyStr = Annotated[str, Validated(_filled)]
Address = Annotated[str, Validated(_address)]
"""An https URL, sent as the user wrote it."""


def parse_arguments(args: type[_A], values: Mapping[str, Any]) -> _A:
    """The arguments, typed.

    Raises:
        errors.ConfigurationError: they are not what a resource takes.
    """
    from pydantic import ValidationError  # noqa: PLC0415  a program starts without it

    try:
        validated: _A = _adapter(args).validate_python(values)  # type: ignore[arg-type]  # classes are hashable
    except ValidationError as problem:
        raise ConfigurationError("; ".join(map(_sentence, problem.errors()))) from None
    return validated


def validation_problems(args: type, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments, a sentence each. Unknown values pass."""
    from pulumi.output import contains_unknowns  # noqa: PLC0415  files are validated without the SDK

    known_values = {name: value for name, value in values.items() if not contains_unknowns(value)}
    errors = validation_errors(args, known_values)
    return [_sentence(error) for error in errors if not _is_premature(error, values, known_values)]


def validation_errors(args: type, values: Mapping[str, Any]) -> list[Any]:
    """What is wrong with the arguments, as pydantic tells it. All values are known."""
    from pydantic import ValidationError  # noqa: PLC0415  a program starts without it

    try:
        _adapter(args).validate_python(values)
    except ValidationError as problem:
        return list(problem.errors())
    return []


@functools.cache
def _adapter(args: type[Any]) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415  a program starts without it

    return TypeAdapter(args)


def _is_premature(error: Any, values: Mapping[str, Any], known_values: Mapping[str, Any]) -> bool:
    """Whether the complaint may come from values that are not known yet: one of them seems missing, or a rule over several failed."""
    if not error["loc"]:
        return len(known_values) < len(values)
    return error["type"] == "missing" and error["loc"][0] in values


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    unknown = "there is no such argument; is it misspelled?"
    reason = {
        "extra_forbidden": unknown,
        "unexpected_keyword_argument": unknown,
        "missing": "this argument is required",
    }.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return safe_text.one_line(f"{where}: {reason}" if where else reason)
