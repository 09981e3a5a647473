"""Accepts arguments as Pulumi's SDKs do: as keywords, or as one object of the class with the suffix ``Args`` (or a dictionary)."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeVar

import pulumi

_A = TypeVar("_A")


class ArgumentError(pulumi.RunError, TypeError):
    """An argument is unknown, missing or given twice. A program that ends with it shows the sentence and no traceback."""


class ResourceArgs:
    """The arguments of one resource as an object; what was left out is ``None``.

    Raises:
        ArgumentError: an argument is missing or unknown.
    """

    keywords: ClassVar[Any]
    """The ``TypedDict`` that declares the arguments."""

    def __init__(self, **arguments: Any) -> None:
        require_known(type(self).__name__, self.keywords.__required_keys__, self.keywords.__annotations__, arguments)
        vars(self).update(dict.fromkeys(self.keywords.__annotations__) | arguments)

    def to_dict(self) -> dict[str, Any]:
        """The arguments by name, without those left out."""
        return {name: value for name, value in vars(self).items() if value is not None}


def collect_arguments(
    subject: str, make: type[_A], positional: tuple[object, ...], named: Mapping[str, Any]
) -> tuple[_A, pulumi.ResourceOptions | None]:
    """The arguments as one object, however they were given, and the options.

    Args:
        subject: what messages name, such as ``Environment 'contoso'``.
        make: the class of the arguments.
        positional: what follows the resource's name: an object of ``make`` or a dictionary, then the options; or the options alone.
        named: ``args``, ``opts``, and the arguments that were given by name.

    Raises:
        ArgumentError: an argument is missing, unknown or given twice, or ``args`` or ``opts`` is something else.
    """
    by_name = {name: value for name, value in named.items() if name not in {"args", "opts"}}
    args, opts = _args_and_opts(subject, positional, named)
    if args is not None and by_name:
        raise ArgumentError(
            f"{subject}: {', '.join(by_name)}: it is given together with args; give all arguments as keywords, or all in one {make.__name__}."
        )
    if isinstance(args, make):
        return args, opts
    if args is not None and not isinstance(args, Mapping):
        raise ArgumentError(f"{subject}: args: it must be {make.__name__} or a dictionary, not {type(args).__name__}.")
    try:
        return make(**(by_name if args is None else args)), opts
    except ArgumentError as problem:
        raise ArgumentError(f"{subject}: {str(problem).partition(': ')[2]}") from problem


def _args_and_opts(
    subject: str, positional: tuple[object, ...], named: Mapping[str, Any]
) -> tuple[object, pulumi.ResourceOptions | None]:
    if positional and isinstance(positional[0], pulumi.ResourceOptions):  # as in Pulumi's SDKs, which take keywords behind them
        positional = (None, *positional)
    if len(positional) > 2:
        raise ArgumentError(
            f"{subject}: only args and opts may follow the name as positional arguments; pass all others as keywords."
        )
    found = dict(zip(("args", "opts"), positional, strict=False))
    for name in ("args", "opts"):
        if named.get(name) is not None:
            if found.get(name) is not None:
                raise ArgumentError(f"{subject}: {name}: it is given twice.")
            found[name] = named[name]
    opts = found.get("opts")
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise ArgumentError(f"{subject}: opts: it must be pulumi.ResourceOptions, not {type(opts).__name__}.")
    return found.get("args"), opts


def require_known(subject: str, required: Collection[str], declared: Collection[str], given: Mapping[str, Any]) -> None:
    """Refuse arguments that are unknown, and the lack of those that are required.

    Raises:
        ArgumentError: a sentence that names them.
    """
    reasons = [f"{name}: there is no such argument{_suggestion(name, declared)}" for name in given if name not in declared]
    reasons += [f"{name}: it is required" for name in declared if name in required and given.get(name) is None]
    if reasons:
        raise ArgumentError(f"{subject}: {'; '.join(reasons)}.")


def _suggestion(name: str, declared: Collection[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  for messages only

    near = get_close_matches(str(name), declared, n=1)
    return f"; did you mean {near[0]}?" if near else ""
