"""The outputs of other stacks, for programs that refer to them."""

from pulumi_embedded_engine.errors import InvalidName
from pulumi_embedded_engine.plan.provider import ProviderError
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.deployment import Deployment
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.secrets import PassphraseSecrets


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
        try:
            stack = StackName.parse(name, self._project)
        except InvalidName as error:
            raise ProviderError(str(error)) from error
        store = self._backend.stack(stack.project, stack.name)
        if not store.exists():
            raise ProviderError(f'unknown stack "{name}"')
        return stack_outputs(store.load(store.secrets(self._secrets).decrypt))
