"""The least that a dynamic resource can be: one input, and a provider that does nothing. As the SDK makes it, but importable."""

from pulumi import Input, Output
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class TrivialProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(props["value"], props)


class Trivial(Resource, module="bench", name="Trivial"):
    value: Output[str]

    def __init__(self, name: str, value: Input[str]) -> None:
        super().__init__(TrivialProvider(), name, {"value": value})
