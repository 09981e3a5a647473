"""What resources take: dataclasses, which pydantic judges where the providers run. A program only declares, and starts without pydantic.

The messages name the argument and never show a value.
"""

import dataclasses
import functools
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

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
    if (plain := parse_plain(args, values)) is not None:
        return plain
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
    if parse_plain(args, values) is not None:
        return []
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


def parse_plain(args: type[_A], values: Mapping[str, Any]) -> _A | None:
    """The arguments, typed, if each value has its declared type already and obeys its rules: nearly always, and at no cost.

    Returns:
        What pydantic would make of them; None for all other values, of which pydantic knows what they are or what is wrong.
    """
    if not dataclasses.is_dataclass(args):
        return None
    declared = _declared_types(args)
    try:
        return args(**{name: _plain(value, declared[name]) for name, value in values.items()})
    except (KeyError, TypeError, ValueError):
        return None


@functools.cache
def _declared_types(args: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(args, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(args)}


def _plain(value: Any, declared: Any) -> Any:
    """The value; raises TypeError or ValueError where it is not certain that it is one of the declared type."""
    origin, members = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return functools.reduce(_judged, members[1:], _plain(value, members[0]))
    if origin in {Union, types.UnionType}:
        return None if value is None and type(None) in members else _plain(value, _only_candidate(value, members))
    if origin is Literal:
        declared = str if value in members else None
    if type(value) is not declared or declared not in _PLAIN_TYPES:
        raise TypeError
    if declared is str:
        value.encode()  # half a surrogate pair is no text
    return value


_PLAIN_TYPES = frozenset({bool, int, str})


def _judged(value: Any, rule: Any) -> Any:
    if not isinstance(rule, Validated) or rule.before:
        raise TypeError
    return rule.validate(value)


def _only_candidate(value: Any, members: tuple[Any, ...]) -> Any:
    others = [member for member in members if member is not type(None)]
    return type(value) if type(value) in others else others[0] if len(others) == 1 else None


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
