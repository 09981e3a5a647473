"""The state of an environment from its entry on the list: its outputs, whether it is still the same environment, and whether it is active."""

from typing import TYPE_CHECKING, Any

from pulumi_workspace365 import errors
from pulumi_workspace365.api.timestamps import same_moment
from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache
from pulumi_workspace365.lifecycle.interrupted_creates import settle_timeout

if TYPE_CHECKING:
    from pulumi_workspace365.api.models import EnvironmentEntry


def unknown_outputs(name: str) -> dict[str, Any]:
    """The outputs of an environment of which only the name is known."""
    unknown = ("environment_id", "creation_date", "is_active", "incarnation", "temporary_password")
    return {"name": name, **dict.fromkeys(unknown), "temporary_password_available": False}


def outputs_from_entry(entry: "EnvironmentEntry") -> dict[str, Any]:
    """The outputs from the list. If the list no longer contains the date, the recorded one is kept, because it identifies the environment."""
    dated = {"creation_date": entry.creation_date} if entry.creation_date else {}
    return {"is_active": entry.is_active, **dated}


def require_same(cache: EnvironmentCache, name: str, recorded: dict[str, Any]) -> "EnvironmentEntry":
    """The environment's entry, if it may still be the one that was recorded.

    Raises:
        errors.NotFound: it is gone, or another one has its name now.
    """
    entry, instance = cache.find(name), cache.client.settings.instance
    if entry is None:
        raise errors.NotFound(f"Environment {name!r} is gone from {instance}: run `pulumi refresh`, then `pulumi up`.")
    if not same_moment(recorded.get("creation_date"), entry.creation_date):
        raise errors.NotFound(
            f"Environment {name!r} on {instance} is another one than the one recorded (created {entry.creation_date}, not "
            f"{recorded['creation_date']}): nothing was done to it. Run `pulumi refresh` to see what it is now."
        )
    return entry


def wait_until_listed(outs: dict[str, Any], cache: EnvironmentCache, *, active: bool) -> None:
    """Wait for a new environment on the list and set it active or inactive; ``outs`` gets what was seen, as soon as it was.

    Raises:
        errors.W365Error: the environment is not as desired.
    """
    from pulumi_workspace365.api.models import EnvironmentEntry  # noqa: PLC0415  programs and previews do without

    name = outs["name"]
    cache.record(EnvironmentEntry(name=name, is_active=True))
    entry = cache.wait_for(name, lambda entry: entry is not None, settle_timeout(cache))
    outs |= outputs_from_entry(entry) if entry else {}
    outs |= set_active(cache, name, active, outs["is_active"])


def set_active(cache: EnvironmentCache, name: str, active: bool, is_active: bool | None) -> dict[str, Any]:
    """Activate or deactivate where needed (docs/provisioning-api.md#a-8) and see it on the list. Returns the outputs that changed.

    Raises:
        errors.Unavailable: the list does not show it, although the server agreed.
    """
    if is_active == active:
        return {}
    with cache.track_write():
        (cache.client.activate_environment if active else cache.client.deactivate_environment)(name)
    entry = cache.wait_for(name, lambda entry: entry is not None and entry.is_active == active, settle_timeout(cache))
    if entry is None or entry.is_active != active:
        state = "active" if active else "inactive"
        raise errors.Unavailable(
            f"Environment {name!r} is still not listed as {state} after {settle_timeout(cache):g} s, although the server agreed."
        )
    return {"is_active": active}
