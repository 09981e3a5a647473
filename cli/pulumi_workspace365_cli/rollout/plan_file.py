"""``rollout.yaml``: which stacks are updated in which waves, behind which gates. Read strictly; pure, it asks no engine."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.planning.budgets import Risk
from pulumi_workspace365_cli.rollout.emit_settings import EmitSettings

NAME = Path("rollout.yaml")
_MOST_PROBLEMS = 10
_LONGEST_SOAK = 30 * 24 * 3600
_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?")
_WILDCARD = re.compile(r"[*?\[]")


def _seconds(value: object) -> object:
    """``1h30m`` in seconds."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        raise ValueError("it must be a time such as 90s, 30m, 2h or 1d")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if total > _LONGEST_SOAK:
        raise ValueError("it must not be longer than 30d")
    return total


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _file_or_mapping(value: object) -> object:
    if isinstance(value, str | dict):
        return value
    raise ValueError("it must be the name of a file, or a mapping such as deletes: 0")


_PATTERN = {"type": "string", "minLength": 1}
Patterns = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "array", "items": _PATTERN, "minItems": 1}, _PATTERN]}),
]
"""Names of stacks, or patterns such as ``prod-*``; one of them may stand without a list."""
_Soak = Annotated[
    int,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": f"^(?=.){_DURATION.pattern}$", "examples": ["90s", "30m", "2h", "1d"]}),
]
_Count = Annotated[int, Field(ge=0, le=100_000, strict=True)]


class _FileModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Gate(_FileModel):
    """What has to hold after a wave before the next one begins.

    Attributes:
        checks: those that the stacks' configurations hold must pass.
        drift: the instance must be as the states record it.
    """

    checks: bool = True
    drift: bool = False


class WaveEntry(_FileModel):
    """A wave as it stands in the file.

    Attributes:
        name: of the wave; each has its own.
        stacks: names or patterns such as ``prod-*``; a stack is in the first wave that names it.
        rings: every stack that deploys only these.
        parallel: how many stacks are updated at once.
        soak: time between the end of the wave and the start of the next one, such as ``30m``; 30 days at most.
        max_failures: how many stacks may fail before no other one starts.
        gate: instead of that of the file.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
    stacks: Patterns = Field(default=(), validate_default=False)
    rings: Patterns = Field(default=(), validate_default=False)
    parallel: Annotated[int, Field(ge=1, le=100, strict=True)] = 1
    soak: _Soak = Field(default=0, validate_default=False)
    max_failures: _Count = 0
    gate: Gate | None = None

    @model_validator(mode="after")
    def _names_stacks(self) -> "WaveEntry":
        if not self.stacks and not self.rings:
            raise ValueError("it needs stacks, or rings")
        return self


class RolloutModel(_FileModel):
    """Which stacks are updated in which waves, behind which gates.

    Attributes:
        stacks: names or patterns of stacks that must be in a wave; left out, others may be in none.
        waves: one after the other; at least one.
        gate: what has to hold after each wave before the next one begins.
        budgets: how many changes of each risk a stack may have: a mapping, or the name of a file, relative to this one.
        refresh: whether states are refreshed before they are previewed.
        emit: what the files for other executors need to know.
    """

    stacks: Patterns = Field(default=(), validate_default=False)
    waves: Annotated[tuple[WaveEntry, ...], Field(min_length=1)]
    gate: Gate = Gate()
    budgets: Annotated[Any, AfterValidator(_file_or_mapping)] = Field(default_factory=dict)
    refresh: bool = False
    emit: EmitSettings = EmitSettings()

    @model_validator(mode="after")
    def _has_distinct_waves(self) -> "RolloutModel":
        names = [wave.name.casefold() for wave in self.waves]
        if twin := next((name for at, name in enumerate(names) if name in names[:at]), None):
            raise ValueError(f"two waves are called {twin!r}; each needs its own name")
        return self


_FIELDS: Mapping[str, type[BaseModel]] = {"": RolloutModel, "waves": WaveEntry, "gate": Gate, "emit": EmitSettings}
"""By the name of what holds them."""


@dataclass(frozen=True)
class Wave:
    """A wave of a plan; ``soak`` is in seconds, ``stacks`` are names."""

    name: str
    stacks: tuple[str, ...]
    parallel: int
    soak: int
    max_failures: int
    gate: Gate


@dataclass(frozen=True)
class RolloutPlan:
    """What a rollout does.

    Attributes:
        budgets: how many changes of each risk a stack may have, as of ``w365 plan``; ``None`` is any number.
        refresh: whether states are refreshed before they are previewed.
        unassigned: stacks of the project that are in no wave.
    """

    waves: tuple[Wave, ...]
    budgets: Mapping[Risk, int | None]
    refresh: bool = False
    unassigned: tuple[str, ...] = ()

    @property
    def stacks(self) -> tuple[str, ...]:
        """Every stack, in the order of the waves."""
        return tuple(name for wave in self.waves for name in wave.stacks)


@dataclass(frozen=True)
class RolloutFile:
    """The content of a file.

    Attributes:
        path: the file.
        stacks: which stacks must be in a wave; empty where others may be left out.
        budgets: those that the file sets, or the file of budgets that it names.
        emit: what the files for other executors need to know.
    """

    path: Path
    stacks: tuple[str, ...]
    waves: tuple[WaveEntry, ...]
    gate: Gate
    budgets: Mapping[Risk, int | None]
    refresh: bool
    document: Document
    emit: EmitSettings

    def plan(self, stacks: Mapping[str, Sequence[str] | None]) -> RolloutPlan:
        """The waves with the names of their stacks. A stack is in the first wave that names it.

        Args:
            stacks: every stack of the project by name, and the rings that it deploys (``None`` is all).

        Raises:
            CommandError: a pattern names no stack, a wave has none left, a stack's rings are of several waves, or a stack that takes part is
                in no wave; with file and line.
        """
        left = dict(stacks)
        waves = [self._wave(at, entry, stacks, left) for at, entry in enumerate(self.waves)]
        self._refuse_unmatched(("stacks",), self.stacks, stacks)
        missing = [name for name in left if _matches_any(name, self.stacks)]
        if missing:
            raise self._problem(("stacks",), f"{', '.join(missing[:_MOST_PROBLEMS])}: in no wave")
        return RolloutPlan(tuple(waves), {**budgets.DEFAULTS, **self.budgets}, self.refresh, tuple(left))

    def _wave(
        self, at: int, entry: WaveEntry, stacks: Mapping[str, Sequence[str] | None], left: dict[str, Sequence[str] | None]
    ) -> Wave:
        spot = ("waves", at)
        self._refuse_unmatched((*spot, "stacks"), entry.stacks, stacks)
        names = [name for pattern in entry.stacks for name in left if fnmatchcase(name, pattern)]
        names += self._of_rings(spot, entry, {name: rings for name, rings in left.items() if name not in names})
        if not names:
            raise self._problem(spot, f"wave {entry.name!r} has no stack: earlier waves name them all")
        for name in names:
            left.pop(name, None)
        unique = tuple(dict.fromkeys(names))
        return Wave(entry.name, unique, entry.parallel, entry.soak, entry.max_failures, entry.gate or self.gate)

    def _of_rings(self, spot: tuple[str | int, ...], entry: WaveEntry, left: Mapping[str, Sequence[str] | None]) -> Iterator[str]:
        wanted = set(entry.rings)
        for name, rings in left.items():
            if not rings or not wanted.intersection(rings):
                continue
            if not wanted.issuperset(rings):
                deployed = f"stack {name} deploys the rings {', '.join(rings)}, not only those of wave {entry.name!r}"
                raise self._problem((*spot, "rings"), f"{deployed}: name it under stacks")
            yield name

    def _refuse_unmatched(self, spot: tuple[str | int, ...], patterns: Sequence[str], stacks: Mapping[str, object]) -> None:
        for at, pattern in enumerate(patterns):
            if any(fnmatchcase(name, pattern) for name in stacks):
                continue
            near = None if _WILDCARD.search(pattern) else nearest(pattern, list(stacks))
            meant = f"; did you mean {near!r}?" if near else f"; its stacks are {', '.join(sorted(stacks)) or 'none'}"
            raise self._problem((*spot, at), f"the project has no stack {pattern!r}{meant}")

    def _problem(self, spot: tuple[str | int, ...], text: str) -> CommandError:
        end = "" if text.endswith("?") else "."
        return CommandError(f"{self.document.source}, line {self.document.line(spot)}: {text}{end}")


def read(path: Path) -> RolloutFile:
    """The plan in a file, and the budgets that it names.

    Raises:
        CommandError: it cannot be read, or is malformed; with file and line of each problem.
    """
    document = _document(path)
    if not isinstance(document.value, dict):
        raise CommandError(f"{document.source}: a rollout has waves, a list of names and stacks; this file has none.")
    model, problems = validated(document)
    if model is None:
        lines = [f"line {document.line(spot)}: {text}" for spot, text in problems]
        more = f"; and {len(lines) - _MOST_PROBLEMS} more" if len(lines) > _MOST_PROBLEMS else ""
        raise CommandError(f"{document.source}, {'; '.join(lines[:_MOST_PROBLEMS])}{more}.")
    limits = _budgets(model.budgets, document, path.parent)
    return RolloutFile(path, model.stacks, model.waves, model.gate, limits, model.refresh, document, model.emit)


def validated(document: Document) -> tuple[RolloutModel | None, list[tuple[ValuePath, str]]]:
    """The content of a file, and what is wrong with it: the path of each wrong field, and a sentence without its end."""
    try:
        return RolloutModel.model_validate(document.value), []
    except ValidationError as problem:
        return None, list(dict.fromkeys((tuple(error["loc"]), _sentence(error)) for error in _causes(problem.errors())))


def _causes(errors: Sequence[Any]) -> Iterator[Any]:
    """Without the complaint that a list is empty because of what is wrong with its items."""
    holders = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
    yield from (error for error in errors if error["type"] != "too_short" or error["loc"] not in holders)


def _document(path: Path) -> Document:
    source = input_files.display_path(path)
    try:
        return yaml_document.parse(input_files.decode_text(input_files.read_user_file(path), source), source)
    except input_files.FileError as problem:
        raise CommandError(str(problem) if problem.line else f"{source} cannot be read: {problem.detail}.") from problem


def _budgets(stated: str | dict[str, Any], document: Document, folder: Path) -> dict[Risk, int | None]:
    if isinstance(stated, str):
        named = _document(folder / stated)
        return budgets.from_document(named.value, named.source)
    return budgets.from_document({"budgets": stated}, f"{document.source}, line {document.line(('budgets',))}")


def _sentence(error: Any) -> str:
    """One validation error of pydantic."""
    spot = tuple(error["loc"])
    text = {"missing": "it is required", "model_type": "it has fields of its own"}.get(error["type"], str(error["msg"]))
    if error["type"] == "extra_forbidden":
        text = f"there is no such field{_meant(spot)}"
    name = ".".join(map(str, spot))
    text = text.removeprefix("Value error, ")
    return f"{f'{name}: ' if name else ''}{text}"


def _meant(spot: tuple[str | int, ...]) -> str:
    holder = next((part for part in reversed(spot[:-1]) if isinstance(part, str)), "")
    fields = list(_FIELDS[holder].model_fields)
    near = nearest(str(spot[-1]), fields)
    return f"; the nearest is {near!r}" if near else f"; there are {', '.join(fields)}"


def _matches_any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
