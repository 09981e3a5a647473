"""The Pulumi Kubernetes Operator: a Stack for each stack, which waits for Stacks before it."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.emit.emission import Emission
from pulumi_workspace365_cli.rollout.plan_file import Wave

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST_NAME = 200
_SUCCEEDED_WITHIN = "168h"
"""A Stack that succeeded longer ago is run again before those behind it."""


def documents(emission: Emission) -> list[dict[str, Any]]:
    """The Stacks, each after those that it waits for.

    Raises:
        CommandError: no commit or no repository is known, or a wave soaks: nothing in a Stack waits for a time to pass.
    """
    if not _COMMIT.fullmatch(emission.commit):
        raise CommandError(
            f"The operator deploys a commit, and {emission.commit or 'none'} is not one: give --commit with all digits of its hash."
        )
    if not emission.settings.repository:
        raise CommandError(
            f"{emission.file}: the operator needs `emit: {{repository: https://…}}`, from which it takes the project."
        )
    for wave in emission.plan.waves[:-1]:
        if wave.soak:
            raise CommandError(
                f"Wave {wave.name!r} soaks, and a Stack of the operator cannot wait for a time to pass. Make the file with --stop-at {wave.name} "
                "and apply it; after the soak, make it without and apply it again."
            )
    return list(_stacks(emission))


def _stacks(emission: Emission) -> Iterator[dict[str, Any]]:
    """The first stacks of a wave wait for the last ones of the wave before, each other one for the one that is `parallel` places before it.

    So no more than `parallel` are updated at once, and what a stack waits for has itself waited for all of the wave before.
    """
    tails: tuple[str, ...] = ()
    for number, wave in enumerate(emission.plan.waves, 1):
        for at, stack in enumerate(wave.stacks):
            waits_for = (wave.stacks[at - wave.parallel],) if at >= wave.parallel else tails
            yield _stack(emission, wave, number, stack, waits_for)
        tails = wave.stacks[-wave.parallel :]


def _stack(emission: Emission, wave: Wave, number: int, stack: str, waits_for: tuple[str, ...]) -> dict[str, Any]:
    settings = emission.settings
    requirement = {"succeededWithinDuration": _SUCCEEDED_WITHIN}
    spec: dict[str, Any] = {
        "stack": f"{settings.organization}/{emission.project}/{stack}" if settings.organization else stack,
        "projectRepo": settings.repository,
        "commit": emission.commit,
        **({"repoDir": settings.folder} if settings.folder else {}),
        "useLocalStackOnly": True,
        "destroyOnFinalize": False,
        "continueResyncOnCommitMatch": False,
        "refresh": emission.plan.refresh or wave.gate.drift,
        "expectNoRefreshChanges": wave.gate.drift,
        "envRefs": _environment(emission, stack),
    }
    if waits_for:
        spec["prerequisites"] = [{"name": _name(name), "requirement": requirement} for name in waits_for]
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {
            "name": _name(stack),
            "labels": {"app.kubernetes.io/managed-by": "w365", "rollout-wave": str(number)},
            "annotations": {"rollout-wave-name": wave.name},
        },
        "spec": spec,
    }


def _environment(emission: Emission, stack: str) -> dict[str, Any]:
    """Values of secrets stay in the cluster's Secrets; only their names are written."""
    holder = f"w365-{emission.place(stack)}"
    clear = {name: {"type": "Literal", "literal": {"value": value}} for name, value in emission.settings.variables.items()}
    secret = {name: {"type": "Secret", "secret": {"name": holder, "key": name}} for name in emission.settings.secrets}
    return {**clear, **secret}


def _name(stack: str) -> str:
    """A name for Kubernetes: lower case, letters, digits and `-`; one that had to be changed gets a number that keeps it apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    if plain == stack:
        return plain
    mark = hashlib.sha256(stack.encode()).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else f"stack-{mark}"
