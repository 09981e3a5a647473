"""A rollout written down for what others run: GitHub Actions, Azure Pipelines, GitLab, the Pulumi Kubernetes Operator."""

from typing import Any

from pulumi_workspace365_cli.rollout.emit import azure, github, gitlab, kubernetes_operator, yaml_text
from pulumi_workspace365_cli.rollout.emit.emission import Emission, Executor, differences

DEFAULT_FILES: dict[Executor, str] = {
    "github": ".github/workflows/rollout.yml",
    "azure": "azure-rollout.yml",
    "gitlab": "rollout.gitlab-ci.yml",
    "operator": "rollout.operator.yaml",
}
"""Where the file is kept, unless another place is given."""


def render(executor: Executor, emission: Emission) -> str:
    """The text of the file; the same for the same rollout.

    Raises:
        CommandError: the executor cannot do what the rollout asks for.
    """
    notes = differences(emission, executor)
    return yaml_text.compose(emission.command(executor), notes, documents(executor, emission), github.RELEASES)


def documents(executor: Executor, emission: Emission) -> list[dict[str, Any]]:
    """What the file says.

    Raises:
        CommandError: the executor cannot do what the rollout asks for.
    """
    match executor:
        case "github":
            return [github.document(emission)]
        case "azure":
            return [azure.document(emission)]
        case "gitlab":
            return [gitlab.document(emission)]
        case "operator":
            return kubernetes_operator.documents(emission)
