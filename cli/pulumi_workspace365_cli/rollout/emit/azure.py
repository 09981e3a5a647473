"""Azure Pipelines: a stage per wave, a matrix of its stacks, and a stage without an agent that waits between two waves."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_workspace365_cli.rollout.emit.emission import Emission, Step, soak_minutes
from pulumi_workspace365_cli.rollout.plan_file import Wave

_MATRIX = 256
"""The most jobs of one stage."""
_BRANCHES = ["main", "master"]
_IS_PREVIEW = "eq(variables['Build.Reason'], 'PullRequest')"
_REFS = ", ".join(f"'refs/heads/{name}'" for name in _BRANCHES)
_IS_ROLLOUT = f"ne(variables['Build.Reason'], 'PullRequest'), in(variables['Build.SourceBranch'], {_REFS})"
_PYTHON = {"task": "UsePythonVersion@0", "inputs": {"versionSpec": "3.12"}}
_EVEN_IF_RED = "succeededOrFailed()"


def document(emission: Emission) -> dict[str, Any]:
    """The pipeline."""
    return {
        "trigger": {"batch": "true", "branches": {"include": _BRANCHES}},
        "pr": _BRANCHES,
        "pool": {"vmImage": "ubuntu-24.04"},
        "stages": [_current(emission), *_previews(emission), *_waves(emission)],
    }


def _steps(*own: Mapping[str, Any]) -> list[Any]:
    return [{"checkout": "self"}, _PYTHON, {"bash": "bash ci/setup.sh"}, {"bash": "bash ci/pulumi.sh"}, *own]


def _current(emission: Emission) -> dict[str, Any]:
    """A plan or a stack that this file does not know yet would silently be left out."""
    step = {
        "bash": f"bash ci/current.sh azure {emission.file} {emission.output}",
        "displayName": "This file is what the plan says",
        "env": {**emission.settings.variables, **_secrets(emission.settings.preview_secrets)},
    }
    job = {"job": "current", "variables": [{"group": "w365-preview"}], "steps": _steps(step)}
    return {"stage": "current", "displayName": "is this file current?", "jobs": [job]}


def _previews(emission: Emission) -> Iterator[dict[str, Any]]:
    stacks = emission.plan.stacks
    for at in range(0, len(stacks), _MATRIX):
        name = "preview" if at == 0 else f"preview_{at // _MATRIX + 1}"
        step = {
            "bash": "bash ci/preview.sh",
            "displayName": "Preview and judge",
            "env": {**emission.variables(None), **_secrets(emission.settings.preview_secrets)},
        }
        summary = {
            "bash": 'test ! -f plan.md || echo "##vso[task.uploadsummary]$PWD/plan.md"',
            "displayName": "One summary per stack",
            "condition": _EVEN_IF_RED,
        }
        job = {
            "job": "preview",
            "strategy": {"matrix": _matrix(stacks[at : at + _MATRIX])},
            "variables": [{"group": "w365-preview"}],
            "steps": _steps(step, summary, _tests("plan.xml")),
        }
        yield {
            "stage": name,
            "dependsOn": ["current"],
            "condition": f"and(succeeded(), {_IS_PREVIEW})",
            "jobs": [job],
        }


def _waves(emission: Emission) -> Iterator[dict[str, Any]]:
    before = "current"
    for step in emission.steps(_MATRIX, by_instance=True):
        name = step.identifier("_")
        yield {**_stage(name, before), **(_soak(step.wave) if step.kind == "soak" else _wave(emission, step))}
        before = name


def _wave(emission: Emission, step: Step) -> dict[str, Any]:
    own = {
        "bash": f"bash {step.script}",
        "displayName": step.title,
        "env": {**emission.variables(step.wave), **_secrets(emission.settings.secrets)},
    }
    job = {
        "job": "stack",
        "strategy": {"maxParallel": str(step.wave.parallel), "matrix": _matrix(step.part.stacks)},
        "variables": [{"group": f"w365-{step.part.instance}"}],
        "steps": _steps(own, _tests("*.xml")),
    }
    return {
        "displayName": step.wave.name + (" again" if step.kind == "look" else ""),
        "lockBehavior": "sequential",
        "jobs": [job],
    }


def _soak(wave: Wave) -> dict[str, Any]:
    minutes = soak_minutes(wave)
    wait = {"task": "Delay@1", "inputs": {"delayForMinutes": str(minutes)}}
    job = {"job": "wait", "pool": "server", "timeoutInMinutes": str(minutes + 60), "steps": [wait]}
    return {"displayName": f"{minutes} minutes after {wave.name}", "jobs": [job]}


def _stage(name: str, before: str) -> dict[str, Any]:
    return {"stage": name, "dependsOn": [before], "condition": f"and(succeeded(), {_IS_ROLLOUT})"}


def _matrix(stacks: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Names of legs may have letters, digits and underscores only; a number keeps `a-b` and `a.b` apart."""
    return {
        f"stack_{at}_{''.join(sign if sign.isalnum() else '_' for sign in stack)}"[:100]: {"STACK": stack}
        for at, stack in enumerate(stacks, 1)
    }


def _tests(files: str) -> dict[str, Any]:
    return {"task": "PublishTestResults@2", "condition": _EVEN_IF_RED, "inputs": {"testResultsFiles": files}}


def _secrets(names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"$({name})" for name in names}
