"""What every executor is given: the waves in parts that its matrices hold, names that its expressions cannot read anything else in, and the settings."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.rollout.emit_settings import EmitSettings
from pulumi_workspace365_cli.rollout.plan_file import RolloutPlan, Wave

Executor = Literal["github", "azure", "gitlab", "operator"]
EXECUTORS: tuple[Executor, ...] = get_args(Executor)
_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_FILE = re.compile(r"[A-Za-z0-9_.+][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_.+][A-Za-z0-9_.+-]*)*")


@dataclass(frozen=True)
class Part:
    """Stacks of a wave that one matrix holds. A wave with more stacks than a matrix may have is in several parts, one after the other.

    Attributes:
        number: of the part, from 1 up.
        instance: where its stacks live, if it matters to the executor.
    """

    wave: Wave
    wave_number: int
    number: int
    stacks: tuple[str, ...]
    instance: str = ""


@dataclass(frozen=True)
class Step:
    """Something that an executor does with a part of a wave: updates its stacks, waits, or looks at them again after the soak."""

    kind: Literal["wave", "soak", "look"]
    part: Part

    @property
    def wave(self) -> Wave:
        """The wave of the part."""
        return self.part.wave

    def identifier(self, separator: str) -> str:
        """A name that is the same each time, differs from all others, and is one for every executor."""
        words = re.sub(r"[^A-Za-z0-9]+", separator, self.wave.name).strip(separator)
        more = [str(self.part.number)] if self.part.number > 1 else []
        return separator.join([self.kind, str(self.part.wave_number), words, *more])

    @property
    def script(self) -> str:
        """What each stack's job runs."""
        return "ci/deploy.sh" if self.kind == "wave" else "ci/look.sh"

    @property
    def title(self) -> str:
        """What that is, for people."""
        return "Preview, judge, deploy that, look at it" if self.kind == "wave" else "Look at it again"


@dataclass(frozen=True)
class Emission:
    """A rollout to be written down.

    Attributes:
        file: the file of the plan, relative to the folder of the project.
        output: where the emitted file is kept, likewise.
        instances: the host name of the instance of each stack, where the stack's configuration names one.
        commit: what the operator deploys.
        project: the name of the Pulumi project.
        stop_at: the last wave, if it is not the plan's last one.
    """

    plan: RolloutPlan
    settings: EmitSettings
    file: str
    output: str
    instances: Mapping[str, str]
    project: str = ""
    commit: str = ""
    stop_at: str = ""

    def __post_init__(self) -> None:
        for name in self.plan.stacks:
            if not _STACK.fullmatch(name):
                raise CommandError(
                    f"The stack {name!r} cannot be written into the file of another executor: its name must consist of letters, digits, "
                    "'_', '.' and '-' only, as names of Pulumi stacks do."
                )
        for path in (self.file, self.output):
            if not _FILE.fullmatch(path) or ".." in path.split("/"):
                raise CommandError(
                    f"The path {path!r} cannot be written into the file of another executor: give one below the project's folder that "
                    "consists of letters, digits, '_', '.', '+', '-' and '/' only."
                )
        if len(self.hosts) > 1 and (unknown := [name for name in self.plan.stacks if not self.instances.get(name)]):
            raise CommandError(
                f"The stacks live on several instances, {', '.join(self.hosts)}, and the configuration of {', '.join(unknown)} names none "
                "(w365:baseUrl): which key it may be given is not known."
            )

    @property
    def hosts(self) -> list[str]:
        """The instances, by name."""
        return sorted({host for name in self.plan.stacks if (host := self.instances.get(name, ""))})

    def place(self, stack: str) -> str:
        """What holds the keys of a stack's instance, in words of the executor: an environment, a group of variables, a Secret."""
        return self.instances[stack] if len(self.hosts) > 1 else "production"

    def parts(self, most: int, *, by_instance: bool = False) -> Iterator[Part]:
        """The waves in their order, in parts of at most so many stacks; with ``by_instance`` each part is of one instance only."""
        for number, wave in enumerate(self.plan.waves, 1):
            groups: dict[str, list[str]] = {}
            for stack in wave.stacks:
                groups.setdefault(self.place(stack) if by_instance else "", []).append(stack)
            cut = [(place, tuple(names[at : at + most])) for place, names in groups.items() for at in range(0, len(names), most)]
            for at, (place, names) in enumerate(cut, 1):
                yield Part(wave, number, at, names, place)

    def steps(self, most: int, *, by_instance: bool = False) -> Iterator[Step]:
        """What happens one after the other: the parts of a wave, then its soak, then a second look at its parts; the last wave has no soak."""
        parts = list(self.parts(most, by_instance=by_instance))
        for number, wave in enumerate(self.plan.waves, 1):
            own = [part for part in parts if part.wave_number == number]
            yield from (Step("wave", part) for part in own)
            if not wave.soak or number == len(self.plan.waves):
                continue
            yield Step("soak", own[0])
            if wave.gate.checks or wave.gate.drift:
                yield from (Step("look", part) for part in own)

    def variables(self, wave: Wave | None) -> dict[str, str]:
        """What tells the scripts of ``ci/`` what to do; without a wave that of a preview."""
        limits = " ".join(
            f"{risk}={budgets.ANY if (most := self.plan.budgets[risk]) is None else most}" for risk in budgets.RISKS
        )
        shared = {"ALLOW": limits, **self.settings.variables}
        if wave is None:
            return shared
        checks = "optional" if wave.gate.checks else "false"
        return {**shared, "CHECKS": checks, "DRIFT": str(wave.gate.drift).lower(), "REFRESH": str(self.plan.refresh).lower()}

    def command(self, executor: Executor) -> str:
        """What makes the file."""
        return f"w365 rollout {self.file} --emit {executor} --output {self.output}{f' --stop-at {self.stop_at}' if self.stop_at else ''}"


def soak_minutes(wave: Wave) -> int:
    """The soak in minutes, rounded up: no executor knows seconds."""
    return -(-wave.soak // 60)


def differences(emission: Emission, executor: Executor) -> list[str]:
    """Where an executor is stricter than `w365 rollout`, or cannot do what it does."""
    waves = emission.plan.waves
    found = [
        f"Wave {wave.name!r}: max_failures is not kept; the next wave starts only after every stack of this one has succeeded."
        for wave in waves
        if wave.max_failures
    ]
    if executor != "operator":
        return found
    found.append(
        "The operator previews and judges nothing: no budget stops it. Run `w365 rollout --dry-run` at this commit before you apply the file."
    )
    if any(wave.gate.checks for wave in waves):
        found.append(
            "The operator runs no `w365 check`: only the checks of the program, such as ConnectivityCheck, keep the next wave from starting."
        )
    return found
