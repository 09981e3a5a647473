"""The fault campaign: each fault of the sandbox against each operation that the resources use.

Every case has an environment of its own, at which its fault is aimed, so that one run of the engine serves many cases; only the list
of environments has no name in its address, and its cases take turns. Creates are tried where the server's names fold to the wanted ones,
where they tell nothing, and where the list is down from the first create on. After the run under faults and a run without (and where that
asks, once a person has said which environment is whose): no environment is on the server twice or missing from state, everything is as
wanted, a further run would change nothing, and no file holds a secret.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pulumi_workspace365_sandbox.workspace365 import Server, faults
from pulumi_workspace365_sandbox.workspace365.faults import AnyFault
from pulumi_workspace365_sandbox.workspace365.records import Operation
from tests.campaigns import aftermath, deployment
from tests.campaigns.deployment import HIDDEN_IN_TEMPLATE, SECRETS, Deployment, EngineName, Front, Wanted

_PARTS: dict[Operation, Wanted] = {
    "createEnvironment": Wanted(),
    "activateEnvironment": Wanted(),
    "deactivateEnvironment": Wanted(active=False),
    "setOAuth2": Wanted(parts=("sign-on",)),
    "setExchange": Wanted(parts=("exchange",)),
    "setSharePoint": Wanted(parts=("sharepoint",)),
    "importEnvironment": Wanted(parts=("template",)),
    "exportEnvironment": Wanted(parts=("template",)),
    "listEnvironments": Wanted(parts=("sign-on from",)),
    "deleteEnvironment": Wanted(),
}
"""What makes a program use the operation: creating this, or changing to it, or deleting it again."""

_BEFORE: dict[Operation, Wanted] = {"activateEnvironment": Wanted(active=False), "deleteEnvironment": Wanted()}
"""What has to be deployed without faults first."""

Setting = Literal["names that fold", "names of its own", "list down"]
SETTINGS: tuple[Setting, ...] = ("names that fold", "names of its own", "list down")

OPERATIONS: tuple[Operation, ...] = ("listEnvironments", *(name for name in _PARTS if name != "listEnvironments"))

_ECHO: dict[Operation, str] = {"setOAuth2": SECRETS["CAMPAIGN_KEY"], "importEnvironment": HIDDEN_IN_TEMPLATE}
"""The secret of a request that a careless server might repeat in its answer, besides the key that all requests carry."""


@dataclass(frozen=True)
class Variant:
    """One way to go wrong, before it is aimed at an operation."""

    label: str
    kind: type[faults.Fault]
    fields: dict[str, Any] = field(default_factory=dict)
    only: tuple[Operation, ...] = ()

    def aimed(self, operation: Operation, environment: str | None, times: int | None) -> AnyFault:
        aim = {"operation": operation, "environment": environment, "times": times}
        if self.kind is faults.Status:
            aim["text"] = f"Wrong: {SECRETS['W365_PROVISIONING_KEY']}, {_ECHO.get(operation, 'and so on')}."
        fault: AnyFault = faults.FAULT.validate_python({"fault": self.kind.model_fields["fault"].default, **aim, **self.fields})
        return fault


def variants() -> list[Variant]:
    """Every fault of the sandbox's README, in each of its forms, before and after the operation is carried out."""
    return [*_statuses(), *_broken_connections(), *_wrong_answers(), *_shapes()]


def _statuses() -> Iterator[Variant]:
    forms = ("array", "object", "string", "text", "html", "empty")
    for status, form in [
        *((400, form) for form in forms),
        *zip((401, 403, 404, 409, 411, 422), itertools.cycle(forms), strict=False),
    ]:
        yield Variant(f"{status} {form}", faults.Status, {"status": status, "form": form})
    for (status, when), form in zip(
        itertools.product((429, 500, 502, 503, 504), ("before", "after")), itertools.cycle(forms), strict=False
    ):
        yield Variant(f"{status} {form} {when}", faults.Status, {"status": status, "form": form, "when": when})
    for status, form in ((429, "seconds"), (429, "date"), (503, "seconds"), (503, "date")):
        yield Variant(
            f"{status} Retry-After as {form}", faults.Status, {"status": status, "retry_after": 1, "retry_after_form": form}
        )


def _broken_connections() -> Iterator[Variant]:
    silent: list[type[faults.Fault]] = [faults.Reset, faults.Close, faults.Hang, faults.Truncate]
    for kind, when in itertools.product(silent, ("before", "after")):
        yield Variant(f"{kind.__name__.lower()} {when}", kind, {"when": when})
    yield Variant("truncate to nothing after", faults.Truncate, {"when": "after", "size": 0})
    yield Variant("trickle", faults.Trickle, {"ms": 40})


def _wrong_answers() -> Iterator[Variant]:
    for status, when in ((301, "before"), (307, "before"), (308, "after")):
        yield Variant(
            f"redirect {status} {when}", faults.Redirect, {"status": status, "location": "http://127.0.0.1:9", "when": when}
        )
    for form, when in itertools.product(("object", "array", "null", "number", "string", "broken"), ("before", "after")):
        if when == "after":
            yield Variant(f"wrong JSON, {form} {when}", faults.WrongJson, {"form": form, "when": when})
        else:  # a success that did nothing: only answers that are read can tell
            only: tuple[Operation, ...] = ("createEnvironment", "listEnvironments", "exportEnvironment")
            yield Variant(f"wrong JSON, {form} {when}", faults.WrongJson, {"form": form, "when": when}, only)
    yield Variant("HTML 200 after", faults.Html, {"when": "after"})
    yield Variant(
        "HTML 200 before", faults.Html, {"when": "before"}, ("createEnvironment", "listEnvironments", "exportEnvironment")
    )
    yield Variant("HTML 503 before", faults.Html, {"status": 503})
    yield Variant("huge body", faults.HugeBody, {"when": "after", "size": 4 * 1024 * 1024})


def _shapes() -> Iterator[Variant]:
    for when in ("before", "after"):
        yield Variant(f"latency {when}", faults.Latency, {"ms": 300, "when": when})
    yield Variant("unknown fields", faults.UnknownFields)
    yield Variant("empty list", faults.EmptyList, only=("listEnvironments",))
    yield Variant("shortened list", faults.TruncatedList, {"keep": 1}, ("listEnvironments",))
    for form in ("absent", "null", "dotnet", "day", "zone"):
        yield Variant(f"creation date {form}", faults.CreationDate, {"form": form}, ("listEnvironments",))
    yield Variant("late on the list", faults.Late, {"calls": 2, "ms": 400}, ("createEnvironment", "deleteEnvironment"))


@dataclass(frozen=True)
class Case:
    """A fault aimed at an operation on the next ``times`` calls, None: until it is repaired.

    Of the list: after ``skip`` calls without it (the first is read before creates, later ones after), in a run that also refreshes or not.
    Of a create: in a ``setting``.
    """

    operation: Operation
    variant: Variant
    times: int | None
    skip: int = 0
    refresh: bool = False
    setting: Setting = "names that fold"

    @property
    def label(self) -> str:
        when = f", from call {self.skip + 1} on" * bool(self.skip) + ", with a refresh" * self.refresh
        where = f", {self.setting}" * (self.setting != SETTINGS[0])
        return f"{self.operation}: {self.variant.label}, {'once' if self.times else 'until repaired'}{when}{where}"

    @property
    def fault(self) -> AnyFault:
        """Aimed at no environment in particular."""
        return self.variant.aimed(self.operation, None, self.times).model_copy(update={"skip": self.skip})


def cases(operation: Operation) -> list[Case]:
    """All of one operation. Faults that only the list has are tried in all four situations, others in one of them by turns."""
    meant = [variant for variant in variants() if not variant.only or operation in variant.only]
    settings = SETTINGS if operation == "createEnvironment" else SETTINGS[:1]
    plain = [Case(operation, variant, times, setting=setting) for setting in settings for variant in meant for times in (1, None)]
    if operation != "listEnvironments":
        return plain
    situations = list(itertools.product((0, 1), (False, True)))
    several = [
        (case, situations if case.variant.only == (operation,) else [situations[number // 2 % 4]])
        for number, case in enumerate(plain)
    ]
    return [replace(case, skip=skip, refresh=refresh) for case, chosen in several for skip, refresh in chosen]


def sample(some: Sequence[Case], share: int, seed: int) -> list[Case]:
    """One in ``share`` of the cases, at random."""
    chosen: list[Case] = random.Random(seed).sample(list(some), min(len(some), max(1, len(some) // share)))
    return chosen


@dataclass
class Verdict:
    """What became of some cases: ``survived`` of ``tried``, and what was wrong with the others."""

    tried: int
    problems: list[str] = field(default_factory=list)
    failed_cases: set[str] = field(default_factory=set)
    withstood: int = 0
    """Cases in which not even the run under the fault failed for them."""

    @property
    def survived(self) -> int:
        return self.tried - len(self.failed_cases)

    def blame(self, case: str, problem: str) -> None:
        self.failed_cases.add(case)
        self.problems.append(f"{case}: {problem}")


def run(
    chosen: Sequence[Case], server: Server, folder: Path, engine: EngineName = "embedded", front: Front = "dynamic"
) -> Verdict:
    """Try cases, of the list or of other operations, and all in one setting."""
    campaign = _Turns if chosen[0].operation == "listEnvironments" else _Together
    return campaign(chosen, server, Deployment(folder, server, engine, dict(_PATIENCE), front=front)).verdict()


_PATIENCE = {"W365_REQUEST_TIMEOUT": "1.5", "W365_MAX_RETRIES": "2", "W365_HOST_PARALLEL": "128"}


class _Together:
    """The cases of operations with a name in the address: one run of the engine for all of them. The server makes its own names of ours."""

    def __init__(self, chosen: Sequence[Case], server: Server, project: Deployment) -> None:
        self._cases = {f"{case.operation[:6].lower()}-{number}": case for number, case in enumerate(chosen)}
        self._wanted = {
            name: _PARTS[case.operation] for name, case in self._cases.items() if case.operation != "deleteEnvironment"
        }
        self._server, self._setting = server, chosen[0].setting
        self._verdict = Verdict(len(chosen))
        deployment.reset(server, sanitiser="customer_number" if self._setting == "names of its own" else "strip")
        self._deployment = project.prepare()

    def verdict(self) -> Verdict:
        passwords = self._begin()
        self._inject()
        first = self._deployment.up("--continue-on-error")
        self._judge("while it lasts", deployment.strays(self._deployment, journal_counts=True))
        self._server.management.clear_faults()
        second, self._wanted, _ = aftermath.settle(self._deployment, self._wanted, "--continue-on-error")
        if second.code:
            self._judge("the next up failed", _errors(second.output) or [second.output[-2000:]])
        self._judge("afterwards", deployment.strays(self._deployment))
        self._judge("afterwards", deployment.differences(self._deployment, self._wanted))
        self._judge("a further up", [self._deployment.changes()])
        self._judge("in the clear", deployment.leaks(self._deployment, passwords))
        self._judge("a trace", deployment.traces(first.output + second.output))
        complained = " ".join(_errors(first.output))
        self._verdict.withstood = sum(not any(f"{one!r}" in complained for one in _spellings(name)) for name in self._cases)
        return self._verdict

    def _begin(self) -> list[str]:
        """Deploy what has to be there first; the temporary passwords of what may be deleted."""
        first = {name: _BEFORE[case.operation] for name, case in self._cases.items() if case.operation in _BEFORE}
        if first:
            self._deployment.want(first)
            self._judge("before", _errors(self._deployment.up().output))
        self._deployment.want(self._wanted)
        return [environment.temporary_password for environment in self._server.management.environments().values()]

    def _inject(self) -> None:
        if self._setting == "list down":
            self._server.management.inject(faults.Outage(times=1))
        for name, case in self._cases.items():
            if case.operation == "exportEnvironment":  # which is only used once the answer to an import was lost
                lost = faults.Reset(operation="importEnvironment", environment=_spellings(name)[1], when="after", times=1)
                self._server.management.inject(lost)
            target = _spellings(name)[case.operation != "createEnvironment"]
            self._server.management.inject(case.variant.aimed(case.operation, target, case.times))

    def _judge(self, when: str, problems: Sequence[str]) -> None:
        environments = self._server.management.environments().items() if any(problems) else ()
        for problem in filter(None, problems):
            made = {environment.requested_name for name, environment in environments if _is_about(problem, name)}
            names = [name for name in self._cases if name in made or any(_is_about(problem, one) for one in _spellings(name))]
            for label in [self._cases[name].label for name in names] or ["(all)"]:
                self._verdict.blame(label, f"{when}: {problem}")


class _Turns:
    """The cases of the list: one after another on one stack, each with an environment to create, several to keep and one to delete."""

    def __init__(self, chosen: Sequence[Case], server: Server, project: Deployment) -> None:
        self._cases, self._server = chosen, server
        self._verdict = Verdict(len(chosen))
        self._wanted = {f"list-old-{number}": _PARTS["listEnvironments"] for number in range(3)}
        self._passwords: list[str] = []
        deployment.reset(server)
        self._deployment = project.prepare()

    def verdict(self) -> Verdict:
        self._deployment.want(self._wanted)
        self._judge("(all)", "before", _errors(self._deployment.up().output))
        for number, case in enumerate(self._cases):
            self._turn(number, case)
        self._judge("(all)", "a further up", [self._deployment.changes()])
        self._judge("(all)", "in the clear", deployment.leaks(self._deployment, self._passwords))
        return self._verdict

    def _turn(self, number: int, case: Case) -> None:
        self._wanted[f"list-{number}"] = _PARTS["listEnvironments"]
        self._wanted.pop(f"list-{number - 2}", None)
        self._deployment.want(self._wanted)
        self._passwords += [one.temporary_password for one in self._server.management.environments().values()]
        self._server.management.inject(case.fault)
        first = self._deployment.up(*(["--refresh", "--run-program"] if case.refresh else []))
        self._verdict.withstood += first.code == 0
        self._judge(case.label, "while it lasts", deployment.strays(self._deployment, journal_counts=True))
        self._server.management.clear_faults()
        second = self._deployment.up()
        if second.code:
            self._judge(case.label, "the next up failed", _errors(second.output) or [second.output[-2000:]])
        self._judge(case.label, "afterwards", deployment.strays(self._deployment))
        self._judge(case.label, "afterwards", deployment.differences(self._deployment, self._wanted))
        self._judge(case.label, "a trace", deployment.traces(first.output + second.output))

    def _judge(self, label: str, when: str, problems: Sequence[str]) -> None:
        for problem in filter(None, problems):
            self._verdict.blame(label, f"{when}: {problem}")


def _spellings(name: str) -> tuple[str, str]:
    """How the program calls an environment, and what the server makes of it."""
    return name, name.replace("-", "")


def _is_about(problem: str, name: str) -> bool:
    return problem.startswith((f"{name}:", f"{name} ")) or f"'{name}'" in problem


def _errors(output: str) -> list[str]:
    """The lines that say what failed: of their own, or as the points of a list."""
    return [line.strip() for line in output.splitlines() if "error:" in line or line.lstrip().startswith("* ")]
