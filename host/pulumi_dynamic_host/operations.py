"""Maps each call of the engine to a dynamic provider's method. Blocking: the server runs these functions in threads.

The results are those of the SDK's own host, and beyond it: secrets keep their marks, a partial failure is recorded, previews ask the
providers that can report them, differences are detailed, and an import finds its provider by the resource's type.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import DiffResult, ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.output import Output, Unknown
from pulumi.runtime.proto import provider_pb2

from pulumi_dynamic_host import asset_content, properties, property_diff, redaction, results, wording
from pulumi_dynamic_host.errors import HostError, InitFailed
from pulumi_dynamic_host.providers import Providers


class Operations:
    """The resource operations of the protocol, over the providers of one engine."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Validate inputs. Where the provider itself is not known yet, they pass as they are.

        Raises:
            HostError: the provider cannot be loaded, or what it returned has no such form.
        """
        olds, news = properties.read(request.olds, unknowns=True), properties.read(request.news, unknowns=True)
        reference = _provider_reference(news, olds)
        if reference is None:  # a provider that captured an output, before there is one: nothing can be checked
            return provider_pb2.CheckResponse(inputs=request.news)
        provider_reference = news[PROVIDER_KEY]  # before the provider gets the properties, which it may change
        provider = self._providers.get(reference)
        result = results.require_attributes(results.await_result(provider.check(olds, news)), "check", "inputs", "failures")
        inputs = {**(result.inputs or {}), PROVIDER_KEY: provider_reference}
        return provider_pb2.CheckResponse(
            inputs=properties.write(inputs, request.news, unknowns=True),
            failures=[_failure(failure, request.news) for failure in result.failures or ()],
        )

    def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Compare state and inputs; raises as `check`."""
        olds, news = properties.read(request.olds, unknowns=True), properties.read(request.news, unknowns=True)
        provider = self._providers.get(_provider_reference(news, olds))
        result = results.require_attributes(
            results.await_result(provider.diff(request.id, olds, news)), "diff", "changes", "replaces"
        )
        answer = provider_pb2.DiffResponse(
            changes=_CHANGES[None if result.changes is None else bool(result.changes)],
            replaces=result.replaces or (),
            stables=result.stables or (),
            deleteBeforeReplace=bool(result.delete_before_replace),
        )
        if result.changes:
            _detail(answer, result, request)
        return answer

    def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Create a resource; in a preview, predict its outputs.

        Raises:
            HostError: as of `check`.
            InitFailed: it was created, with failures that the engine records beside it.
        """
        if request.preview:
            return provider_pb2.CreateResponse(properties=self._predict_create(request))
        props = properties.read(request.properties)
        provider, reference = self._provider_of(props)
        created = results.parse_created(results.await_result(provider.create(props)))
        call = _Call(request.properties, request.properties, Struct(), reference)
        outs = _outputs(created.outs, created.reasons, call, created.id, request.properties)
        return provider_pb2.CreateResponse(id=created.id, properties=outs)

    def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Update a resource; in a preview, predict its outputs; raises as `create`."""
        if request.preview:
            return provider_pb2.UpdateResponse(properties=self._predict_update(request))
        olds, news = properties.read(request.olds), properties.read(request.news)
        provider, reference = self._provider_of(news)
        result = results.require_attributes(results.await_result(provider.update(request.id, olds, news)), "update", "outs")
        reasons = results.failure_reasons(result)
        if result.outs is not None:
            call = _Call(request.news, request.news, request.olds, reference)
            outs = _outputs(result.outs, reasons, call, request.id, request.news)
        elif reasons:
            raise InitFailed(reasons, request.id, _overlaid(request), request.news)
        else:
            outs = _overlaid(request)
        return provider_pb2.UpdateResponse(properties=outs)

    def delete(self, request: provider_pb2.DeleteRequest) -> Empty:
        """Delete a resource; raises as `check`."""
        props = properties.read(request.properties)
        delete: Any = self._providers.get(props.get(PROVIDER_KEY)).delete  # a foreign one may be a coroutine
        results.await_result(delete(request.id, props))
        return Empty()

    def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """Refresh a resource; with inputs only, look one up; with nothing, import one."""
        state, importing = request.properties, False
        if not state.fields:
            state = request.inputs
        if not state.fields:
            state, importing = self._imported(request.type), True
        props = properties.read(state)
        provider, reference = self._provider_of(props)
        result = results.require_attributes(results.await_result(provider.read(request.id, props)), "read", "id", "outs")
        id_ = results.parse_id(result.id)
        if not id_ and not request.properties.fields:
            raise HostError(
                f"{request.type} {request.id!r} does not exist: read() of {type(provider).__name__} found nothing by this id"
            )
        inputs = _inputs_read(result, state, request.inputs)
        if importing and inputs is None:
            raise HostError(
                f"{request.type} cannot be imported: read() of {type(provider).__name__} must return ReadResult(id, outs, inputs) with "
                "the inputs that a program would give"
            )
        values = props if result.outs is None and id_ else result.outs
        call = _Call(state, request.inputs, state, reference, reading=True)
        outs = _outputs(values, results.failure_reasons(result), call, id_, inputs)
        return provider_pb2.ReadResponse(id=id_, properties=outs, inputs=inputs)

    def _imported(self, type_token: str) -> Struct:
        reference, secret = self._providers.reference_for(type_token)
        state = Struct(fields={})
        state[PROVIDER_KEY] = reference
        if secret:
            properties.make_secret(state, PROVIDER_KEY)
        return state

    def _provider_of(self, props: dict[str, Any]) -> tuple[ResourceProvider, Any]:
        """The provider and its reference, read before the provider gets the properties: it may take the reference out of them."""
        reference = props.get(PROVIDER_KEY)
        return self._providers.get(reference), reference

    def _predict_create(self, request: provider_pb2.CreateRequest) -> Struct:
        """The outputs to show in a preview: what the provider predicts, else the inputs, as the engine itself assumes."""
        provider, news = self._previewing(request.properties)
        if not hasattr(provider, "preview_create"):
            return request.properties
        call = _Call(request.properties, request.properties, Struct(), news[PROVIDER_KEY])
        return _predicted(provider.preview_create(news), call)

    def _predict_update(self, request: provider_pb2.UpdateRequest) -> Struct:
        """As above; where ``update`` is the SDK's, which changes nothing, what it will return is known."""
        provider, news = self._previewing(request.news)
        if hasattr(provider, "preview_update"):
            call = _Call(request.news, request.news, request.olds, news[PROVIDER_KEY])
            return _predicted(provider.preview_update(request.id, properties.read(request.olds), news), call)
        if getattr(provider.update, "__func__", None) is ResourceProvider.update:
            return _overlaid(request)
        return request.news

    def _previewing(self, inputs: Struct) -> tuple[Any, dict[str, Any]]:
        """The provider and what it may see; a provider that says nothing of previews while its own is not known."""
        news = properties.read(inputs, unknowns=True)
        reference = news.get(PROVIDER_KEY)
        return self._providers.get(reference) if isinstance(reference, str) else _UNKNOWN_PROVIDER, news


_CHANGES = {
    None: provider_pb2.DiffResponse.DIFF_UNKNOWN,
    True: provider_pb2.DiffResponse.DIFF_SOME,
    False: provider_pb2.DiffResponse.DIFF_NONE,
}


class _Unknown:
    def update(self, *_: Any) -> None:
        """Not known."""


_UNKNOWN_PROVIDER = _Unknown()


def _provider_reference(news: dict[str, Any], olds: dict[str, Any]) -> str | None:
    """The provider's reference; the old one while the new one is not known."""
    return next((props[PROVIDER_KEY] for props in (news, olds) if isinstance(props.get(PROVIDER_KEY), str)), None)


def _failure(failure: Any, news: Struct) -> provider_pb2.CheckFailure:
    """A failed check. The engine prints the value of a property that is named, so a secret one is named in the reason only."""
    name, reason = failure.property or "", failure.reason
    if name in news.fields and any(properties.secrets(news.fields[name])):
        name, reason = "", f"{name}: {reason}"
    return provider_pb2.CheckFailure(property=name, reason=redaction.redact(wording.translate(reason)))


def _detail(answer: provider_pb2.DiffResponse, result: DiffResult, request: provider_pb2.DiffRequest) -> None:
    olds, news = properties.strip_secrets(request.olds), properties.strip_secrets(request.news)
    old_inputs = properties.strip_secrets(request.old_inputs) if request.HasField("old_inputs") else olds
    kinds = getattr(result, "detailed", None) or property_diff.diff_properties(old_inputs, news) or _drift(olds, news)
    if not kinds:
        return
    for path, difference in property_diff.detailed_diff(kinds, result.replaces or [], old_inputs, news).items():
        answer.detailedDiff[path].CopyFrom(difference)
    answer.hasDetailedDiff = True
    answer.diffs.extend(sorted({property_diff.top_level_key(path) for path in kinds}))


def _drift(outputs: Struct, news: Struct) -> dict[str, str]:
    """The inputs that are what they were, while the outputs of the same name are not."""
    shared = {key for key in news.fields if key in outputs.fields}
    return {
        path: kind
        for path, kind in property_diff.diff_properties(outputs, news).items()
        if property_diff.top_level_key(path) in shared
    }


def _inputs_read(result: Any, state: Struct, inputs: Struct) -> Struct | None:
    values = getattr(result, "inputs", None)
    if values is None:
        return None
    marks = inputs if inputs.fields else state
    read = properties.write({**values, PROVIDER_KEY: properties.read(state)[PROVIDER_KEY]}, marks)
    return asset_content.restore_assets(read, state)


@dataclass(frozen=True)
class _Call:
    """What a call was given, to complete its outputs: whose secrets mark them, and what assets are known by."""

    marks: Struct
    inputs: Struct
    olds: Struct
    reference: str
    reading: bool = False

    def written(self, outs: Mapping[Any, Any], *, unknowns: bool = False) -> Struct:
        return properties.write({**outs, PROVIDER_KEY: self.reference}, self.marks, unknowns=unknowns)

    def completed(self, outs: Struct) -> Struct:
        return asset_content.complete_assets(outs, self.inputs, self.olds, reading=self.reading)


def _predicted(values: Mapping[str, Any], call: _Call) -> Struct:
    return call.completed(call.written(values, unknowns=True))


def _overlaid(request: provider_pb2.UpdateRequest) -> Struct:
    """The old outputs with the new inputs over them: what there is after an update of which the provider tells no outputs."""
    removed = set(request.old_inputs.fields) - set(request.news.fields)
    remaining = {name: value for name, value in request.olds.fields.items() if name not in removed}
    return asset_content.complete_assets(Struct(fields={**remaining, **request.news.fields}), request.news, request.olds)


def _outputs(outs: Any, reasons: list[str], call: _Call, id_: str, inputs: Struct | None) -> Struct:
    """The outputs for state.

    Raises:
        InitFailed: the provider gave reasons, or an output cannot be stored: the resource exists all the same and must not be lost.
    """
    if outs is not None and not isinstance(outs, Mapping):
        reasons = [*reasons, f"the outputs are a {type(outs).__name__}, not a dict; they are not recorded"]
        outs = None
    try:
        struct = call.written(outs or {})
    except Exception:  # noqa: BLE001  whatever the SDK says of a value, the resource exists
        struct, warnings = _storable({**(outs or {}), PROVIDER_KEY: call.reference}, call.marks)
        reasons = [*reasons, *warnings]
    struct = call.completed(struct)
    properties.remember_secrets(struct)
    if reasons:
        raise InitFailed(reasons, id_, struct, inputs)
    return struct


def _storable(outs: Mapping[Any, Any], marks: Struct) -> tuple[Struct, list[str]]:
    """The outputs that can be stored, and what is wrong with the others."""
    struct, warnings = Struct(), []
    for name, value in outs.items():
        try:
            struct.MergeFrom(properties.write({name: value}, marks))
        except Exception as problem:  # noqa: BLE001  a resource must not be lost for one output
            kind = type(value).__name__
            why = f": {problem}" if isinstance(value, Awaitable | Output | Unknown) else ""
            warnings.append(f"the output {name!r} is a {kind} or holds something else that cannot be stored in state{why}")
    return struct, warnings
