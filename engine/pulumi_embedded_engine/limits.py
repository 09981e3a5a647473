"""The flags that limit an operation to some of a stack's resources."""

import argparse
from collections.abc import Sequence

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.context import Limits


def add(parser: argparse.ArgumentParser, operation: str) -> None:
    """Add the flags of `up`, `preview`, `refresh` or `destroy`."""
    runs_program = operation in {"up", "preview"}
    for short, flag in (("-t", "--target"), ("" if operation == "up" else "-x", "--exclude")):
        parser.add_argument(*filter(None, [short]), flag, action="append", default=[], metavar="URN")
    parser.add_argument("--target-dependents", action="store_true")
    if operation == "destroy":
        parser.add_argument("--exclude-protected", action="store_true")
        parser.set_defaults(exclude_dependents=False)
    else:
        parser.add_argument("--exclude-dependents", action="store_true")
        parser.set_defaults(exclude_protected=False)
    if runs_program:
        parser.add_argument("--target-replace", action="append", default=[], metavar="URN")
    else:
        parser.set_defaults(target_replace=[])


def none(parser: argparse.ArgumentParser) -> None:
    """An operation without limits."""
    parser.set_defaults(target=[], exclude=[], exclude_protected=False, ignore_protect=False)


def check(options: argparse.Namespace) -> None:
    """Refuse flags that exclude each other.

    Raises:
        EngineError: there are such.
    """
    if options.exclude_protected and options.ignore_protect:
        _refuse("exclude-protected", "ignore-protect")
    if options.target and options.exclude:
        _refuse("target", "exclude")
    if options.target and options.exclude_protected:
        raise EngineError("you cannot specify --target and --exclude-protected")


def _refuse(*flags: str) -> None:
    given = " ".join(sorted(flags))
    raise EngineError(f"if any flags in the group [{' '.join(flags)}] are set none of the others can be; [{given}] were all set")


def given(options: argparse.Namespace, protected: Sequence[str]) -> Limits:
    """The given limits; protected resources are excluded too."""
    return Limits(
        targets=(*options.target, *options.target_replace),
        target_dependents=options.target_dependents,
        excludes=(*options.exclude, *protected),
        exclude_dependents=options.exclude_dependents,
    )
