"""GitLab: a child pipeline with a stage per wave, a matrix of its stacks, and a delayed job between two waves."""

from collections.abc import Iterator
from typing import Any

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.emit.emission import Emission, Step, soak_minutes
from pulumi_workspace365_cli.rollout.plan_file import Wave

_MATRIX = 200
"""The most jobs of one matrix."""
_LONGEST_DELAY = 7 * 24 * 60
"""Minutes; the longest delay of a job."""
_IMAGE = "pulumi/pulumi-python-3.12:3.259.0"
_IS_PREVIEW, _IS_ROLLOUT = '$ROLLOUT == "preview"', '$ROLLOUT == "deploy"'


def document(emission: Emission) -> dict[str, Any]:
    """The child pipeline; what starts it sets ROLLOUT.

    Raises:
        CommandError: a soak is longer than a job can be delayed.
    """
    jobs = {"current": _current(emission), **dict(_previews(emission)), **dict(_waves(emission))}
    return {
        "image": _IMAGE,
        "workflow": {"rules": [{"if": '$CI_PIPELINE_SOURCE == "parent_pipeline"'}]},
        "stages": list(dict.fromkeys(job["stage"] for job in jobs.values())),
        "default": {"before_script": ["bash ci/setup.sh"], "interruptible": False},
        **jobs,
    }


def _current(emission: Emission) -> dict[str, Any]:
    """A plan or a stack that this file does not know yet would silently be left out."""
    return {
        "stage": "current",
        "environment": {"name": "preview", "action": "access"},
        **_with_variables(emission.settings.variables),
        "script": [f"bash ci/current.sh gitlab {emission.file} {emission.output}"],
    }


def _previews(emission: Emission) -> Iterator[tuple[str, dict[str, Any]]]:
    stacks = emission.plan.stacks
    for at in range(0, len(stacks), _MATRIX):
        yield (
            "preview" if at == 0 else f"preview-{at // _MATRIX + 1}",
            {
                "stage": "preview",
                "rules": [{"if": _IS_PREVIEW}],
                "environment": {"name": "preview", "action": "access"},
                "parallel": {"matrix": [{"STACK": list(stacks[at : at + _MATRIX])}]},
                **_with_variables(emission.variables(None)),
                "script": ["bash ci/preview.sh"],
                "artifacts": {"when": "always", "paths": ["plan.md"], "reports": {"junit": "plan.xml"}},
            },
        )


def _waves(emission: Emission) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in emission.steps(_MATRIX, by_instance=True):
        name = step.identifier("-")
        yield name, {"stage": name, **(_soak(step.wave) if step.kind == "soak" else _wave(emission, step))}


def _wave(emission: Emission, step: Step) -> dict[str, Any]:
    """No more stacks at once than the wave has lanes: the jobs of a lane share a resource group, which runs one at a time."""
    part, parallel = step.part, step.wave.parallel
    lanes = [part.stacks[at::parallel] for at in range(parallel)]
    return {
        "rules": [{"if": _IS_ROLLOUT}],
        "environment": part.instance,
        "parallel": {"matrix": [{"LANE": str(at), "STACK": list(stacks)} for at, stacks in enumerate(lanes, 1) if stacks]},
        "resource_group": f"rollout-{part.wave_number}-$LANE",
        **_with_variables(emission.variables(step.wave)),
        "script": [f"bash {step.script}"],
        "artifacts": {"when": "always", "reports": {"junit": "*.xml"}},
    }


def _soak(wave: Wave) -> dict[str, Any]:
    minutes = soak_minutes(wave)
    if minutes > _LONGEST_DELAY:
        raise CommandError(f"Wave {wave.name!r}: a job of GitLab is delayed by a week at most; the soak is {minutes} minutes.")
    return {
        "rules": [{"if": _IS_ROLLOUT, "when": "delayed", "start_in": f"{minutes} minutes"}],
        "before_script": [],
        "variables": {"GIT_STRATEGY": "none"},
        "script": [f"echo '{minutes} minutes after {wave.name}'"],
    }


def _with_variables(variables: dict[str, str]) -> dict[str, Any]:
    return {"variables": dict(variables)} if variables else {}
