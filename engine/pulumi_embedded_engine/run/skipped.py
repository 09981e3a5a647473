"""Answers the program for resources that are left alone, because something they depend on failed (`Skip` in the CLI's pkg/resource/deploy/step.go)."""

from collections.abc import Awaitable
from dataclasses import replace

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import Registration, Status
from pulumi_embedded_engine.plan.provider import Outcome, Providers
from pulumi_embedded_engine.plan.snapshot import Entry
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.providers.registry import visible
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.run.apply import with_secrets
from pulumi_embedded_engine.run.read_steps import provider_of


async def answer_skipped(step: Step, providers: Providers) -> None:
    """Answer with what is known of the resource's outputs; nothing is done or recorded."""
    if step.waiting is None or step.new is None:
        return
    state = step.new.state
    if not isinstance(step.waiting, Registration):
        outputs = step.old.state.outputs if step.old else {}
        step.waiting.resolve(replace(state, outputs=outputs), Status.SKIPPED, unknown=step.old is None)
        return
    outputs = await _predicted(step, step.waiting, step.new, providers)
    step.waiting.resolve(with_secrets(replace(state, outputs=outputs)), Status.SKIPPED, unknown=True)


async def _predicted(step: Step, registration: Registration, new: Entry, providers: Providers) -> Properties:
    """What the provider's preview of the create or update says; nothing where there is none."""
    state, old = new.state, step.old
    if not state.custom:
        return {}
    if urns.is_provider_type(state.type):  # no process is started for it
        return visible(registration.goal.properties)
    ignored = step.ignore_changes
    if step.op == Op.SAME:  # stands for a create or an update, whose inputs were not checked
        state, ignored = replace(state, inputs=registration.goal.properties), list(registration.goal.ignore_changes)
        old = None if step.skipped else old
    elif step.op in (Op.CREATE, Op.CREATE_REPLACEMENT):
        old = None
    elif step.op != Op.UPDATE:
        return {}
    try:
        provider = provider_of(providers, state)
        preview: Awaitable[Outcome] = (
            provider.update(old.state, state, preview=True, ignore_changes=ignored)
            if old
            else provider.create(state, preview=True)
        )
        return (await preview).outputs or {}
    except EngineError:  # then nothing is known
        return {}
