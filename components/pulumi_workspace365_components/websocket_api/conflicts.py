"""What of an API only the service and the engine know: that its id is taken, and that other APIs of the run want its path."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource, invoke_async, is_dry_run

_API = "azure-native:apimanagement:Api"
_GET_API = "azure-native:apimanagement:getApi"
_KEYS = ("resourceGroupName", "serviceName", "apiId")
_PATIENCE_SECONDS = 20.0
_Service: TypeAlias = tuple[pulumi.ProviderResource | None, str, str]


class Refused(Exception):
    """An API cannot be deployed as asked. The message is one sentence that stands alone."""


def hooks(name: str, path: pulumi.Input[str], parent: pulumi.Resource) -> pulumi.ResourceHookBinding:
    """What looks for conflicts of an Api, where it is created or changed; in previews too.

    Args:
        name: the API's resource name, for messages.
        path: as the program gives it; what an output waits for is deployed before.
        parent: the component, whose providers are asked.
    """
    moves = _moves()

    async def create(hook: pulumi.ResourceHookArgs) -> None:
        inputs = hook.new_inputs or {}
        if await _exists(inputs, parent):
            _tell_taken(name, inputs, parent)
        moves.note(_service(inputs, parent), hook.urn, None, inputs.get("path"), await _needed(path))

    async def update(hook: pulumi.ResourceHookArgs) -> None:
        old, new = hook.old_inputs or {}, hook.new_inputs or {}
        moves.note(_service(new, parent), hook.urn, old.get("path"), new.get("path"), await _needed(path))

    looks = (_hook(f"{name}-create", create), _hook(f"{name}-update", update))
    return pulumi.ResourceHookBinding(before_create=[looks[0]], before_update=[looks[1]])


def _hook(name: str, look: Any) -> pulumi.ResourceHook:
    """Of a name that no other hook of the program has: components inside of others may have one name."""
    number = next(_numbers.setdefault(name, itertools.count()))
    own = f"workspace365:WebSocketApi:{name}" + (f"-{number}" if number else "")
    return pulumi.ResourceHook(own, look, pulumi.ResourceHookOptions(on_dry_run=True))


_numbers: dict[str, Iterator[int]] = {}


async def _exists(inputs: Mapping[str, Any], parent: pulumi.Resource) -> bool:
    """Whether the service has the API; not where that cannot be told, which the create then tells."""
    asked = {key: inputs.get(key) for key in _KEYS}
    if not all(isinstance(value, str) for value in asked.values()):
        return False
    # As azure-native's functions do, whose failures would end the program.
    options = pulumi.InvokeOptions(parent=parent, version=metadata.version("pulumi-azure-native"))
    try:
        return bool(await asyncio.wait_for(invoke_async(_GET_API, asked, options), _PATIENCE_SECONDS))
    except Exception:  # noqa: BLE001  a function fails with a plain Exception, also where there is no such API
        return False


def _tell_taken(name: str, inputs: Mapping[str, Any], parent: pulumi.Resource) -> None:
    """A preview warns only: it does not know what is deleted before, as in a replacement."""
    taken = f"WebSocketApi {name!r}: the service {inputs['serviceName']} has an API {inputs['apiId']!r} already"
    remedy = (
        "take it over with import_existing=True, as docs/websocket-api.md (An API that exists already) says, or give another api_id; "
        "where this stack has it under another name, give that in aliases"
    )
    if not is_dry_run():
        raise Refused(f"{taken}, so it is not created: {remedy}.")
    pulumi.log.warn(f"{taken}, so `pulumi up` will not create it unless it deletes it before: {remedy}.", parent)


async def _needed(path: pulumi.Input[str]) -> set[str | None]:
    """The URNs of what is deployed before a path is known."""
    return {await item.urn.future() for item in await path.resources()} if isinstance(path, pulumi.Output) else set()


def _service(inputs: Mapping[str, Any], parent: pulumi.Resource) -> _Service | None:
    """Whose paths must differ; None where that is not known yet. Another provider may be of another subscription."""
    group, service = inputs.get("resourceGroupName"), inputs.get("serviceName")
    if not isinstance(group, str) or not isinstance(service, str):
        return None
    return parent.get_provider(_API), group.casefold(), service.casefold()


@dataclass(frozen=True)
class _Move:
    """From which path to which; a new API has none before."""

    before: str | None
    after: str


@dataclass
class _Moves:
    """The paths that change in one run, by service and URN. The engine asks in any order; each is judged with those before it."""

    services: dict[_Service, dict[str, _Move]] = field(default_factory=dict)

    def note(self, service: _Service | None, urn: str, before: Any, after: Any, needed: set[str | None]) -> None:
        """Take a path into account; not, where it or its service is not known yet.

        Args:
            service: whose paths must differ.
            urn: the Api.
            before: its path until now; of a new one, None.
            after: its path from now on.
            needed: the URNs of what is deployed before it.

        Raises:
            Refused: APIs take each other's paths.
        """
        if service is None or not isinstance(after, str) or before == after:
            return
        moves = self.services.setdefault(service, {})
        moves[urn] = _Move(_folded(before) if isinstance(before, str) else None, _folded(after))
        if circle := _circle(moves, urn):
            raise Refused(
                f"{_named(urn)}: its path {after!r} is part of a circle: {_listed(circle)} take each other's paths, and the service lets "
                "no two APIs have one path, not even for a moment. Give one of them a path of its own first, run `pulumi up`, then give "
                "it the path that it is to have."
            )
        own = moves[urn]
        for other, move in moves.items():
            if other != urn and move.before == own.after and other not in needed:
                _tell_order(urn, other, own.after)
            elif other != urn and move.after == own.before:
                _tell_order(other, urn, move.after)


def _circle(moves: Mapping[str, _Move], urn: str) -> list[str]:
    """The APIs whose paths go around, from one of them on; empty where there is an end."""
    holders = {move.before: other for other, move in moves.items() if move.before is not None}
    found, at = [urn], holders.get(moves[urn].after)
    while at is not None and at != urn and at not in found:
        found.append(at)
        at = holders.get(moves[at].after)
    return found if at == urn and len(found) > 1 else []


def _tell_order(taker: str, holder: str, path: str) -> None:
    if is_dry_run():
        pulumi.log.warn(
            f"{_named(taker)}: its path {path!r} is that of {_short(holder)!r}, which leaves it in the same run, and the service lets no "
            f"two APIs have one path: let it wait for {_short(holder)!r}, as docs/websocket-api.md (Paths that move) shows, or give it "
            "the path in the next run."
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
    """Those of this run: of one program, whose root is one object; the plugin for other languages has none, and serves one run."""
    root = get_root_resource()
    return _without_root if root is None else _by_root.setdefault(root, _Moves())


_by_root: WeakKeyDictionary[pulumi.Resource, _Moves] = WeakKeyDictionary()
_without_root = _Moves()
