"""A rollout written down for what others run: GitHub Actions, Azure Pipelines, GitLab, the Pulumi Kubernetes Operator."""

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
    documents = {
        "github": lambda: [github.document(emission)],
        "azure": lambda: [azure.document(emission)],
        "gitlab": lambda: [gitlab.document(emission)],
        "operator": lambda: kubernetes_operator.documents(emission),
    }[executor]()
    return yaml_text.compose(emission.command(executor), differences(emission, executor), documents, github.RELEASES)
