"""Reads the program's requests: a RegisterResource call becomes a goal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.plan.goal import TIMED_OPERATIONS, Alias, Goal, Registered, Status
from pulumi_embedded_engine.program.hooks import KINDS
from pulumi_embedded_engine.protocol import alias_pb2, resource_pb2, source_pb2
from pulumi_embedded_engine.resource import assets, wire_values
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    OutputValue,
    Properties,
    Secret,
    Value,
    contains_unknowns,
    lower_outputs,
    output_dependencies,
)

Options = resource_pb2.TransformResourceOptions

_TOKEN = re.compile(r"[^:]*:[^:]*:[^:]*")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(ns|us|µs|ms|s|m|h)")


@dataclass
class Draft:
    """A registration on its way through the program's transforms."""

    request: resource_pb2.RegisterResourceRequest
    inputs: Properties
    options: Options
    property_dependencies: dict[str, set[str]]


def check_token(token: str) -> str:
    """A type token of three parts.

    Raises:
        EngineError: it has another form.
    """
    if not _TOKEN.fullmatch(token):
        raise EngineError(f"Type '{token}' is not a valid type token (must have format '*:*:*')")
    return token


def package_of(token: str) -> str:
    """The package of a type or function token: its first part."""
    return token.partition(":")[0]


def create_draft(request: resource_pb2.RegisterResourceRequest, provider: str, directory: Path) -> Draft:
    """The registration of a resource before its transforms: marks become outputs with their dependencies.

    Raises:
        NeedsPulumiCLI: it uses what only the CLI does.
    """
    _refuse_unsupported(request)
    inputs: Properties = as_outputs(assets.with_hashes(wire_values.from_struct(request.object), directory))
    if request.propertyDependencies or request.remote:
        dependencies = {key: set(value.urns) for key, value in request.propertyDependencies.items()}
    else:
        dependencies = {key: set(request.dependencies) for key in inputs}
    if request.transforms:
        inputs = {key: _depending(value, dependencies.get(key, set())) for key, value in inputs.items()}
    return Draft(request, inputs, _options(request, provider), dependencies)


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    if request.state_migrations:
        raise NeedsPulumiCLI(f"the state migration of {request.type} '{request.name}'")
    if request.envVarMappings:
        raise NeedsPulumiCLI(f"envVarMappings of {request.type} '{request.name}'")


def as_outputs(value: Any) -> Any:
    """Secrets and unknown values as outputs: the form in which transforms see them."""
    if isinstance(value, dict):
        return {key: as_outputs(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_outputs(item) for item in value]
    if value is UNKNOWN:
        return OutputValue(None, known=False)
    if isinstance(value, Secret):
        inner = as_outputs(value.value)
        if isinstance(inner, OutputValue):
            return OutputValue(inner.value, inner.known, secret=True, dependencies=inner.dependencies)
        return OutputValue(inner, secret=True)
    return value


def _depending(value: Value, dependencies: set[str]) -> Value:
    if dependencies <= output_dependencies(value):
        return value
    if not isinstance(value, OutputValue):
        return OutputValue(value, dependencies=tuple(sorted(dependencies)))
    joined = tuple(sorted(dependencies.union(value.dependencies)))
    return OutputValue(value.value, value.known, value.secret, joined)


def _options(request: resource_pb2.RegisterResourceRequest, provider: str) -> Options:
    options = Options(
        depends_on=request.dependencies,
        ignore_changes=request.ignoreChanges,
        replace_on_changes=request.replaceOnChanges,
        version=request.version,
        aliases=[*(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs), *request.aliases],
        provider=provider,
        providers=request.providers,
        hide_diff=request.hideDiffs,
        plugin_download_url=request.pluginDownloadURL,
        deleted_with=request.deletedWith,
        replace_with=request.replace_with,
        additional_secret_outputs=request.additionalSecretOutputs,
        plugin_checksums=request.pluginChecksums,
    )
    setattr(options, "import", request.importId)
    if request.HasField("protect"):
        options.protect = request.protect
    if request.HasField("retainOnDelete"):
        options.retain_on_delete = request.retainOnDelete
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        options.delete_before_replace = request.deleteBeforeReplace
    for name, message in (
        ("custom_timeouts", request.customTimeouts if request.HasField("customTimeouts") else None),
        ("hooks", request.hooks if request.HasField("hooks") else None),
        ("replacement_trigger", request.replacement_trigger if request.HasField("replacement_trigger") else None),
    ):
        if message is not None:
            getattr(options, name).CopyFrom(message)
    return options


def goal_of(draft: Draft, parent: str, provider: str, positions: "Positions") -> Goal:
    """The goal that results once all transforms ran.

    Raises:
        EngineError: an alias or timeout is malformed.
    """
    request, options = draft.request, draft.options
    dependencies, per_property = _dependencies(draft)
    trigger = struct_pb2.Struct()
    if options.HasField("replacement_trigger"):
        trigger.fields["trigger"].CopyFrom(options.replacement_trigger)
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=lower_outputs(draft.inputs),
        parent=parent,
        provider=provider,
        dependencies=tuple(sorted(dependencies)),
        property_dependencies={key: tuple(sorted(urns)) for key, urns in per_property.items()},
        protect=options.protect if options.HasField("protect") else None,
        delete_before_replace=options.delete_before_replace if options.HasField("delete_before_replace") else None,
        retain_on_delete=options.retain_on_delete if options.HasField("retain_on_delete") else None,
        ignore_changes=tuple(options.ignore_changes),
        replace_on_changes=tuple(options.replace_on_changes),
        replacement_trigger=lower_outputs(wire_values.from_struct(trigger).get("trigger")),
        additional_secret_outputs=tuple(options.additional_secret_outputs),
        hide_diff=tuple(options.hide_diff),
        aliases=tuple(_alias(alias) for alias in options.aliases),
        import_id=str(getattr(options, "import")),
        deleted_with=options.deleted_with,
        replace_with=tuple(options.replace_with),
        custom_timeouts=_timeouts(options),
        resource_hooks=_hooks(options),
        source_position=positions.position(request.sourcePosition if request.HasField("sourcePosition") else None),
        stack_trace=positions.trace(request.stackTrace if request.HasField("stackTrace") else None),
    )


def _dependencies(draft: Draft) -> tuple[set[str], dict[str, set[str]]]:
    if not draft.request.transforms:
        per_property = draft.property_dependencies
        for key, value in draft.inputs.items():
            per_property.setdefault(key, set()).update(output_dependencies(value))
        return set(draft.options.depends_on), per_property
    per_property = {key: output_dependencies(value) for key, value in draft.inputs.items()}
    return set(draft.options.depends_on).union(*per_property.values()), per_property


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.WhichOneof("alias") != "spec":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn if spec.WhichOneof("parent") == "parentUrn" else "",
        no_parent=spec.noParent if spec.WhichOneof("parent") == "noParent" else False,
    )


def _timeouts(options: Options) -> dict[str, float]:
    if not options.HasField("custom_timeouts"):
        return {}
    texts = {name: getattr(options.custom_timeouts, name) for name in TIMED_OPERATIONS}
    return {name: seconds(text) for name, text in texts.items() if text}


def seconds(text: str) -> float:
    """A duration as Go writes it (`1h2m3.5s`) in seconds.

    Raises:
        EngineError: it is none.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.lstrip("+"):
        raise EngineError(f"unable to parse customTimeout Value {text}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _hooks(options: Options) -> dict[str, tuple[str, ...]]:
    if not options.HasField("hooks"):
        return {}
    named = {kind: tuple(getattr(options.hooks, field)) for field, kind in KINDS.items()}
    return {kind: names for kind, names in named.items() if names}


def response_of(request: resource_pb2.RegisterResourceRequest, registered: Registered) -> resource_pb2.RegisterResourceResponse:
    """The response to a registration, in the form that the program's SDK asked for."""
    state = registered.state
    # A component's old outputs may refer to resources that are not registered yet: it gets none.
    outputs = state.outputs if request.custom else {}
    if not request.supportsPartialValues:
        outputs = {key: value for key, value in outputs.items() if not contains_unknowns(value)}
    return resource_pb2.RegisterResourceResponse(
        urn=state.urn,
        id=state.id,
        object=wire_values.to_struct(
            outputs, keep_secrets=request.acceptSecrets, keep_resources=request.acceptResources, keep_output_values=False
        ),
        # Of a resource that was skipped, the program gets what is known, so that it can go on.
        result=resource_pb2.FAIL if registered.status == Status.FAILED else resource_pb2.SUCCESS,
        unknown=registered.unknown,
    )


@dataclass(frozen=True)
class Positions:
    """Positions in sources, relative to the project's folder, as state writes them: `project:///file.py#12`."""

    root: Path

    def position(self, raw: source_pb2.SourcePosition | None) -> str:
        """One position; empty where it is not a line of a file on this machine."""
        if raw is None or not raw.uri.startswith("file:///") or raw.line < 0:
            return ""
        column = f",{raw.column}" if raw.column > 0 else ""
        return f"project:///{_relative(raw.uri.removeprefix('file://'), self.root)}#{raw.line}{column}"

    def trace(self, raw: source_pb2.StackTrace | None) -> tuple[Mapping[str, str], ...]:
        """The positions of a stack trace, in the order of its frames."""
        if raw is None:
            return ()
        positions = (self.position(frame.pc if frame.HasField("pc") else None) for frame in raw.frames)
        return tuple({"sourcePosition": position} if position else {} for position in positions)


@lru_cache
def _relative(path: str, root: Path) -> str:
    """The path as seen from the project's folder. A program has few files, and every resource comes from one or more of them."""
    parts, base = Path(path).parts, root.parts
    common = 0
    while common < min(len(parts), len(base)) and parts[common] == base[common]:
        common += 1
    return "/".join([*[".."] * (len(base) - common), *parts[common:]])
