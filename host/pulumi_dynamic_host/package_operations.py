"""The resource operations of a package: those of dynamic providers, with a type token in place of the provider's reference.

Everything that a provider decides, and everything that this host does around it, is in :mod:`.operations`, which this module calls.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.runtime.proto import provider_pb2

from pulumi_dynamic_host import properties
from pulumi_dynamic_host.errors import HostError, InitFailed
from pulumi_dynamic_host.operations import Operations
from pulumi_dynamic_host.package import Package, ResourceType
from pulumi_dynamic_host.property_names import path_to_camel_case, to_camel_case, to_snake_case
from pulumi_dynamic_host.providers import Providers

_STRUCTS = ("olds", "news", "old_inputs", "properties", "inputs")
_Request = TypeVar("_Request", bound=Message)
_Answer = TypeVar("_Answer")


class PackageProviders(Providers):
    """Providers by the type token of their resources."""

    def __init__(self, package: Package, *, is_shared: bool = False) -> None:
        super().__init__(is_shared=is_shared)
        self._package = package

    def _load(self, reference: Any) -> ResourceProvider:
        if not isinstance(reference, str):
            raise HostError("the resource has no type")
        return self._package.resource_type(reference).provider()()

    def reference_for(self, type_token: str) -> tuple[str, bool]:
        return type_token, False


class PackageOperations(Operations):
    """Translates names on the way in and out; the provider key stands for the type, and never leaves this process."""

    def __init__(self, package: Package, providers: PackageProviders) -> None:
        super().__init__(providers)
        self._package = package

    def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        kind, inner = self._inwards(request)
        answer = self._outwards(kind, super().check, inner)
        for failure in answer.failures:
            failure.reason = _as_written(failure.reason, request.news.fields.keys() - kind.names.known)
        foreign = [name for name in request.news.fields if "_" in name.lstrip("_")]
        answer.failures.extend(
            provider_pb2.CheckFailure(reason=f"{name}: there is no such argument; did you mean {to_camel_case(name)}?")
            for name in foreign
        )
        answer.inputs.CopyFrom(_on_the_wire(kind, answer.inputs))
        return answer

    def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        kind, inner = self._inwards(request)
        answer = self._outwards(kind, super().diff, inner)
        detailed = {path_to_camel_case(path): kind_ for path, kind_ in answer.detailedDiff.items()}
        renamed = provider_pb2.DiffResponse(
            changes=answer.changes,
            replaces=map(path_to_camel_case, answer.replaces),
            stables=map(path_to_camel_case, answer.stables),
            diffs=map(path_to_camel_case, answer.diffs),
            deleteBeforeReplace=answer.deleteBeforeReplace,
            hasDetailedDiff=answer.hasDetailedDiff,
        )
        for path, difference in detailed.items():
            renamed.detailedDiff[path].CopyFrom(difference)
        return renamed

    def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        kind, inner = self._inwards(request)
        answer = self._outwards(kind, super().create, inner)
        answer.properties.CopyFrom(_on_the_wire(kind, answer.properties))
        return answer

    def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        kind, inner = self._inwards(request)
        answer = self._outwards(kind, super().update, inner)
        answer.properties.CopyFrom(_on_the_wire(kind, answer.properties))
        return answer

    def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        kind, inner = self._inwards(request)
        answer = self._outwards(kind, super().read, inner)
        for name in ("properties", "inputs"):
            if answer.HasField(name):
                struct = getattr(answer, name)
                struct.CopyFrom(_on_the_wire(kind, struct))
        return answer

    def delete(self, request: provider_pb2.DeleteRequest) -> Empty:
        kind, inner = self._inwards(request)
        return self._outwards(kind, super().delete, inner)

    def _inwards(self, request: _Request) -> tuple[ResourceType, _Request]:
        """The request as dynamic providers get it."""
        token = _type_token(request)
        kind = self._package.resource_type(token)
        inner = type(request)()
        inner.CopyFrom(request)
        for name in _STRUCTS:
            if name not in request.DESCRIPTOR.fields_by_name or not request.HasField(name):
                continue
            given = getattr(request, name)
            marked = kind.names.mark_secrets(given)
            if marked is not given:  # what the engine marked is remembered when a request arrives
                properties.remember_secrets(marked)
            struct = kind.names.renamed(marked, to_snake_case, inwards=True)
            if struct.fields:  # nothing stays nothing: it is a create, or an import
                struct[PROVIDER_KEY] = token
            getattr(inner, name).CopyFrom(struct)
        if isinstance(inner, provider_pb2.CheckRequest):
            inner.news[PROVIDER_KEY] = token
        elif isinstance(inner, provider_pb2.ReadRequest):
            inner.type = token
        return kind, inner

    def _outwards(self, kind: ResourceType, answer: Callable[[Any], _Answer], inner: Message) -> _Answer:
        try:
            return answer(inner)
        except InitFailed as incomplete:
            raise incomplete.translated(lambda struct: _on_the_wire(kind, struct)) from incomplete.__cause__


def _type_token(request: Any) -> str:
    """The type of the resource that a request is about: in older protocols only its URN tells."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _on_the_wire(kind: ResourceType, struct: Struct) -> Struct:
    """A provider's properties as the engine gets them: by the package's names, without the provider key."""
    return kind.names.to_wire(Struct(fields={name: value for name, value in struct.fields.items() if name != PROVIDER_KEY}))


def _as_written(reason: str, unknown: Iterable[str]) -> str:
    """A reason about an argument that the package does not have, by the name that the program gave it."""
    name, separator, rest = reason.partition(":")
    written = {to_snake_case(key): key for key in unknown}
    return f"{written.get(name, name)}{separator}{rest}"
