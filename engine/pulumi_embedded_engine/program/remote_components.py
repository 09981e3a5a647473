"""Components that a plugin builds (the CLI's Construct): the plugin registers them and their children with the same monitor."""

from typing import Any

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.plan.provider import Provider, ProviderError
from pulumi_embedded_engine.program.registration import Draft
from pulumi_embedded_engine.protocol import provider_pb2, resource_pb2
from pulumi_embedded_engine.providers.provider_client import ProviderClient
from pulumi_embedded_engine.resource import wire_values
from pulumi_embedded_engine.resource.values import contains_unknowns, lower_outputs, output_dependencies

_HOOKS = [field.name for field in provider_pb2.ConstructRequest.ResourceHooksBinding.DESCRIPTOR.fields]


class ConstructFailed(EngineError):
    """A plugin could not build a component; that stops the operation."""


async def construct(
    draft: Draft, provider: Provider | None, construct_options: provider_pb2.ConstructRequest
) -> resource_pb2.RegisterResourceResponse:
    """Have a component built, and answer with its URN and outputs.

    Args:
        draft: the registration by the program.
        provider: the provider of the component.
        construct_options: a request with the information about the operation for the plugin.

    Raises:
        ConstructFailed: in the plugin's words.
        NeedsPulumiCLI: the component has transforms, or its package is no plugin.
    """
    registration = draft.request
    if registration.transforms:
        raise NeedsPulumiCLI(f"a transform of the remote component {registration.type} '{registration.name}'")
    if not isinstance(provider, ProviderClient):
        raise NeedsPulumiCLI(f"the remote component {registration.type} '{registration.name}'")
    try:
        built = await provider.construct(_request(draft, construct_options))
    except ProviderError as error:
        raise ConstructFailed(f"{registration.type} resource '{registration.name}' has a problem: {error}") from error
    return _response(registration, built)


def _request(draft: Draft, construct_options: provider_pb2.ConstructRequest) -> provider_pb2.ConstructRequest:
    registration, options = draft.request, draft.options
    request = provider_pb2.ConstructRequest(
        type=registration.type,
        name=registration.name,
        parent=registration.parent,
        inputs=wire_values.to_struct(draft.inputs, keep_secrets=True, keep_resources=True, keep_output_values=True),
        providers=options.providers,
        dependencies=options.depends_on,
        additionalSecretOutputs=options.additional_secret_outputs,
        deletedWith=options.deleted_with,
        ignoreChanges=options.ignore_changes,
        replaceOnChanges=options.replace_on_changes,
        replace_with=options.replace_with,
        aliases=options.aliases,
        accepts_output_values=True,
    )
    request.MergeFrom(construct_options)
    for key, urns in draft.property_dependencies.items():
        request.inputDependencies[key].urns.extend(sorted(urns))
    if options.HasField("protect"):
        request.protect = options.protect
    if options.HasField("retain_on_delete"):
        request.retainOnDelete = options.retain_on_delete
    if options.HasField("delete_before_replace"):
        request.deleteBeforeReplace = options.delete_before_replace
    _copy(options, request)
    return request


def _copy(options: Any, request: provider_pb2.ConstructRequest) -> None:
    if options.HasField("custom_timeouts"):
        for name in ("create", "update", "delete", "read"):
            setattr(request.customTimeouts, name, getattr(options.custom_timeouts, name))
    if options.HasField("hooks"):
        for name in _HOOKS:
            getattr(request.resource_hooks, name).extend(getattr(options.hooks, name))
    if options.HasField("replacement_trigger"):
        request.replacement_trigger.CopyFrom(options.replacement_trigger)


def _response(
    registration: resource_pb2.RegisterResourceRequest, built: provider_pb2.ConstructResponse
) -> resource_pb2.RegisterResourceResponse:
    values = wire_values.from_struct(built.state)
    found = {key: set(dependencies.urns) for key, dependencies in built.stateDependencies.items()}
    for key, value in values.items():
        found.setdefault(key, set()).update(output_dependencies(value))
    outputs = lower_outputs(values)
    if not registration.supportsPartialValues:
        outputs = {key: value for key, value in outputs.items() if not contains_unknowns(value)}
    response = resource_pb2.RegisterResourceResponse(
        urn=built.urn,
        object=wire_values.to_struct(
            outputs,
            keep_secrets=registration.acceptSecrets,
            keep_resources=registration.acceptResources,
            keep_output_values=False,
        ),
    )
    for key, urns in found.items():
        response.propertyDependencies[key].urns.extend(sorted(urns))
    return response
