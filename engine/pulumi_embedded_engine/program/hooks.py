"""Hooks: functions of the program that run before and after a step, or decide whether a failed one is tried again."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.provider import Messages
from pulumi_embedded_engine.program.callbacks import Callbacks
from pulumi_embedded_engine.protocol import alias_pb2, resource_pb2
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource import wire_values
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties

KINDS = {
    "before_create": "BeforeCreate",
    "after_create": "AfterCreate",
    "before_update": "BeforeUpdate",
    "after_update": "AfterUpdate",
    "before_delete": "BeforeDelete",
    "after_delete": "AfterDelete",
    "on_error": "OnError",
}
"""The fields of a program's hook binding, and the names of state."""


class HookFailed(EngineError):
    """A hook of the program raised."""


class Hooks:
    """The hooks a program registered."""

    def __init__(self, callbacks: Callbacks, messages: Messages, *, preview: bool) -> None:
        self._callbacks, self._messages, self._preview = callbacks, messages, preview
        self._hooks: dict[str, resource_pb2.RegisterResourceHookRequest] = {}
        self._error_hooks: dict[str, resource_pb2.RegisterErrorHookRequest] = {}

    def add(self, request: resource_pb2.RegisterResourceHookRequest) -> None:
        """Register a hook of the program."""
        self._check_name(request.name)
        self._hooks[request.name] = request

    def add_error_hook(self, request: resource_pb2.RegisterErrorHookRequest) -> None:
        """Register an error hook of the program."""
        self._check_name(request.name)
        self._error_hooks[request.name] = request

    def _check_name(self, name: str) -> None:
        if not name:
            raise EngineError("resource hook name cannot be empty")
        if name in self._hooks or name in self._error_hooks:
            raise EngineError(f'resource hook already registered for name "{name}"')

    async def run(self, kind: str, old: Resource | None, new: Resource | None) -> None:
        """Run a resource's hooks of one kind, such as `BeforeCreate`.

        Raises:
            HookFailed: one of them raised.
        """
        subject = new or old
        if subject is None or kind not in subject.resource_hooks:
            return
        after = kind.startswith("After")
        for name in subject.resource_hooks[kind]:
            if (hook := self._hooks.get(name)) is None:
                raise HookFailed(f'hook "{name}" was not registered')
            if not self._preview or hook.on_dry_run:
                await self._call(hook, kind, _request(subject, old, new, with_outputs=after))

    async def _call(
        self, hook: resource_pb2.RegisterResourceHookRequest, kind: str, request: resource_pb2.ResourceHookRequest
    ) -> None:
        try:
            answer = await self._callbacks.invoke(hook.callback, request, resource_pb2.ResourceHookResponse)
            problem = answer.error
        except EngineError as error:
            problem = str(error)
        if problem and hook.ignore_errors:
            self._messages.warning(request.urn, f'{kind} hook "{hook.name}" failed: {problem}')
        elif problem:
            when = "after" if kind.startswith("After") else "before"
            raise HookFailed(f'{when} hook "{hook.name}" failed: {problem}')

    async def wants_retry(self, operation: str, old: Resource | None, new: Resource | None, failures: Sequence[str]) -> bool:
        """Ask a resource's error hooks whether a failed operation is tried again; `failures` has the newest first.

        Raises:
            HookFailed: one of them raised.
        """
        subject = new or old
        retry = False
        for name in subject.resource_hooks.get("OnError", ()) if subject else ():
            if subject is None or (hook := self._error_hooks.get(name)) is None:
                raise HookFailed(f'error hooks execution failed: error hook "{name}" was not registered')
            request = _error_request(subject, old, new, operation, failures)
            answer = await self._callbacks.invoke(hook.callback, request, resource_pb2.ErrorHookResponse)
            if answer.error:
                raise HookFailed(f'error hooks execution failed: error hook "{name}" failed: {answer.error}')
            retry = retry or answer.retry
        return retry


def _request(
    subject: Resource, old: Resource | None, new: Resource | None, *, with_outputs: bool
) -> resource_pb2.ResourceHookRequest:
    return resource_pb2.ResourceHookRequest(
        **_request_fields(subject, old, new),
        new_outputs=_struct(new.outputs) if new and with_outputs else None,
    )


def _error_request(
    subject: Resource, old: Resource | None, new: Resource | None, operation: str, failures: Sequence[str]
) -> resource_pb2.ErrorHookRequest:
    return resource_pb2.ErrorHookRequest(**_request_fields(subject, old, new), failed_operation=operation, errors=failures)


def _request_fields(subject: Resource, old: Resource | None, new: Resource | None) -> dict[str, Any]:
    """The fields of every request to a hook."""
    return {
        "urn": subject.urn,
        "id": subject.id,
        "name": urns.name_of(subject.urn),
        "type": subject.type,
        "new_inputs": _struct(new.inputs) if new else None,
        "old_inputs": _struct(old.inputs) if old else None,
        "old_outputs": _struct(old.outputs) if old else None,
        "new_options": _options(new) if new else None,
        "old_options": _options(old) if old else None,
    }


def _struct(values: Properties) -> struct_pb2.Struct:
    return wire_values.to_struct(values, keep_secrets=True, keep_resources=True, keep_output_values=True)


def _options(state: Resource) -> resource_pb2.ResourceOptions:
    options = resource_pb2.ResourceOptions(
        depends_on=state.dependencies,
        ignore_changes=state.ignore_changes,
        replace_on_changes=state.replace_on_changes,
        provider=state.provider,
        deleted_with=state.deleted_with,
        hide_diff=state.hide_diff,
        replace_with=state.replace_with,
        additional_secret_outputs=state.additional_secret_outputs,
        aliases=[alias_pb2.Alias(urn=alias) for alias in state.aliases],
        parent=state.parent,
        protect=state.protect,
        retain_on_delete=state.retain_on_delete,
    )
    setattr(options, "import", state.import_id)
    if state.resource_hooks:
        binding = {field: state.resource_hooks.get(kind, ()) for field, kind in KINDS.items()}
        options.hooks.CopyFrom(resource_pb2.RegisterResourceRequest.ResourceHooksBinding(**binding))
    if any(state.custom_timeouts.values()):
        timeouts = {name: f"{seconds:g}s" for name, seconds in state.custom_timeouts.items() if seconds}
        options.custom_timeouts.CopyFrom(resource_pb2.RegisterResourceRequest.CustomTimeouts(**timeouts))
    return options
