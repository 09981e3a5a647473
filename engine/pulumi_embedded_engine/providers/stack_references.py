"""The outputs of other stacks, for programs that refer to them."""

from pulumi_embedded_engine.plan.provider import ProviderError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Deployment
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.secrets import PassphraseSecrets

_ORGANIZATION = "organization"
_PARTS = 3


def stack_outputs(deployment: Deployment) -> Properties:
    """The outputs of the stack's root resource."""
    for resource in deployment.resources:
        if resource.type == urns.ROOT_STACK_TYPE and not resource.parent and not resource.delete:
            return resource.outputs
    return {}


class StackReferences:
    """The stacks of a backend.

    Args:
        backend: where they are.
        project: the project of stacks that are named without one.
        secrets: what holds their passphrase.
    """

    def __init__(self, backend: Backend, project: str, secrets: PassphraseSecrets) -> None:
        self._backend, self._project, self._secrets = backend, project, secrets

    def outputs(self, name: str) -> Properties:
        """The outputs of the stack `[organization/[project/]]stack`.

        Raises:
            ProviderError: there is no such stack.
            EngineError: it cannot be read, or has another passphrase.
        """
        parts = name.split("/")
        if len(parts) > 1 and parts[0] != _ORGANIZATION:
            raise ProviderError("organization name must be 'organization'")
        project = parts[1] if len(parts) == _PARTS else self._project
        store = self._backend.stack(project, parts[-1])
        if not store.exists():
            raise ProviderError(f'unknown stack "{name}"')
        return stack_outputs(store.load(store.secrets(self._secrets).decrypt))
