"""The steps after a create (name, activation, password), and what is recorded if one of them fails."""

from datetime import UTC, datetime
from typing import Any

from pulumi import dynamic as pulumi_dynamic

from pulumi_workspace365 import errors
from pulumi_workspace365.lifecycle import password_delivery, state
from pulumi_workspace365.lifecycle.environment_cache import UNDATED, EnvironmentCache
from pulumi_workspace365.resource import base


def complete(
    outs: dict[str, Any], cache: EnvironmentCache, *, requested_name: str, exact: bool, active: bool, password_to: str | None
) -> pulumi_dynamic.CreateResult:
    """Bring a new environment to its desired state. It exists, so a failure from here on must not lose it.

    Args:
        outs: the outputs known from the create; more are added here.
        cache: the list on which it will appear.
        requested_name: the wanted name.
        exact: whether another name than that is a failure.
        active: whether people are to sign in.
        password_to: where the temporary password goes instead of state.

    Returns:
        The environment, or (``Incomplete``) the environment and the reasons why it is not in its desired state yet.
    """
    name, reasons = outs["name"], []

    def hand_over() -> None:
        if password_to and outs["temporary_password"]:
            password_delivery.deliver_password(password_to, name, outs["temporary_password"])
            outs.update({"temporary_password": None, "temporary_password_available": False})

    def arrive() -> None:
        state.wait_until_listed(outs, cache, active=active)

    for step in (hand_over, arrive):
        try:
            step()
        except BaseException as problem:  # noqa: BLE001  neither a bug of ours nor an interrupt may lose an environment that exists
            why = str(problem) if isinstance(problem, errors.W365Error) else f"Internal error: {type(problem).__name__}."
            reasons.append(f"Environment {name!r} exists, but is not yet as declared; the next `pulumi up` completes it. {why}")
    outs["incarnation"] = outs["creation_date"] or outs["environment_id"] or f"{UNDATED}{datetime.now(UTC).isoformat()}"
    if name != requested_name:
        message = f"asked for environment {requested_name!r}, got {name!r}: the server changed the name"
        if exact:
            reasons.append(f"{message}, although name_policy='exact'. Delete it, or use its name as environment_name.")
        else:
            base.log.warning("%s, which every later call uses", message)
    return base.Incomplete(name, outs, reasons) if reasons else pulumi_dynamic.CreateResult(name, outs)
