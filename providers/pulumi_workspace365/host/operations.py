"""What each call of the engine means for a dynamic provider. Plain and blocking: the server runs these in threads.

The results are those of the SDK's own host, and beyond it: secrets keep their marks, a partial failure is recorded, previews ask the
providers that can tell, differences are detailed, and an import finds its provider by the resource's type.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import DiffResult
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.runtime.proto import provider_pb2

from pulumi_workspace365 import redaction
from pulumi_workspace365.host import differences, properties
from pulumi_workspace365.host.failures import Failure, InitFailed
from pulumi_workspace365.host.providers import Providers, reference_for


class Operations:
    """The resource operations of the protocol, over the providers of one engine."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        olds, news = properties.read(request.olds, unknowns=True), properties.read(request.news, unknowns=True)
        reference = _known(news, olds)
        if reference is None:  # a provider that captured an output, before there is one: nothing can be checked
            return provider_pb2.CheckResponse(inputs=request.news)
        result = _expect(self._providers.get(reference).check(olds, news), "check", "inputs", "failures")
        inputs = {**(result.inputs or {}), PROVIDER_KEY: news[PROVIDER_KEY]}
        return provider_pb2.CheckResponse(
            inputs=properties.write(inputs, request.news),
            failures=[_failure(failure, request.news) for failure in result.failures or ()],
        )

    def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        olds, news = properties.read(request.olds, unknowns=True), properties.read(request.news, unknowns=True)
        provider = self._providers.get(_known(news, olds))
        result = _expect(provider.diff(request.id, olds, news), "diff", "changes", "replaces")
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
        if request.preview:
            predicted = self._predict(request.properties, "preview_create", lambda predict, news: predict(news))
            return provider_pb2.CreateResponse(properties=predicted)
        props = properties.read(request.properties)
        result = _expect(self._providers.get(props.get(PROVIDER_KEY)).create(props), "create", "id", "outs")
        if not isinstance(result.id, str) or not result.id:
            raise Failure(f"create() returned the id {result.id!r}; a resource's id must be a text that is not empty")
        outs = _outputs(result, props, request.properties, result.id, request.properties)
        return provider_pb2.CreateResponse(id=result.id, properties=outs)

    def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        if request.preview:
            olds = properties.read(request.olds)
            predicted = self._predict(request.news, "preview_update", lambda predict, news: predict(request.id, olds, news))
            return provider_pb2.UpdateResponse(properties=predicted)
        olds, news = properties.read(request.olds), properties.read(request.news)
        provider = self._providers.get(news.get(PROVIDER_KEY))
        result = _expect(provider.update(request.id, olds, news), "update", "outs")
        return provider_pb2.UpdateResponse(properties=_outputs(result, news, request.news, request.id, request.news))

    def delete(self, request: provider_pb2.DeleteRequest) -> Empty:
        props = properties.read(request.properties)
        self._providers.get(props.get(PROVIDER_KEY)).delete(request.id, props)
        return Empty()

    def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """Refresh a resource; with inputs only, look one up; with nothing, import one."""
        state, importing = request.properties, False
        if not state.fields:
            state = request.inputs
        if not state.fields:
            state, importing = _imported(request.type), True
        props = properties.read(state)
        provider = self._providers.get(props.get(PROVIDER_KEY))
        result = _expect(provider.read(request.id, props), "read", "id", "outs")
        if not result.id and not request.properties.fields:
            raise Failure(
                f"{request.type} {request.id!r} does not exist: read() of {type(provider).__name__} found nothing by this id"
            )
        inputs = _inputs_read(result, state, request.inputs)
        if importing and inputs is None:
            raise Failure(
                f"{request.type} cannot be imported: read() of {type(provider).__name__} must return ReadResult(id, outs, inputs) with "
                "the inputs that a program would give"
            )
        outs = _outputs(result, props, state, result.id or "", inputs)
        return provider_pb2.ReadResponse(id=result.id or "", properties=outs, inputs=inputs)

    def _predict(self, news: Struct, method: str, call: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> Struct:
        """The outputs to show in a preview: what the provider predicts, else the inputs, as the engine itself assumes."""
        values = properties.read(news, unknowns=True)
        reference = values.get(PROVIDER_KEY)
        predict = getattr(self._providers.get(reference), method, None) if isinstance(reference, str) else None
        if predict is None:
            return news
        return properties.write({**call(predict, values), PROVIDER_KEY: reference}, news)


_CHANGES = {
    None: provider_pb2.DiffResponse.DIFF_UNKNOWN,
    True: provider_pb2.DiffResponse.DIFF_SOME,
    False: provider_pb2.DiffResponse.DIFF_NONE,
}


def _expect(result: Any, method: str, *attributes: str) -> Any:
    missing = [name for name in attributes if not hasattr(result, name)]
    if missing:
        raise Failure(
            f"{method}() returned {type(result).__name__}, which has no {missing[0]}; it must return a {method.title()}Result"
        )
    return result


def _known(news: dict[str, Any], olds: dict[str, Any]) -> str | None:
    """The provider's reference; the old one while the new one is not known."""
    return next((props[PROVIDER_KEY] for props in (news, olds) if isinstance(props.get(PROVIDER_KEY), str)), None)


def _failure(failure: Any, news: Struct) -> provider_pb2.CheckFailure:
    """A failed check. The engine prints the value of a property that is named, so a secret one is named in the reason only."""
    name, reason = failure.property or "", failure.reason
    if name in news.fields and any(properties.secrets(news.fields[name])):
        name, reason = "", f"{name}: {reason}"
    return provider_pb2.CheckFailure(property=name, reason=redaction.redact(reason))


def _detail(answer: provider_pb2.DiffResponse, result: DiffResult, request: provider_pb2.DiffRequest) -> None:
    olds, news = properties.plain(request.olds), properties.plain(request.news)
    old_inputs = properties.plain(request.old_inputs) if request.HasField("old_inputs") else olds
    kinds = getattr(result, "detailed", None) or differences.between(old_inputs, news) or _drift(olds, news)
    if not kinds:
        return
    for path, difference in differences.detail(kinds, result.replaces or [], old_inputs, news).items():
        answer.detailedDiff[path].CopyFrom(difference)
    answer.hasDetailedDiff = True
    answer.diffs.extend(sorted({differences.head(path) for path in kinds}))


def _drift(outputs: Struct, news: Struct) -> dict[str, str]:
    """The inputs that are what they were, while the outputs of the same name are not."""
    shared = {key for key in news.fields if key in outputs.fields}
    return {path: kind for path, kind in differences.between(outputs, news).items() if differences.head(path) in shared}


def _imported(type_token: str) -> Struct:
    reference, secret = reference_for(type_token)
    state = Struct(fields={})
    state[PROVIDER_KEY] = reference
    if secret:
        properties.make_secret(state, PROVIDER_KEY)
    return state


def _inputs_read(result: Any, state: Struct, inputs: Struct) -> Struct | None:
    values = getattr(result, "inputs", None)
    if values is None:
        return None
    marks = inputs if inputs.fields else state
    return properties.write({**values, PROVIDER_KEY: properties.read(state)[PROVIDER_KEY]}, marks)


def _outputs(result: Any, props: dict[str, Any], marks: Struct, id_: str, inputs: Struct | None) -> Struct:
    """The outputs for state.

    Raises:
        InitFailed: the provider gave reasons, or an output cannot be stored: the resource exists all the same and must not be lost.
    """
    outs = {**(result.outs or {}), PROVIDER_KEY: props[PROVIDER_KEY]}
    reasons = [str(reason) for reason in getattr(result, "reasons", None) or ()]
    try:
        struct = properties.write(outs, marks)
    except Exception:  # noqa: BLE001  whatever the SDK says of a value, the resource exists
        struct = Struct()
        for name, value in outs.items():
            try:
                struct.MergeFrom(properties.write({name: value}, marks))
            except Exception:  # noqa: BLE001  as above
                reasons.append(
                    f"the output {name!r} is a {type(value).__name__} or holds something else that cannot be stored in state"
                )
    if reasons:
        raise InitFailed(reasons, id_, struct, inputs)
    return struct
