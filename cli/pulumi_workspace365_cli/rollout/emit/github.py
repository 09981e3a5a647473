"""GitHub Actions: a job per wave, a matrix of its stacks, and a job that waits between two waves."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.emit.emission import Emission, Step, soak_minutes
from pulumi_workspace365_cli.rollout.plan_file import Wave

_MATRIX = 256
"""The most jobs of one matrix."""
_LONGEST_TIMER = 43_200
"""Minutes; the longest wait timer of an environment."""
_RUNNER = "ubuntu-24.04"
_CHECKOUT = "actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10"
_PYTHON = "actions/setup-python@ece7cb06caefa5fff74198d8649806c4678c61a1"
_PULUMI = "pulumi/actions@8e5e406f4007fca908480587cb9893c07090f58d"
_UPLOAD = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
RELEASES: Mapping[str, str] = {_CHECKOUT: "v6.0.3", _PYTHON: "v6.3.0", _PULUMI: "v7.0.0", _UPLOAD: "v7.0.0"}
"""Of the actions, for the comments behind their commits."""
_PULUMI_VERSION, _PYTHON_VERSION = "3.259.0", "3.12"
_OWN_PULL_REQUEST = "github.event.pull_request.head.repo.full_name == github.repository"
_IS_PREVIEW = f"github.event_name == 'pull_request' && {_OWN_PULL_REQUEST}"
_IS_ROLLOUT = "github.event_name != 'pull_request' && github.ref_name == github.event.repository.default_branch"
_ONE_AT_A_TIME = "rollout-${{ github.event_name == 'pull_request' && github.event.pull_request.number || 'deploy' }}"
_COMMENT = """\
test -f plan.md || exit 0
mark=$(head -n 1 plan.md)
export mark
ours='.user.login == "github-actions[bot]" and (.body | split("\\n")[0] | rtrimstr("\\r")) == env.mark'
found=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --jq ".[] | select($ours) | .id")
if [ -n "$found" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${found##*$'\\n'}" --field body=@plan.md
elif ! grep -q '^\\*\\*No changes\\.\\*\\*$' plan.md; then
  gh pr comment "$NUMBER" --body-file plan.md
fi
"""
_SOAK = """\
timer=$(gh api "repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT" \\
  --jq '[.protection_rules[]? | select(.type == "wait_timer") | .wait_timer] | max // 0')
left=$((MINUTES - timer))
[ "$left" -gt 0 ] || exit 0
if [ "$left" -gt 350 ]; then
  echo "::error::Set the wait timer of the environment $ENVIRONMENT to $MINUTES minutes: no runner waits that long."
  exit 1
fi
echo "::warning::The environment $ENVIRONMENT has no wait timer of $MINUTES minutes: this runner waits for $left minutes."
sleep $((left * 60))
"""


def document(emission: Emission) -> dict[str, Any]:
    """The workflow.

    Raises:
        CommandError: a soak is longer than a wait timer can be.
    """
    return {
        "name": "rollout",
        "on": {"pull_request": {}, "push": {"branches": ["main", "master"]}, "workflow_dispatch": {}},
        "permissions": {"contents": "read"},
        "concurrency": {"group": _ONE_AT_A_TIME, "cancel-in-progress": False},
        "jobs": {"current": _current(emission), **dict(_previews(emission)), **dict(_waves(emission))},
    }


def _steps(*own: Mapping[str, Any]) -> list[Any]:
    return [
        {"uses": _CHECKOUT, "with": {"persist-credentials": False}},
        {"uses": _PYTHON, "with": {"python-version": _PYTHON_VERSION}},
        {"uses": _PULUMI, "with": {"pulumi-version": _PULUMI_VERSION}},
        {"run": "bash ci/setup.sh"},
        *own,
    ]


def _current(emission: Emission) -> dict[str, Any]:
    """A plan or a stack that this file does not know yet would silently be left out."""
    step = {
        "name": "This file is what the plan says",
        "run": f"bash ci/current.sh github {emission.file} {emission.output}",
        "env": {**emission.settings.variables, **_secrets(emission.settings.preview_secrets)},
    }
    return {
        "if": f"{_IS_ROLLOUT} || {_IS_PREVIEW}",
        "runs-on": _RUNNER,
        "environment": "preview",
        "steps": _steps(step),
    }


def _previews(emission: Emission) -> Iterator[tuple[str, dict[str, Any]]]:
    stacks = emission.plan.stacks
    for at in range(0, len(stacks), _MATRIX):
        name = "preview" if at == 0 else f"preview-{at // _MATRIX + 1}"
        yield name, _preview(emission, stacks[at : at + _MATRIX])


def _preview(emission: Emission, stacks: tuple[str, ...]) -> dict[str, Any]:
    env = {**emission.variables(None), **_secrets(emission.settings.preview_secrets)}
    comment = {
        "if": "always()",
        "name": "One comment per stack, renewed at each push",
        "run": _COMMENT,
        "env": {"GH_TOKEN": "${{ github.token }}", "NUMBER": "${{ github.event.pull_request.number }}"},
    }
    return {
        "needs": "current",
        "if": _IS_PREVIEW,
        "runs-on": _RUNNER,
        "environment": "preview",
        "permissions": {"contents": "read", "pull-requests": "write"},
        "strategy": {"fail-fast": False, "matrix": {"stack": list(stacks)}},
        "env": {"STACK": "${{ matrix.stack }}"},
        "steps": _steps(
            {"name": "Preview and judge", "run": "bash ci/preview.sh --output github", "env": env},
            comment,
            _reports("preview", "plan.xml"),
        ),
    }


def _waves(emission: Emission) -> Iterator[tuple[str, dict[str, Any]]]:
    before = "current"
    for step in emission.steps(_MATRIX):
        name = step.identifier("-")
        yield name, _soak(step.wave, before) if step.kind == "soak" else _wave(emission, step, before)
        before = name


def _wave(emission: Emission, step: Step, before: str) -> dict[str, Any]:
    several, stacks = len(emission.hosts) > 1, step.part.stacks
    matrix = (
        {"include": [{"stack": stack, "instance": emission.place(stack)} for stack in stacks]}
        if several
        else {"stack": list(stacks)}
    )
    own = {
        "name": step.title,
        "run": f"bash {step.script} --output github",
        "env": {**emission.variables(step.wave), **_secrets(emission.settings.secrets)},
    }
    again = " again" if step.kind == "look" else ""
    return {
        "name": f"{step.wave.name}{again}, ${{{{ matrix.stack }}}}",
        "needs": before,
        "if": _IS_ROLLOUT,
        "runs-on": _RUNNER,
        "environment": "${{ matrix.instance }}" if several else "production",
        "strategy": {"fail-fast": False, "max-parallel": step.wave.parallel, "matrix": matrix},
        "concurrency": {"group": "stack-${{ matrix.stack }}", "cancel-in-progress": False},
        "env": {"STACK": "${{ matrix.stack }}"},
        "steps": _steps(own, _reports(step.identifier("-"), "*.xml")),
    }


def _soak(wave: Wave, before: str) -> dict[str, Any]:
    minutes = soak_minutes(wave)
    if minutes > _LONGEST_TIMER:
        raise CommandError(
            f"Wave {wave.name!r}: a wait timer of GitHub is {_LONGEST_TIMER} minutes at most; the soak is {minutes}."
        )
    environment = f"soak-{minutes}m"
    return {
        "needs": before,
        "if": _IS_ROLLOUT,
        "runs-on": _RUNNER,
        "environment": environment,
        "permissions": {"actions": "read"},
        "steps": [
            {
                "name": f"Wait for what the environment's wait timer left of {minutes} minutes",
                "run": _SOAK,
                "env": {"GH_TOKEN": "${{ github.token }}", "ENVIRONMENT": environment, "MINUTES": str(minutes)},
            }
        ],
    }


def _reports(name: str, path: str) -> dict[str, Any]:
    return {
        "if": "always()",
        "uses": _UPLOAD,
        "with": {"name": f"{name}-${{{{ strategy.job-index }}}}", "path": path, "overwrite": True},
    }


def _secrets(names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"${{{{ secrets.{name} }}}}" for name in names}
