"""The resources that an operation is limited to (`--target`, `--exclude`), and the steps that keep the others unchanged. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.plan import cli_messages
from pulumi_embedded_engine.plan.context import Limits, StepIndex
from pulumi_embedded_engine.plan.goal import Registration
from pulumi_embedded_engine.plan.graph import needs, requirements
from pulumi_embedded_engine.plan.patterns import UrnPatterns
from pulumi_embedded_engine.plan.provider import Messages, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource


def relations(state: Resource) -> set[str]:
    """The URNs that a resource cannot do without: its parent, its provider, and what it depends on."""
    return needs(state) | ({state.parent} if state.parent else set())


@dataclass
class Selection:
    """What an operation is limited to; without limits it is everything.

    Targets come before exclusions where both are given. The stack and providers are always included while a program registers them:
    other resources need them.
    """

    limits: Limits
    base: Snapshot
    record: StepIndex
    urn_resolver: UrnResolver
    providers: Providers
    messages: Messages
    preview: bool

    def __post_init__(self) -> None:
        self._targets, self._excludes = UrnPatterns(self.limits.targets), UrnPatterns(self.limits.excludes)
        self._followed, self._left = UrnPatterns(self.limits.targets), UrnPatterns(self.limits.excludes)
        self.saw_error = False

    @property
    def limited(self) -> bool:
        """Whether the operation is limited to targets, or excludes resources."""
        return bool(self._targets or self._excludes)

    def check_targets(self) -> None:
        """Refuse targets that neither the last deployment nor this one has.

        Raises:
            BailError: there is one, which has been reported.
        """
        self.check_known(self._targets)

    def check_excludes(self) -> None:
        """Refuse exclusions of what is not there, as `check_targets`."""
        self.check_known(self._excludes)

    def check_known(self, patterns: UrnPatterns) -> None:
        """Refuse any URNs of what is not there, as `check_targets`."""
        unknown = [urn for urn in patterns.literals if urn not in self.base.all and urn not in self.urn_resolver.registered]
        for urn in unknown:
            self.messages.error("", cli_messages.unknown_target(urn))
        if unknown:
            raise BailError("one or more targets could not be found in the stack")

    # While a program registers resources.

    def includes(self, state: Resource) -> bool:
        """Whether the operation may change a resource."""
        if self._targets:
            return self._is_target(state)
        return not (self._excludes and self._is_excluded(state))

    def included(self, state: Resource) -> bool:
        """Whether a registered resource may be changed; those that others need always are."""
        needed_by_others = urns.is_provider_type(state.type) or urns.qualified_type(state.urn) == urns.ROOT_STACK_TYPE
        return needed_by_others or self.includes(state)

    def follow(self, state: Resource, *, included: bool) -> None:
        """Take note of a decision, for the sake of what depends on the resource."""
        if included and self._targets and self._is_target(state):
            self._followed.add(state.urn)
        elif not included and self._excludes and self._is_excluded(state):
            self._left.add(state.urn)

    def _is_target(self, state: Resource) -> bool:
        return state.urn in self._targets or (
            self.limits.target_dependents and any(urn in self._followed for urn in relations(state))
        )

    def _is_excluded(self, state: Resource) -> bool:
        return state.urn in self._excludes or (
            self.limits.exclude_dependents and any(urn in self._left for urn in relations(state))
        )

    def unchanged(self, urn: str, old: Entry, waiting: Registration) -> list[Step]:
        """Leave a registered resource as it was, and before it whatever it needs that the program does not register any more.

        Raises:
            EngineError: its provider is not the one that the program has now.
            BailError: something that it needs is not there.
        """
        reference = old.state.provider
        if reference and self.providers.find(reference) is None:
            raise EngineError(
                f"provider {reference} for resource {urn} has not been registered yet, this is due to a change of providers mixed "
                "with --target. Change your program back to the original providers"
            )
        self.record.sames.add(urn)
        return list(self._with_needed(urn, old, waiting))

    def needed_first(self, state: Resource) -> list[Step]:
        """Keep what a resource needs and nothing registers: state must have it before the resource."""
        found = (self.base.live.get(urn) for urn in sorted(relations(state)) if self._targets)
        return [step for old in found if old and not self._handled(old.urn) for step in self._with_needed(state.urn, old, None)]

    def _with_needed(self, urn: str, old: Entry, waiting: Registration | None) -> Iterator[Step]:
        if old.state.delete:
            return
        self.urn_resolver.registered.add(old.urn)
        self.record.sames.add(old.urn)
        for needed in sorted(relations(old.state)):
            if not self._handled(needed):
                if (before := self.base.live.get(needed)) is None:
                    raise BailError(f"{needed}, which the untargeted resource {urn} needs, has no old state")
                yield from self._with_needed(urn, before, None)
        yield _kept(old, waiting)

    def _handled(self, urn: str) -> bool:
        return any(self.record.handled(name) for name in {urn, self.urn_resolver.aliased.get(urn, urn)})

    def checked(self, steps: list[Step]) -> list[Step]:
        """The steps, unless one needs a resource that this operation does not create.

        Raises:
            BailError: one does, which has been reported; a preview only reports it.
        """
        if not self.limited:
            return steps
        for step in steps:
            if step.new is None or step.skipped:
                continue
            for needed in sorted(relations(step.new.state) & self.record.skipped):
                self._refuse(step.urn, cli_messages.untargeted_create(step.urn, needed, excluded=not self._targets))
                self.record.skipped.discard(needed)  # told once
        return steps

    def check_dependent(self, urn: str, dependent: Resource) -> None:
        """Refuse to delete something out of limits because a resource that it needs is replaced.

        Raises:
            BailError: it is out of limits, which has been reported.
        """
        follows = self.limits.target_dependents and urn in self._followed
        if not self.limited or self.includes(dependent) or (self._targets and follows):
            return
        self._refuse(urn, cli_messages.untargeted_delete(dependent.urn, excluded=not self._targets), always=True)

    def _refuse(self, urn: str, message: str, *, always: bool = False) -> None:
        self.messages.error(urn, message)
        self.saw_error = True
        if always or not self.preview:
            raise BailError(message)

    # After the program.

    def deletable(self, new: Sequence[Entry]) -> "Deletable":
        """What may be deleted, of these new resources and of the last deployment."""
        entries = [*new, *self.base.entries]
        if self._targets:
            targets = {entry.urn for entry in self.base.entries if entry.urn in self._targets}
            return Deletable(_with_dependents(entries, targets), frozenset())
        if self._excludes:
            return Deletable(None, frozenset(self._kept_by_exclusion(entries)))
        return Deletable(None, frozenset())

    def _kept_by_exclusion(self, entries: Sequence[Entry]) -> set[str]:
        """What is excluded, and what that needs; with dependents, what needs any of these too, and so on."""
        excluded = {entry.urn for entry in self.base.entries if entry.urn in self._excludes}
        size = -1
        while size != len(excluded):
            size = len(excluded)
            needed = (self.base.graph.all_dependencies(entry) for entry in self.base.entries if entry.urn in excluded)
            excluded = excluded.union(*({entry.urn for entry in found} for found in needed))
            if self.limits.exclude_dependents:
                excluded = _with_dependents(entries, excluded)
        return excluded

    def check_deletes(self, steps: Iterable[Step]) -> None:
        """Refuse to delete a resource that is not selected because a resource that it depends on is deleted.

        Raises:
            BailError: there is such a step, which has been reported; a preview only reports it.
        """
        if not self._targets or self.limits.target_dependents:
            return
        unnamed = [step for step in steps if step.urn not in self._targets]
        for step in unnamed:
            self.messages.error(step.urn, cli_messages.untargeted_delete(step.urn, excluded=False))
            self.saw_error = True
        if unnamed and not self.preview:
            raise BailError("delete untargeted resource")

    def kept(self, entry: Entry) -> Step:
        """Keep a resource unchanged that the program did not register."""
        return _kept(entry, None)

    def to_refresh(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of the last deployment's resources that are to be read before anything else, in their order."""
        if not self.limited:
            return list(entries)
        limits, has_targets = self.limits, bool(self._targets)
        marked = UrnPatterns(limits.targets if has_targets else limits.excludes)
        follows = limits.target_dependents if has_targets else limits.exclude_dependents
        found = []
        for entry in entries:
            state = entry.state
            if follows and any(urn in marked for urn in {*requirements(state), state.parent}):
                marked.add(state.urn)
            if (state.urn in marked) == has_targets:
                found.append(entry)
        return found


@dataclass(frozen=True)
class Deletable:
    """The URNs that may be deleted: all, only some, or all but some."""

    only: Collection[str] | None
    forbidden: Collection[str]

    def __contains__(self, urn: str) -> bool:
        return urn not in self.forbidden if self.only is None else urn in self.only


def _kept(old: Entry, waiting: Registration | None) -> Step:
    return Step(Op.SAME, old, Entry(replace(old.state, id="")), waiting, untargeted=True)


def _with_dependents(entries: Sequence[Entry], urns: set[str]) -> set[str]:
    """These, what needs them, and what is below them. Entries stand after those that they need."""
    found = set(urns)
    for entry in entries:
        if not found.isdisjoint(relations(entry.state)):
            found.add(entry.urn)
    return found
