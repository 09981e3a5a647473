"""Conflicts of an API that only the service and the engine know: its id is taken, or several APIs of a run want one path."""

import asyncio
import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource, invoke_async, is_dry_run
from pulumi.runtime.resource import register_resource_hook

from pulumi_dynamic_host import context

_API = "azure-native:apimanagement:Api"
_GET_API = "azure-native:apimanagement:getApi"
_KEYS = ("resourceGroupName", "serviceName", "apiId")
_LOOKUP_SECONDS = 20.0
_Service: TypeAlias = tuple[pulumi.ProviderResource | None, str, str]


class Refused(Exception):
    """An API cannot be deployed as declared. The message is one complete sentence."""


def hooks(name: str, path: pulumi.Input[str], parent: pulumi.Resource) -> pulumi.ResourceHookBinding:
    """Hooks that look for conflicts before an Api is created or updated, also in previews.

    Args:
        name: the API's resource name, for messages.
        path: as the program gives it; an output is known after the resources that it depends on are deployed.
        parent: the component; its providers are used to look.
    """
    moves = _moves()

    async def create(hook: pulumi.ResourceHookArgs) -> None:
        inputs = hook.new_inputs or {}
        if await _exists(inputs, parent):
            _warn_of_conflict(name, inputs, parent)
        moves.note(_service(inputs, parent), hook.urn, None, inputs.get("path"), await _needed(path))

    async def update(hook: pulumi.ResourceHookArgs) -> None:
        old, new = hook.old_inputs or {}, hook.new_inputs or {}
        moves.note(_service(new, parent), hook.urn, old.get("path"), new.get("path"), await _needed(path))

    looks = (_hook(f"{name}-create", create), _hook(f"{name}-update", update))
    return pulumi.ResourceHookBinding(before_create=[looks[0]], before_update=[looks[1]])


def _hook(name: str, look: Any) -> pulumi.ResourceHook:
    """A hook with a unique name: components with different parents may have the same name."""
    numbers = _numbers.setdefault(context.current().connection, {})
    number = next(numbers.setdefault(name, itertools.count()))
    own = f"workspace365:WebSocketApi:{name}" + (f"-{number}" if number else "")
    return _Hook(own, look, pulumi.ResourceHookOptions(on_dry_run=True))


class _Hook(pulumi.ResourceHook):
    """Is registered when its resource is.

    The SDK registers a hook as soon as it is made, and starts a server for that. If the program fails meanwhile, for example because a policy
    is wrong, the server is ended while it starts, which crashes the process.
    """

    def __init__(self, name: str, look: Any, opts: pulumi.ResourceHookOptions) -> None:
        self.name, self.callback, self.opts = name, look, opts

    @functools.cached_property
    def _registered(self) -> "asyncio.Future[None]":  # type: ignore[override]  # the SDK awaits it before it registers the resource
        return register_resource_hook(self)


_numbers: WeakKeyDictionary[context.Connection, dict[str, Iterator[int]]] = WeakKeyDictionary()


async def _exists(inputs: Mapping[str, Any], parent: pulumi.Resource) -> bool:
    """Whether the service has the API. False if that cannot be found out: the create then finds out."""
    arguments = {key: inputs.get(key) for key in _KEYS}
    if not all(isinstance(value, str) for value in arguments.values()):
        return False
    # Not with azure-native's own functions: the SDK ends the program if an output of a function fails.
    options = pulumi.InvokeOptions(parent=parent, version=metadata.version("pulumi-azure-native"))
    try:
        return bool(await asyncio.wait_for(invoke_async(_GET_API, arguments, options), _LOOKUP_SECONDS))
    except Exception:  # noqa: BLE001  the SDK raises a plain Exception, also if there is no such API
        return False


def _warn_of_conflict(name: str, inputs: Mapping[str, Any], parent: pulumi.Resource) -> None:
    """A preview only warns: it does not know what the run deletes first, as in a replacement."""
    conflict = f"WebSocketApi {name!r}: the service {inputs['serviceName']} already has an API {inputs['apiId']!r}"
    remedy = (
        "set import_existing=True to import it (docs/websocket-api.md, An API that exists already), or choose another api_id; if this "
        "stack manages it under another name, use aliases"
    )
    if not is_dry_run():
        raise Refused(f"{conflict}, so it cannot be created: {remedy}.")
    pulumi.log.warn(f"{conflict}, so `pulumi up` will fail unless it deletes that API first: {remedy}.", parent)


async def _needed(path: pulumi.Input[str]) -> set[str | None]:
    """The URNs of the resources on which a path depends."""
    return {await item.urn.future() for item in await path.resources()} if isinstance(path, pulumi.Output) else set()


def _service(inputs: Mapping[str, Any], parent: pulumi.Resource) -> _Service | None:
    """The service in which paths are unique; None if it is not known yet. Another provider may use another subscription."""
    group, service = inputs.get("resourceGroupName"), inputs.get("serviceName")
    if not isinstance(group, str) or not isinstance(service, str):
        return None
    return parent.get_provider(_API), group.casefold(), service.casefold()


@dataclass(frozen=True)
class _Move:
    """The path of an API before and after the run; a new API has none before."""

    before: str | None
    after: str


@dataclass
class _Moves:
    """The paths that change in one run, by service and URN. The engine runs the hooks in any order."""

    services: dict[_Service, dict[str, _Move]] = field(default_factory=dict)

    def note(self, service: _Service | None, urn: str, before: Any, after: Any, needed: set[str | None]) -> None:
        """Record a new path and compare it with those recorded before. Ignored if the path or the service is not known yet.

        Args:
            service: the service in which paths are unique.
            urn: of the Api.
            before: its current path; None for a new API.
            after: its new path.
            needed: the URNs of the resources that are deployed before it.

        Raises:
            Refused: several APIs exchange their paths.
        """
        if service is None or not isinstance(after, str) or before == after:
            return
        moves = self.services.setdefault(service, {})
        moves[urn] = _Move(_folded(before) if isinstance(before, str) else None, _folded(after))
        if circle := _circle(moves, urn):
            raise Refused(
                f"{_named(urn)}: the APIs {_listed(circle)} exchange their paths in this run, but the service never lets two APIs have the "
                "same path: give one of them a temporary path and run `pulumi up`, then give each its final path in a run of its own, when it is free."
            )
        own = moves[urn]
        for other, move in moves.items():
            if other != urn and move.before == own.after and other not in needed:
                _tell_order(urn, other, own.after)
            elif other != urn and move.after == own.before:
                _tell_order(other, urn, move.after)


def _circle(moves: Mapping[str, _Move], urn: str) -> list[str]:
    """The APIs that exchange their paths with this one, which comes first; empty if it exchanges none."""
    holders = {move.before: other for other, move in moves.items() if move.before is not None}
    found, at = [urn], holders.get(moves[urn].after)
    while at is not None and at != urn and at not in found:
        found.append(at)
        at = holders.get(moves[at].after)
    return found if at == urn and len(found) > 1 else []


def _tell_order(taker: str, holder: str, path: str) -> None:
    if is_dry_run():
        pulumi.log.warn(
            f"{_named(taker)}: it takes the path {path!r} from {_short(holder)!r}, which leaves it in the same run, but the service never lets "
            f"two APIs have the same path: let it wait for {_short(holder)!r} (docs/websocket-api.md, Paths that move), or change the path in "
            "the next run."
        )


def _folded(path: str) -> str:
    return path.strip("/").casefold()


def _named(urn: str) -> str:
    return f"WebSocketApi {_short(urn)!r}"


def _short(urn: str) -> str:
    return urn.rpartition("::")[2]


def _listed(urns: list[str]) -> str:
    *first, last = [repr(_short(urn)) for urn in urns]
    return f"{', '.join(first)} and {last}"


def _moves() -> _Moves:
    """The record of this run. A program has one root resource; the plugin for other languages has none, but a connection per run."""
    root = get_root_resource()
    if root is None:
        return _by_connection.setdefault(context.current().connection, _Moves())
    return _by_root.setdefault(root, _Moves())


_by_root: WeakKeyDictionary[pulumi.Resource, _Moves] = WeakKeyDictionary()
_by_connection: WeakKeyDictionary[context.Connection, _Moves] = WeakKeyDictionary()
