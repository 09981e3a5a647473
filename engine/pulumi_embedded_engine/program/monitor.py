# ruff: noqa: N802, ARG002  the protocol names its methods and gives each the same arguments

"""The ResourceMonitor service: through it a program registers and reads resources, and calls functions of providers.

Requests become events for the deployment, which answers them (the CLI's pkg/resource/deploy/source_eval.go).
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf import empty_pb2

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI, Unexpected
from pulumi_embedded_engine.plan.goal import Goal, Outputs, Read, Registered, Registration, Status
from pulumi_embedded_engine.plan.provider import Providers
from pulumi_embedded_engine.plan.resource_graph import ResourceGraph
from pulumi_embedded_engine.plan.source import Closed, Finished, Refused, Source
from pulumi_embedded_engine.program.default_providers import DefaultProviders
from pulumi_embedded_engine.program.hooks import Hooks
from pulumi_embedded_engine.program.provider_references import ProviderReferences
from pulumi_embedded_engine.program.registration import (
    Draft,
    Positions,
    check_token,
    create_draft,
    goal_of,
    package_of,
    response_of,
)
from pulumi_embedded_engine.program.remote_components import ConstructFailed, construct
from pulumi_embedded_engine.program.session import Session
from pulumi_embedded_engine.program.transforms import Transforms
from pulumi_embedded_engine.protocol import callback_pb2, resource_pb2, resource_pb2_grpc
from pulumi_embedded_engine.providers.builtin_provider import GET_RESOURCE
from pulumi_embedded_engine.resource import assets, wire_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.store.names import ORGANIZATION

_NEWER_FEATURES = ("STATE_MIGRATIONS", "INVOKE_OUTPUT_VALUES", "CALL_OUTPUT_VALUES")
_LEGACY_FEATURES = frozenset(
    [
        "secrets",
        "resourceReferences",
        "outputValues",
        "aliasSpecs",
        "replacementTrigger",
        "deletedWith",
        "replaceWith",
        "transforms",
        "invokeTransforms",
        "parameterization",
        "resourceHooks",
        "errorHooks",
        "sendsOptionsToHooks",
    ]
)

Request = TypeVar("Request")
Response = TypeVar("Response")


def translate_errors(method: Callable[[Any, Request], Awaitable[Response]]) -> Callable[[Any, Request, Any], Awaitable[Response]]:
    """Turn the engine's errors into answers: a refusal stops the operation, other errors are the program's to handle."""

    @functools.wraps(method)
    async def answer(self: "Monitor", request: Request, context: Any) -> Response:
        try:
            return await method(self, request)
        except Closed as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except (NeedsPulumiCLI, ConstructFailed) as error:
            self.source.put(Refused(error))
            await self.source.closed()
            await context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")
        except (EngineError, ValueError) as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except grpc.aio.AbortError:
            raise
        except Exception as problem:  # noqa: BLE001  the program's request may be what nobody foresaw
            self.source.put(Refused(Unexpected(f"{method.__name__} of the program cannot be answered", problem)))
            await self.source.closed()
            await context.abort(grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")
        raise AssertionError("abort raises")

    return answer


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Answers one program."""

    def __init__(
        self,
        session: Session,
        source: Source,
        *,
        providers: Providers,
        transforms: Transforms,
        resource_graph: ResourceGraph,
        hooks: Hooks,
    ) -> None:
        self._session, self.source, self._providers = session, source, providers
        self._transforms, self._resource_graph, self._hooks = transforms, resource_graph, hooks
        self._references = ProviderReferences(providers, DefaultProviders(session.config, source))
        self._positions = Positions(session.root)
        self._finished = False

    # What the engine is.

    async def GetDeploymentInfo(self, request: empty_pb2.Empty, context: Any) -> resource_pb2.DeploymentInfo:
        features = resource_pb2.ResourceMonitorFeature.items()
        return resource_pb2.DeploymentInfo(
            project=self._session.project,
            stack=self._session.stack,
            organization=ORGANIZATION,
            config=self._session.config.values,
            configSecretKeys=sorted(self._session.config.secret_keys),
            dryRun=self._session.preview,
            parallel=self._session.parallel,
            supportedFeatures=[number for name, number in features if not name.endswith(_NEWER_FEATURES)],
        )

    async def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, context: Any
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    # Registrations.

    @translate_errors
    async def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        if request.custom:
            check_token(request.type)
        with self._resource_graph.begin_registration(request.parent):
            draft = await self._draft(request)
            if request.remote:
                provider = self._providers.find(await self._references.of_registration(draft))
                return await construct(draft, provider, self._session.construct_options())
            goal = goal_of(draft, request.parent, await self._references.of_registration(draft), self._positions)
            outcome: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
            registered = await self.source.ask(Registration(goal=goal, outcome=outcome), outcome)
            if registered.status != Status.SUCCESS and not request.supportsResultReporting:
                raise EngineError("resource registration failed")
            await self._remember(draft, goal, registered)
        return response_of(request, registered)

    async def _draft(self, request: resource_pb2.RegisterResourceRequest) -> Draft:
        self._inherit(request)
        package = package_of(request.type)
        provider = request.provider
        if request.custom or request.remote:
            provider = self._resource_graph.provider(request.provider, request.providers, request.parent, package)
        draft = create_draft(request, provider, self._session.program_dir)
        await self._transforms.apply(draft, request.parent)
        if not request.custom and request.parent:
            for name, reference in self._resource_graph.providers.get(request.parent, {}).items():
                if name not in draft.options.providers:
                    draft.options.providers[name] = reference
        return draft

    def _inherit(self, request: resource_pb2.RegisterResourceRequest) -> None:
        parent = self._resource_graph.goals.get(request.parent)
        if parent is None:
            return
        request.deletedWith = request.deletedWith or parent.deleted_with
        if not request.HasField("protect") and parent.protect is not None:
            request.protect = parent.protect
        if not request.HasField("retainOnDelete") and parent.retain_on_delete is not None:
            request.retainOnDelete = parent.retain_on_delete
        request.provider = request.provider or self._resource_graph.inherited_provider(
            request.parent, package_of(request.type), component=not request.custom
        )

    async def _remember(self, draft: Draft, goal: Goal, registered: Registered) -> None:
        urn = registered.state.urn
        self._resource_graph.goals[urn] = goal
        self._transforms.note(urn, draft.request.transforms)
        if not goal.custom:
            self._resource_graph.providers[urn] = dict(draft.options.providers)
        await self._resource_graph.note(urn, goal.parent, custom=goal.custom, exists=bool(registered.state.id))

    @translate_errors
    async def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        values = assets.with_hashes(wire_values.from_struct(request.outputs), self._session.program_dir)
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self.source.ask(Outputs(request.urn, values, outcome), outcome)
        return empty_pb2.Empty()

    # Reads and functions.

    @translate_errors
    async def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        check_token(request.type)
        provider = await self._references.of_read(request)
        state = Resource(
            urn=urns.make_urn(self._session.stack, self._session.project, request.type, request.name, request.parent),
            type=request.type,
            custom=True,
            external=True,
            id=request.id,
            inputs=wire_values.from_struct(request.properties),
            parent=request.parent,
            provider=provider,
            dependencies=tuple(request.dependencies),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            source_position=self._positions.position(request.sourcePosition if request.HasField("sourcePosition") else None),
            stack_trace=self._positions.trace(request.stackTrace if request.HasField("stackTrace") else None),
        )
        outcome: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        answer = await self.source.ask(Read(state=state, outcome=outcome), outcome)
        found = answer.state
        await self._resource_graph.note(found.urn, request.parent, custom=True, exists=True)
        outputs = wire_values.to_struct(
            found.outputs, keep_secrets=request.acceptSecrets, keep_resources=request.acceptResources, keep_output_values=False
        )
        return resource_pb2.ReadResourceResponse(
            urn=found.urn,
            id=found.id,
            properties=outputs,
            result=resource_pb2.FAIL if answer.status == Status.FAILED else resource_pb2.SUCCESS,
            unknown=answer.unknown,
        )

    @translate_errors
    async def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:
        package = package_of(request.tok)
        options = resource_pb2.TransformInvokeOptions(
            provider=self._resource_graph.provider(request.provider, {}, request.parent, package),
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
        )
        arguments = wire_values.from_struct(request.args)
        arguments, options = await self._transforms.apply_to_invoke(request.tok, arguments, options)
        provider = await self._references.invoked(request, options)
        if request.dependsOn and not await self._resource_graph.all_exist(request.dependsOn):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        try:
            result, failures = await provider.invoke(request.tok, arguments, preview=self._session.preview)
        except NeedsPulumiCLI:
            raise
        except EngineError as error:
            raise EngineError(f"invocation of {request.tok} returned an error: {error}") from error
        keep_resources = request.acceptResources or request.tok == GET_RESOURCE
        struct = wire_values.to_struct(result, keep_secrets=True, keep_resources=keep_resources, keep_output_values=False)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(struct)
        for failure in failures:
            response.failures.add(property=failure.property, reason=failure.reason)
        return response

    @translate_errors
    async def Call(self, request: resource_pb2.ResourceCallRequest) -> Any:
        raise NeedsPulumiCLI(f"the method call {request.tok}")

    @translate_errors
    async def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> resource_pb2.RegisterPackageResponse:
        return resource_pb2.RegisterPackageResponse(ref=self._references.packages.register(request))

    # Functions of the program, and its end.

    @translate_errors
    async def RegisterStackTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:
        self._transforms.stack.append(request)
        return empty_pb2.Empty()

    @translate_errors
    async def RegisterStackInvokeTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:
        self._transforms.invokes.append(request)
        return empty_pb2.Empty()

    @translate_errors
    async def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> empty_pb2.Empty:
        self._hooks.add(request)
        return empty_pb2.Empty()

    @translate_errors
    async def RegisterErrorHook(self, request: resource_pb2.RegisterErrorHookRequest) -> empty_pb2.Empty:
        self._hooks.add_error_hook(request)
        return empty_pb2.Empty()

    @translate_errors
    async def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:
        if self._finished:
            raise EngineError("Already waiting for shutdown")
        self._finished = True
        self.source.put(Finished())
        await self.source.closed()
        return empty_pb2.Empty()
