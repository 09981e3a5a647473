"""The URN of a registered resource, and the resource of the last deployment that it continues, also through aliases. Pure."""

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import Alias
from pulumi_embedded_engine.plan.provider import Messages, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.resource import urn as urns


class Bail(EngineError):
    """The operation cannot go on, and the reason has been reported."""


class UrnResolver:
    """The URNs of this operation."""

    def __init__(self, project: str, stack: str, base: Snapshot, providers: Providers, messages: Messages) -> None:
        self._project, self._stack, self._base, self._providers, self._messages = project, stack, base, providers, messages
        self.registered: set[str] = set()
        self.aliased: dict[str, str] = {}
        """Former URN -> the URN that took it over."""
        self.former: dict[str, str] = {}
        """URN -> the former URN it took over."""

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource of this stack."""
        return urns.make_urn(self._stack, self._project, type_, name, parent)

    def register(self, parent: str, type_: str, name: str) -> str:
        """The URN of a new registration.

        Raises:
            EngineError: the parent is not registered.
            Bail: another resource has this URN.
        """
        if parent and parent not in self.registered:
            raise EngineError(f"could not find parent resource {parent}")
        urn = self.urn(parent, type_, name)
        if urn in self.registered:
            self._messages.error(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
            raise Bail(f"duplicate resource URN {urn}")
        self.registered.add(urn)
        return urn

    def predecessor(self, urn: str, parent: str, aliases: tuple[Alias, ...]) -> tuple[Entry | None, bool]:
        """The entry that a registration continues, and whether its names are free of conflicts (which are reported)."""
        valid = True
        if urn in self.aliased:
            valid = False
            holder = self.aliased[urn]
            self._messages.error(urn, f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{holder}'")
        for candidate in (urn, *self._former_urns(urn, parent, aliases)):
            if (entry := self._base.live.get(candidate)) is None:
                continue
            if candidate != urn:
                valid = self._take_over(urn, candidate) and valid
            return entry, valid
        return None, valid

    def _take_over(self, urn: str, former: str) -> bool:
        holders = [urn] if former in self.registered else []
        if former in self.aliased:
            holders.append(self.aliased[former])
        for holder in holders:
            self._messages.error(
                urn,
                f"Duplicate resource alias '{former}' applied to resource with URN '{urn}' "
                f"conflicting with resource with URN '{holder}'",
            )
        self.aliased[former] = urn
        self.former[urn] = former
        self._providers.alias(urn, former)
        return not holders

    def _former_urns(self, urn: str, parent: str, aliases: tuple[Alias, ...]) -> list[str]:
        own = [self._collapse(urn, parent, alias) for alias in aliases]
        found = dict.fromkeys(own)
        if (parents_former := self.former.get(parent)) is not None:
            for candidate in (urn, *own):
                found.setdefault(self._inherited(candidate, parent, parents_former))
        return list(found)

    def _collapse(self, urn: str, own_parent: str, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self.former.get(alias.parent, alias.parent) or own_parent
        if alias.no_parent:
            parent = ""
        return urns.make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            alias.type or urns.type_of(urn),
            alias.name or urns.name_of(urn),
            parent,
        )

    def _inherited(self, child: str, parent: str, parents_former: str) -> str:
        """A child's former URN follows from its parent's; a name that starts with the parent's name follows its change."""
        name, parents_name = urns.name_of(child), urns.name_of(parent)
        if name.startswith(parents_name):
            name = urns.name_of(parents_former) + name.removeprefix(parents_name)
        return urns.make_urn(self._stack, self._project, urns.type_of(child), name, parents_former)
