"""Gives each registration its URN, and finds the resource of the last deployment with this URN or one of its aliases. No I/O."""

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.plan.goal import Alias
from pulumi_embedded_engine.plan.provider import Messages, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.resource import urn as urns


class UrnResolver:
    """The URNs of this operation."""

    def __init__(self, project: str, stack: str, base: Snapshot, providers: Providers, messages: Messages) -> None:
        self._project, self._stack, self._base, self._providers, self._messages = project, stack, base, providers, messages
        self.registered: set[str] = set()
        self.aliased: dict[str, str] = {}
        """Alias -> the URN of the resource that claimed it."""
        self.alias_used: dict[str, str] = {}
        """URN -> the alias under which its old state was found."""

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource of this stack."""
        return urns.make_urn(self._stack, self._project, type_, name, parent)

    def register(self, parent: str, type_: str, name: str) -> str:
        """The URN of a new registration.

        Raises:
            EngineError: the parent is not registered.
            BailError: another resource has this URN.
        """
        if parent and parent not in self.registered:
            raise EngineError(f"could not find parent resource {parent}")
        urn = self.urn(parent, type_, name)
        if urn in self.registered:
            self._messages.error(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
            raise BailError(f"duplicate resource URN {urn}")
        self.registered.add(urn)
        return urn

    def find_old_state(self, urn: str, parent: str, aliases: tuple[Alias, ...]) -> tuple[Entry | None, bool]:
        """The old state of a registration, and ``False`` if its URN or an alias conflicts with another's; conflicts are reported."""
        valid = True
        if urn in self.aliased:
            valid = False
            holder = self.aliased[urn]
            self._messages.error(urn, f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{holder}'")
        for candidate in (urn, *self._alias_urns(urn, parent, aliases)):
            if (entry := self._base.live.get(candidate)) is None:
                continue
            if candidate != urn:
                valid = self._claim_alias(urn, candidate) and valid
            return entry, valid
        return None, valid

    def _claim_alias(self, urn: str, alias: str) -> bool:
        holders = [urn] if alias in self.registered else []
        if alias in self.aliased:
            holders.append(self.aliased[alias])
        for holder in holders:
            self._messages.error(
                urn,
                f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' "
                f"conflicting with resource with URN '{holder}'",
            )
        self.aliased[alias] = urn
        self.alias_used[urn] = alias
        self._providers.alias(urn, alias)
        return not holders

    def _alias_urns(self, urn: str, parent: str, aliases: tuple[Alias, ...]) -> list[str]:
        own = [self._alias_to_urn(urn, parent, alias) for alias in aliases]
        found = dict.fromkeys(own)
        if (parents_alias := self.alias_used.get(parent)) is not None:
            for candidate in (urn, *own):
                found.setdefault(self._inherited_alias(candidate, parent, parents_alias))
        return list(found)

    def _alias_to_urn(self, urn: str, own_parent: str, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self.alias_used.get(alias.parent, alias.parent) or own_parent
        if alias.no_parent:
            parent = ""
        return urns.make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            alias.type or urns.type_of(urn),
            alias.name or urns.name_of(urn),
            parent,
        )

    def _inherited_alias(self, child: str, parent: str, parents_alias: str) -> str:
        """The alias of a child that follows from its parent's; if its name starts with the parent's name, this part changes too."""
        name, parents_name = urns.name_of(child), urns.name_of(parent)
        if name.startswith(parents_name):
            name = urns.name_of(parents_alias) + name.removeprefix(parents_name)
        return urns.make_urn(self._stack, self._project, urns.type_of(child), name, parents_alias)
