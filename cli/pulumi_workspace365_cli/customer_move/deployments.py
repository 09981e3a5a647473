"""A customer's resources from one stack's export to another's. Pure: nothing is read, written, encrypted or decrypted."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_cli import resource_names
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.stack_edits import stack
from pulumi_workspace365_cli.stack_edits.resources import (
    Resource,
    is_default_provider,
    is_provider,
    label,
    linked,
    name_of,
    provider_reference,
    references,
    types_of,
)
from pulumi_workspace365_cli.stack_edits.stack import Document

_CUSTOMER = "workspace365:index:CustomerEnvironment"
_ENVIRONMENT = f"{resource_names.DYNAMIC}Environment"
_STACK = "pulumi:pulumi:Stack"
_ADDRESSES = ("w365:baseUrl", "baseUrl")


@dataclass(frozen=True)
class Moved:
    """What two exports become.

    Attributes:
        source: the export of the stack that had the customer.
        target: the export of the stack that has it now.
        urns: the URNs before and after, of what moved.
    """

    source: Document
    target: Document
    urns: Mapping[str, str]


def move(source: Document, target: Document, customer: str, project: str, stacks: tuple[str, str]) -> Moved:
    """Two exports after a customer's resources went from one to the other.

    Args:
        source: what ``pulumi stack export`` printed of the stack that has them; with ``--show-secrets`` the target gets secrets in the clear.
        target: the same of the stack that is to have them.
        customer: the key.
        project: the name of the project of both stacks.
        stacks: their names.

    Raises:
        CommandError: they cannot be moved; it says why and what to do.
    """
    change = _Change(stack.resources_of(source), stack.resources_of(target), customer, project, stacks)
    return Moved(
        stack.with_resources(source, change.source_after()),
        stack.with_resources(target, change.target_after()),
        dict(change.urns),
    )


class _Change:
    def __init__(
        self, source: list[Resource], target: list[Resource], customer: str, project: str, stacks: tuple[str, str]
    ) -> None:
        self._source, self._target = source, target
        self._from, self._to = stacks
        self._prefixes = tuple(f"urn:pulumi:{stack}::{project}::" for stack in stacks)
        self._roots = tuple(f"{prefix}{_STACK}::{project}-{stack}" for prefix, stack in zip(self._prefixes, stacks, strict=True))
        self._urns = _with_children(source, customer)
        self._moving = [item for item in source if item["urn"] in self._urns]
        self._there = {item["urn"]: item for item in target if not item.get("delete")}
        self._refuse()
        self._providers = {
            provider_reference(item): item for item in source if is_provider(item) and item["urn"] not in self._urns
        }
        self._needed = [self._providers[one] for one in dict.fromkeys(map(_provider_of, self._moving)) if one in self._providers]
        self.urns = {urn: self._renamed(urn) for urn in self._urns}

    def _refuse(self) -> None:
        for item in self._moving:
            if item.get("delete") or item.get("pendingReplacement"):
                raise CommandError(f"{label(item)} is still to be deleted or replaced: complete that with `pulumi up` first.")
            if self._renamed(item["urn"]) in self._there:
                raise CommandError(f"Stack {self._to} has {label(item)} already.")
            for urn in references(item):
                if urn not in self._urns and urn != self._roots[0] and self._renamed(urn) not in self._there:
                    raise CommandError(
                        f"{label(item)} refers to {label({'type': types_of(urn)[-1], 'urn': urn})}, which stack {self._to} does not have: deploy that there first."
                    )
        for item in self._source:
            if item["urn"] not in self._urns and (needed := self._urns.intersection(references(item))):
                raise CommandError(
                    f"{label(item)} refers to {name_of(min(needed))} and would stay in stack {self._from}: remove it, or that dependency, first."
                )

    def _renamed(self, urn: str) -> str:
        if urn == self._roots[0]:
            return self._roots[1]
        return f"{self._prefixes[1]}{urn.removeprefix(self._prefixes[0])}" if urn.startswith(self._prefixes[0]) else urn

    def source_after(self) -> list[Resource]:
        """Without them, and without default providers that nothing else uses."""
        kept = [item for item in self._source if item["urn"] not in self._urns]
        used = set(map(_provider_of, kept))
        unused = [item["urn"] for item in self._needed if is_default_provider(item) and provider_reference(item) not in used]
        return [item for item in kept if item["urn"] not in unused]

    def target_after(self) -> list[Resource]:
        """With them at the end, after the providers that they need and the stack does not have."""
        now = {**self.urns, self._roots[0]: self._roots[1]}
        now |= {urn: self._renamed(urn) for item in self._moving for urn in references(item)}
        now |= {
            provider_reference(item): f"{self._renamed(item['urn'])}::{item.get('id', '')}"
            for item in self._moving
            if is_provider(item)
        }
        root = [] if self._roots[1] in self._there else [{"urn": self._roots[1], "custom": False, "type": _STACK}]
        copied = []
        for provider in self._needed:
            arrived = self._provider(provider)
            now[provider_reference(provider)] = provider_reference(arrived)
            if arrived["urn"] not in self._there:
                copied.append(arrived)
        return [*root, *copy.deepcopy(self._target), *copied, *(self._arrived(item, now) for item in self._moving)]

    def _provider(self, provider: Resource) -> Resource:
        """The target's provider of the same name, or a copy."""
        there = self._there.get(self._renamed(provider["urn"]))
        if there is None:
            return self._arrived(provider, {self._roots[0]: self._roots[1]})
        addresses = {tuple((one.get("inputs") or {}).get(key) for key in _ADDRESSES) for one in (provider, there)}
        if len(addresses) > 1 and not is_default_provider(provider):
            raise CommandError(f"{name_of(provider['urn'])} is another instance in stack {self._to} than in stack {self._from}.")
        return there

    def _arrived(self, resource: Resource, now: Mapping[str, str]) -> Resource:
        own = dict(resource)
        aliases = own.pop("aliases", None)
        arrived: Resource = linked(own, now) | {"urn": self._renamed(resource["urn"])}
        return arrived if aliases is None else {**arrived, "aliases": [self._renamed(alias) for alias in aliases]}


def _with_children(resources: Iterable[Resource], customer: str) -> set[str]:
    """The URNs of a customer's component, or else environment, and of all below."""
    named = [item for item in resources if name_of(item["urn"]) == customer and not item.get("delete")]
    roots = [item["urn"] for item in named if item["type"] == _CUSTOMER]
    roots = roots or [item["urn"] for item in named if resource_names.dynamic_type(item["type"]) == _ENVIRONMENT]
    if not roots:
        raise CommandError(f"The state has no environment of customer {customer}.")
    urns = set(roots)
    for item in resources:  # parents stand before their children
        if item.get("parent") in urns:
            urns.add(item["urn"])
    return urns


def _provider_of(resource: Resource) -> Any:
    return resource.get("provider")
