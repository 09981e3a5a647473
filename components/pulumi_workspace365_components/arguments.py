"""The base of component arguments: pydantic models whose fields may be Pulumi outputs, with readable validation errors."""

import inspect
from collections.abc import Awaitable, Callable
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, ForwardRef, Union, get_args, get_origin

import pulumi
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from pulumi_workspace365.resource.keywords import ArgumentError
from pulumi_workspace365_components.error_sentences import is_about_outputs, sentence


class Arguments(BaseModel):
    """Typed arguments. Wrong ones raise :class:`ArgumentError` with a sentence per argument, never showing a value.

    For annotations with ``pulumi.Input``, outputs are accepted unchanged, and awaitables are converted to outputs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Runs before pydantic reads the annotations: ``pulumi.Input`` holds a reference that resolves in the SDK's module only."""
        super().__init_subclass__(**kwargs)
        annotations = inspect.get_annotations(cls)
        cls.__annotations__ = {name: with_outputs(annotation) for name, annotation in annotations.items()}

    def __init__(self, **arguments: Any) -> None:
        try:
            super().__init__(**arguments)
        except ValidationError as problem:
            lines = "; ".join(sentences(problem))
            raise ArgumentError(f"{type(self).__name__}: {lines}.") from None

    # So that a problem within a nested object is told with the path to it: pydantic then does not construct it by the method above.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def check_if_known(check: Callable[[Any], str | None]) -> AfterValidator:
    """A check of what is known already; what arrives later is judged by the service."""

    def validate(value: Any) -> Any:
        problem = None if value is None or isinstance(value, pulumi.Output) else check(value)
        if problem:
            raise ValueError(problem)
        return value

    return AfterValidator(validate)


def sentences(problem: ValidationError) -> list[str]:
    """A sentence for each error; errors about outputs are left out if there are others."""
    errors = problem.errors()
    relevant = [error for error in errors if not is_about_outputs(error)] or errors
    return list(dict.fromkeys(sentence(error) for error in relevant))


def with_outputs(annotation: Any) -> Any:
    """An annotation with ``pulumi.Input[X]`` replaced by ``X`` or an output."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(with_outputs(inside[0]), *inside[1:])]
    if origin in {Union, UnionType}:
        plain = [with_outputs(item) for item in inside if not _is_late(item)]
        if len(plain) == len(inside):
            return reduce(or_, plain)
        return Annotated[reduce(or_, [*plain, pulumi.Output[Any]]), BeforeValidator(_output)]
    if origin in {None, pulumi.Output} or not any(_mentions_input(item) for item in inside):
        return annotation
    return origin[tuple(with_outputs(item) for item in inside)]


def _is_late(item: Any) -> bool:
    return isinstance(item, ForwardRef) or get_origin(item) is Awaitable


def _mentions_input(item: Any) -> bool:
    return _is_late(item) or any(_mentions_input(part) for part in get_args(item) if get_origin(item) is not None)


def _output(value: Any) -> Any:
    return pulumi.Output.from_input(value) if inspect.isawaitable(value) and not isinstance(value, pulumi.Output) else value
