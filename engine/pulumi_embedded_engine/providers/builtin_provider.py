"""The engine's own provider: what programs ask of the package `pulumi`."""

from collections.abc import Callable, Sequence

from pulumi_embedded_engine.errors import NeedsPulumiCLI
from pulumi_embedded_engine.plan.provider import Checked, CheckFailure, Outcome, ProviderError
from pulumi_embedded_engine.providers.stack_references import StackReferences
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import UNCHANGED, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties, Value, has_secrets

GET_RESOURCE = "pulumi:pulumi:getResource"
STACK_REFERENCE = "pulumi:pulumi:StackReference"


class BuiltinProvider:
    """Answers `pulumi:pulumi:getResource` and reads stack references; everything else is refused by name.

    Args:
        find: the resource of a URN as this operation left it, also one that was only read.
        stacks: the stacks that can be referred to.
    """

    def __init__(self, find: Callable[[str], Resource | None], stacks: StackReferences) -> None:
        self._find, self._stacks = find, stacks

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        del preview
        if token != GET_RESOURCE:
            raise NeedsPulumiCLI(f"the function {token}")
        urn = arguments.get("urn")
        resource = self._find(urn) if isinstance(urn, str) else None
        if resource is None:
            raise ProviderError(f"unknown resource {urn}")
        return {"urn": resource.urn, "id": resource.id, "provider": resource.provider, "state": resource.outputs}, ()

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        del state, seconds
        if urns.type_of(urn) != STACK_REFERENCE:
            raise _refused(urn)
        if not isinstance(name := (inputs or {}).get("name"), str):
            raise ProviderError("stack reference can not be imported")
        outputs = self._stacks.outputs(name)
        secret: list[Value] = [key for key, value in sorted(outputs.items()) if has_secrets(value)]
        return Outcome(id_, {"name": name, "outputs": dict(outputs), "secretOutputNames": secret}, inputs)

    async def check(
        self, urn: str, olds: Properties, news: Properties, *, old_outputs: Properties, preview: bool, seed: bytes
    ) -> Checked:
        del olds, news, old_outputs, preview, seed
        raise _refused(urn)

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        del old, inputs, urn, preview, ignore_changes
        return UNCHANGED

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        del preview
        raise _refused(new.urn)

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        del old, preview, ignore_changes
        raise _refused(new.urn)

    async def delete(self, old: Resource) -> None:
        raise _refused(old.urn)


def _refused(urn: str) -> NeedsPulumiCLI:
    return NeedsPulumiCLI(f"the resource {urn}")
