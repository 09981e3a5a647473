"""The limits for risky changes in one deployment: defaults, a file, the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365_cli.errors import CommandError

Risk = Literal[
    "deletes", "suspensions", "sign_on", "policies", "replacements", "templates", "unprotected", "recreates", "creates"
]
RISKS: tuple[Risk, ...] = get_args(Risk)
MEANINGS: Mapping[Risk, str] = {
    "deletes": "environments and Azure resources deleted",
    "suspensions": "environments suspended",
    "sign_on": "existing environments whose sign-on changes",
    "policies": "policies changed or removed on existing APIs",
    "replacements": "resources replaced",
    "templates": "templates imported into existing environments",
    "unprotected": "environments no longer protected from deletion",
    "recreates": "environments created anew, empty, in place of ones that are gone",
    "creates": "environments created or adopted for the first time",
}
DEFAULTS: Mapping[Risk, int | None] = {
    "deletes": 0,
    "suspensions": 1,
    "sign_on": 1,
    "policies": 1,
    "replacements": 0,
    "templates": 1,
    "unprotected": 1,
    "recreates": 0,
    "creates": None,
}
"""``None`` is any number."""
ANY = "any"


@dataclass(frozen=True)
class Budget:
    """One kind of risk: how many were found, and how many are allowed (``None``: any)."""

    risk: Risk
    found: int
    allowed: int | None

    @property
    def is_exceeded(self) -> bool:
        """Whether the preview has more of these changes than allowed."""
        return self.allowed is not None and self.found > self.allowed


def evaluate(found: Mapping[Risk, int], allowed: Mapping[Risk, int | None]) -> tuple[Budget, ...]:
    """Every kind of risk against its budget."""
    return tuple(Budget(risk, found.get(risk, 0), allowed[risk]) for risk in RISKS)


def from_options(options: Iterable[str]) -> dict[Risk, int | None]:
    """Budgets from texts such as ``deletes=3`` or ``creates=any``.

    Raises:
        ValueError: a text is malformed, in words for people.
    """
    return dict(_entry(*_split(option)) for option in options)


def from_document(document: object, source: str) -> dict[Risk, int | None]:
    """Budgets from the YAML of a budgets file, ``budgets: {deletes: 0, creates: any}``.

    Raises:
        CommandError: it is malformed.
    """
    budgets = document.get("budgets") if isinstance(document, Mapping) and set(document) == {"budgets"} else None
    if not isinstance(budgets, Mapping):
        raise CommandError(f"{source} must contain `budgets:`, followed by lines such as `deletes: 0`, and nothing else.")
    try:
        return dict(_entry(str(name), value) for name, value in budgets.items())
    except ValueError as problem:
        raise CommandError(f"{source}: {problem}") from problem


def problems(document: object) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with a budgets file: the path of each wrong field, and a sentence without its end."""
    given = document.get("budgets") if isinstance(document, Mapping) and set(document) == {"budgets"} else None
    if not isinstance(given, Mapping):
        return [((), "it must contain `budgets:`, followed by lines such as `deletes: 0`, and nothing else")]
    return [((("budgets", str(name))), wrong) for name, value in given.items() if (wrong := _problem(str(name), value))]


def _problem(name: str, value: object) -> str | None:
    try:
        _entry(name, value)
    except ValueError as problem:
        return str(problem).rstrip(".")
    return None


def _split(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not equals:
        raise ValueError(f"{option!r} is not a budget: write one as deletes=3, or as creates={ANY}.")
    return name.strip(), value.strip()


def _entry(name: str, value: object) -> tuple[Risk, int | None]:
    risk = next((category for category in RISKS if category == name.replace("-", "_")), None)
    if risk is None:
        near = nearest(name, RISKS)
        raise ValueError(
            f"{name!r} is not a risk; {f'the nearest is {near!r}; ' if near else ''}the risks are {', '.join(RISKS)}."
        )
    if value == ANY:
        return risk, None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise ValueError(f"{name}: it must be a number from 0 up, or {ANY}.")
    return risk, int(text)
