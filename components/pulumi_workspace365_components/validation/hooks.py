"""Binds checks to a resource of a program: they run after each create and update, with the resource's outputs.

The engine forgets an after-hook that failed: the resource stands as it is deployed, and the next ``up``, finding nothing to change, runs no
hook and passes. Hooks are for finding out at once; a result that lasts needs the resource ``ConnectivityCheck`` or ``w365 check`` in CI.
"""

import asyncio
import contextvars
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pulumi
from pulumi.runtime.config import get_config

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim import arm_settings
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_components.validation import checks as checking
from pulumi_workspace365_components.validation import interpolation
from pulumi_workspace365_components.validation.checks import Check, CheckError, HttpCheck, WebSocketCheck
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.verdicts import Verdict

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client
    from pulumi_workspace365.apim.client import ConnectivityClient

OnFailure: TypeAlias = Literal["fail", "warn"]
_OUTPUT_TIMEOUT_SECONDS = 20.0
_SILENT_SECONDS = 3.0
_LASTING = (
    "The resource is deployed and recorded, so the next `pulumi up` finds nothing to change and does not ask again: run `w365 check` in CI, "
    "or use a ConnectivityCheck resource, whose result lasts. W365_CHECKS=warn lets a hotfix through."
)


@dataclass(frozen=True)
class Deployed:
    """The resource that was just created or updated. Secret outputs are in the clear here, for headers and query parameters."""

    urn: str
    id: str
    name: str
    type: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """An output.

        Raises:
            CheckError: there is none of that name.
        """
        if name not in self.outputs:
            raise CheckError(f"{self.name} has no output {name!r}; it has {', '.join(sorted(self.outputs)) or 'none'}.")
        return self.outputs[name]


Given: TypeAlias = Check | Mapping[str, Any] | Callable[[Deployed], Any]


def validate_after_deploy(*checks: Given, on_failure: OnFailure = "fail", settle: float = 60) -> pulumi.ResourceHookBinding:
    """Run checks whenever a resource was created or updated; for ``ResourceOptions(hooks=…)`` of any custom resource, also of other packages.

    Not run in previews, nor when nothing changed. A component's own hook does not run when only a child changed: bind it to the child.

    Args:
        checks: models of ``validation.checks``, mappings with the fields of a checks file (docs/checks.md), in which values may be outputs of
            *other* resources, or functions that make one or several of either from what was just deployed (:class:`Deployed`).
        on_failure: ``fail`` fails the ``up``; ``warn`` logs a warning. ``W365_CHECKS=warn`` warns always.
        settle: seconds for which WebSocket and HTTP checks that say nothing themselves are tried again.

    Raises:
        pulumi.RunError: a check is malformed; a sentence for each field.
    """
    if not checks:
        raise pulumi.RunError("validate_after_deploy: give at least one check.")
    for given in checks:
        _refuse(given)

    async def found(deployed: Deployed, clients: Clients) -> list[Verdict]:
        resolved = [check for given in checks for check in await _resolve_checks(given, deployed)]
        checking.require_unique(resolved)
        from pulumi_workspace365_components.validation import runner  # noqa: PLC0415  what opens connections is not loaded by a preview

        return await asyncio.to_thread(runner.run, [with_settle_time(check, settle) for check in resolved], clients)

    return binding(found, on_failure)


Ask: TypeAlias = Callable[[Deployed, Clients], Awaitable[list[Verdict]]]


def binding(ask: Ask, on_failure: OnFailure) -> pulumi.ResourceHookBinding:
    """Bind a coroutine function that runs checks and returns their verdicts."""

    async def validate(args: pulumi.ResourceHookArgs) -> None:
        enforced = not configuration.failed_checks_pass() and on_failure == "fail"
        try:
            found = await _announced(args.name, ask(await _deployed(args), _clients()))
        except (CheckError, W365Error) as problem:
            _refused(f"The checks of {args.name} could not be run: {problem}", enforced=enforced)
        else:
            _end(args.name, found, enforced=enforced)

    return pulumi.ResourceHookBinding(after_create=[validate], after_update=[validate])


async def _announced(name: str, checks: Awaitable[list[Verdict]]) -> list[Verdict]:
    """The verdicts; where they take long, the engine shows meanwhile what it waits for."""
    running = asyncio.ensure_future(checks)
    if not (await asyncio.wait({running}, timeout=_SILENT_SECONDS))[0]:
        pulumi.log.info(
            f"{name} is deployed; its checks do not pass yet, and are repeated while the deployment settles.", ephemeral=True
        )
    return await running


class ValidationFailed(Exception):
    """The deployment does not work. The message is one complete line."""


def with_settle_time(check: Check, seconds: float) -> Check:
    """The check with a settle time for new deployments, unless it specifies one."""
    if isinstance(check, WebSocketCheck | HttpCheck) and "settle" not in check.model_fields_set:
        return check.model_copy(update={"settle": min(seconds, check.timeout)})
    return check


def _end(name: str, found: Sequence[Verdict], *, enforced: bool) -> None:
    """Log the result; raise an exception if the run must fail."""
    failed = [verdict for verdict in found if verdict.is_failure]
    for verdict in found:
        if verdict.tolerated:
            pulumi.log.warn(redaction.redact(f"{verdict.check.name}: not verified. {verdict.advice}"))
    if not failed:
        pulumi.log.info(f"{name}: {sum(verdict.state == 'passed' for verdict in found)} of {len(found)} checks passed.")
        return
    summary = " ".join(f"{verdict.check.name}: {verdict.advice}" for verdict in failed)
    _refused(f"{len(failed)} of {len(found)} checks of {name} did not pass. {summary}", enforced=enforced)


def _refused(problem: str, *, enforced: bool) -> None:
    message = safe_text.one_line(redaction.redact(problem))
    if enforced:
        raise ValidationFailed(f"{message} {_LASTING}")
    pulumi.log.warn(f"{message} This run lets it pass (on_failure='warn' or W365_CHECKS=warn).")


async def _deployed(args: pulumi.ResourceHookArgs) -> Deployed:
    inputs, outputs = await _plain(dict(args.new_inputs or {})), await _plain(dict(args.new_outputs or {}))
    return Deployed(args.urn, args.id, args.name, args.type, inputs, {k: v for k, v in outputs.items() if k != "__provider"})


async def _plain(value: Any) -> Any:
    """A value without outputs; what was secret is registered, so that no message shows it."""
    if isinstance(value, pulumi.Output):
        resolved_value = await value.future()
        if await value.is_secret():
            _register(resolved_value)
        return await _plain(resolved_value)
    if isinstance(value, Mapping):
        return {name: await _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [await _plain(item) for item in value]
    return value


def _register(value: Any) -> None:
    if isinstance(value, str):
        redaction.register_texts(value)
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            _register(item)


async def _resolve_checks(given: Any, deployed: Deployed) -> list[Check]:
    """The checks of one argument.

    Raises:
        CheckError: it is malformed, or waits for its own resource.
    """
    checks = given(deployed) if callable(given) else given
    several = (
        [checks] if isinstance(checks, Mapping) or not isinstance(checks, Iterable) or hasattr(checks, "kind") else list(checks)
    )
    return [checking.parse_check(await _filled(one)) for one in several]


async def _filled(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    try:
        plain = await asyncio.wait_for(_plain(given), _OUTPUT_TIMEOUT_SECONDS)
        return interpolation.interpolate(plain, os.environ, Path.cwd())
    except TimeoutError as problem:
        raise CheckError(
            f"Check {given.get('name')!r:.80} waits for an output that is not known yet, perhaps one of the resource to which it is bound: "
            "give a function of what was deployed instead, such as lambda deployed: {…, 'url': deployed['url']}."
        ) from problem
    except interpolation.ValueMissing as problem:
        place = ".".join(map(str, problem.path))
        raise CheckError(f"Check {given.get('name')!r:.80}: {place}: {problem.reason}.") from problem


def _refuse(given: Any) -> None:
    """Stop at preview already where a check cannot be one."""
    if callable(given) or (isinstance(given, Mapping) and _is_open(given)):
        return
    try:
        checking.parse_check(given)
    except CheckError as problem:
        raise pulumi.RunError(f"validate_after_deploy: {problem}") from problem


def _is_open(value: Any) -> bool:
    """Whether something of it is known later only."""
    if isinstance(value, Mapping | list | tuple):
        return any(_is_open(item) for item in (value.values() if isinstance(value, Mapping) else value))
    return isinstance(value, pulumi.Output) or (isinstance(value, str) and "${" in value)


def _clients() -> Clients:
    """Clients with the stack's configuration, which is found in this context only, and not in the threads of the probes."""
    here = contextvars.copy_context()
    return Clients(lambda: here.run(_client), lambda: here.run(_resource_manager), configuration.ca_file())


def _client() -> "Client":
    from pulumi_workspace365.api.client import get_client  # noqa: PLC0415  what opens connections is not loaded by a preview

    return get_client(configuration.read(get_config))


def _resource_manager() -> "tuple[ConnectivityClient, str | None]":
    from pulumi_workspace365.apim import client as arm_client  # noqa: PLC0415  what opens connections is not loaded by a preview

    found = arm_settings.read(get_config)
    return arm_client.get_client(found), found.subscription_id
