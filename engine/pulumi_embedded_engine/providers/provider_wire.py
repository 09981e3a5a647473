"""Properties and answers as the ResourceProvider protocol carries them."""

from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine.plan.provider import CheckFailure, Outcome, ProviderError
from pulumi_embedded_engine.protocol import provider_pb2
from pulumi_embedded_engine.resource import assets, wire_values
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult, PropertyDiff
from pulumi_embedded_engine.resource.values import Properties, annotate_secrets, contains_unknowns

_CHANGES = {
    provider_pb2.DiffResponse.DIFF_NONE: Changes.NONE,
    provider_pb2.DiffResponse.DIFF_SOME: Changes.SOME,
    provider_pb2.DiffResponse.DIFF_UNKNOWN: Changes.UNKNOWN,
}


@dataclass(frozen=True)
class Protocol:
    """The capabilities that a provider reported."""

    known: bool = True
    accept_secrets: bool = False
    accept_resources: bool = False
    supports_preview: bool = False


def agreed_protocol(agreed: Any, *, supports_preview: bool) -> Protocol:
    """The capabilities in a response to a handshake, or to `Configure` by providers without a handshake."""
    names = ("accept_secrets", "accept_resources")
    if isinstance(agreed, provider_pb2.ConfigureResponse):
        names = ("acceptSecrets", "acceptResources")
    secrets, resources = (bool(getattr(agreed, name)) for name in names)
    return Protocol(accept_secrets=secrets, accept_resources=resources, supports_preview=supports_preview)


def to_plain_struct(values: Properties) -> struct_pb2.Struct:
    """Values for a provider whose capabilities are not known yet: no marks of secrets, references or outputs."""
    return wire_values.to_struct(values, keep_secrets=False, keep_resources=False, keep_output_values=False)


def to_wire(values: Properties, protocol: Protocol, *, unknowns: bool = False, elide: bool = False) -> struct_pb2.Struct:
    """Values in the form that the provider accepts.

    Args:
        values: the properties.
        protocol: the provider's capabilities.
        unknowns: keep unknown values, as in a preview; they are left out otherwise.
        elide: reduce assets to their hashes.
    """
    return wire_values.to_struct(
        assets.without_contents(values) if elide else values,
        keep_secrets=protocol.accept_secrets,
        keep_resources=protocol.accept_resources,
        keep_output_values=False,
        keep_unknowns=unknowns,
    )


def read(struct: struct_pb2.Struct, subject: str, *, unknowns: bool = False) -> Properties:
    """Properties that a provider returned for a resource or function.

    Raises:
        ProviderError: a value is unknown although this is no preview.
    """
    values = wire_values.from_struct(struct)
    if not unknowns and contains_unknowns(values):
        raise ProviderError(f"the provider returned a value that is not known for {subject}, outside of a preview")
    return values


def restore_secret_marks(values: Properties, reference: Properties, protocol: Protocol) -> Properties:
    """A provider that does not accept secrets returns plain values: what was secret under the same name stays so."""
    return values if protocol.accept_secrets else annotate_secrets(values, reference)


def read_outcome(found: Outcome, inputs: Properties | None, state: Properties | None, protocol: Protocol) -> Outcome:
    """What a read found, with the marks and the contents of assets that the provider could not return."""

    def complete(values: Properties | None, reference: Properties | None) -> Properties | None:
        return (
            None
            if values is None
            else assets.restore_contents(restore_secret_marks(values, reference or {}, protocol), inputs or {})
        )

    return Outcome(found.id, complete(found.outputs, state), complete(found.inputs, inputs), found.refresh_before_update)


def failures_of(failures: Any) -> list[CheckFailure]:
    """The failures of a `Check` or `Invoke`."""
    return [CheckFailure(failure.property, failure.reason) for failure in failures]


def diff_result(response: provider_pb2.DiffResponse) -> DiffResult:
    """The result of a `Diff` or `DiffConfig`."""
    detailed = None
    if response.hasDetailedDiff:
        detailed = {path: _property_diff(diff) for path, diff in response.detailedDiff.items()}
    return DiffResult(
        _CHANGES.get(response.changes, Changes.UNKNOWN),
        list(response.replaces),
        list(response.diffs),
        detailed,
        response.deleteBeforeReplace,
    )


def _property_diff(diff: provider_pb2.PropertyDiff) -> PropertyDiff:
    kind, _, replaces = provider_pb2.PropertyDiff.Kind.Name(diff.kind).lower().partition("_")
    return PropertyDiff(kind, bool(replaces), diff.inputDiff)
