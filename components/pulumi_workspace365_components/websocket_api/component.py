"""WebSocketApi: one API of an existing service, from its handshake's policy to the products that offer it."""

from typing import Any, Unpack, overload

import pulumi

from pulumi_workspace365.resource import keywords
from pulumi_workspace365_components.websocket_api import conflicts, diagnostics
from pulumi_workspace365_components.websocket_api.api_associations import ApiAssociations
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs, WebSocketApiArgsDict
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.dependencies import PolicyDependencies
from pulumi_workspace365_components.websocket_api.existing import ExistingResources
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy_check import PolicyCheck, ValidatedHandshake, report
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds
from pulumi_workspace365_components.websocket_api.validation import ApiValidation, websocket_url
from pulumi_workspace365_components.websocket_api.write_serialization import WriteSerializer

OPERATION = "onHandshake"
"""The operation that the service makes with each WebSocket API; it can be neither created nor deleted."""


class WebSocketApi(pulumi.ComponentResource):
    """A WebSocket API with the policy of its handshake, made known to products and gateways once the policy is in place.

    The service, its products, gateways, loggers and tags exist already. Children carry the component's name.

    Args:
        resource_name: names the API, and is its id where the arguments give none.
        args: what it is made from, as an object or a dictionary; or the same as keywords.
        opts: as of any component; an explicit azure-native provider goes to all children.

    Raises:
        pulumi.RunError: the handshake breaks a rule; at preview already, for all that is known then.

    Replaced:
        When ``api_id``, ``resource_group_name`` or ``service_name`` changes. The old API goes first, because both would claim the
        same path: its clients are cut off, and cannot connect until the new one is there. Everything else changes in place.

    Drift:
        Seen by a refresh: all of it but the API's type, which azure-native does not tell. What somebody changed in the portal is put
        right by the next ``pulumi up``.
        Not seen: open WebSockets, and policies of wider scopes (product, all APIs), which are not this component's.

    Import:
        ``import_existing`` imports what exists, for one ``pulumi up``. An API that exists and is not imported is refused.

    Errors:
        is not deployed, its handshake cannot work: each finding names its rule; the page of the rule says what to do.
        (API Management) used by the policies of: named values and policy were deleted at once. Run it again.
        already has an API: import it with ``import_existing``, or choose another ``api_id``.
        exchange their paths: give one of the APIs a temporary path and run ``pulumi up``, then give each its final path in a run of its own.
        is not its own path: the service gave a resource the id of something else, which a later run would delete. The message has
            the command that takes the resource out of the state.
        (API Management) the path is in use: another API of the service has it. Choose another ``path``, or import that API.
    """

    api_id: pulumi.Output[str]
    """The API's id in the service."""
    operation_id: pulumi.Output[str]
    """The operation that has the policy, ``onHandshake``."""
    gateway_url: pulumi.Output[str]
    """Where the service's gateway is reached."""
    websocket_url: pulumi.Output[str]
    """Where clients connect to; known to others only when everything is deployed."""
    policy_xml: pulumi.Output[str]
    """The policy document as it is sent."""
    probe_key: pulumi.Output[str | None]
    """The key of the subscription for probes (secret)."""

    @overload
    def __init__(
        self, resource_name: str, args: WebSocketApiArgs | WebSocketApiArgsDict, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[WebSocketApiArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        collected, opts = keywords.collect_arguments(f"WebSocketApi {resource_name!r}", WebSocketApiArgs, args, arguments)
        check = PolicyCheck(resource_name, collected)
        declared = check.check_declared()  # a handshake that cannot work stops the program before anything is declared
        super().__init__("workspace365:index:WebSocketApi", resource_name, None, opts)
        self._label, self._args, self._ids = resource_name, collected, RecordedIds(resource_name, collected)
        self._service: dict[str, Any] = {
            "resource_group_name": collected.resource_group_name,
            "service_name": collected.service_name,
        }
        self._deploy(check, declared)

    def _deploy(self, check: PolicyCheck, declared: ValidatedHandshake) -> None:
        """What is judged, deployed and checked, in this order."""
        name, args, ids = self._label, self._args, self._ids

        # Judged: what the program says, at once; the whole, once every value is known and before anything is sent.
        report(declared.findings, self)
        wanted_id = check.check_api_id(name if args.api_id is None else args.api_id, declared.handshake)
        handshake = check.check_deployed(declared, wanted_id).apply(lambda whole: self._reported(whole, declared))

        # Before the API: what its policy refers to, and the proof that each region reaches the backend.
        self._existing = ExistingResources.find(name, args, wanted_id, self)
        dependencies = PolicyDependencies(name, args, wanted_id, self, ids, self._existing).deploy(declared.handshake, handshake)
        validation = ApiValidation(name, args, args.validation, self) if args.validation else None
        reached = validation.connectivity() if validation else []

        # The API, once its handshake is judged: none is ever open because its policy was refused later.
        ready = pulumi.Output.all(handshake, ids.check())
        self.api = self._api(wanted_id, ready.apply(lambda _: [*dependencies, *reached]))
        self.gateway_url = self._gateway_url()
        inside, serializer = self._inside(), WriteSerializer(ids.expect("API", self.api, "apis", wanted_id))
        links = ApiAssociations(name, args, self.api, ids, serializer, self._existing)

        # The policy. Handshakes are tried right after it, so that the key for them is needed before.
        probed = validation if validation and validation.settings.probes and args.handshake is not None else None
        probe = links.subscription(self._opts([])) if probed and args.probe_subscription else None
        proven = pulumi.ResourceOptions.merge(inside, self._trial(probed, handshake, probe))
        policies: list[pulumi.Resource] = []
        if args.handshake is not None:
            policies.append(self._policy(serializer, handshake, proven))

        # What else belongs to the API.
        diagnostics.deploy(ids, self.api, handshake, serializer, existing=self._existing, opts=inside)
        links.tags(inside)

        # Behind the policy: the API is offered, and the program is told where it is.
        offered = links.links(self._opts(policies))
        if args.probe_subscription and probe is None:
            probe = links.subscription(self._opts(policies))
        self._register(handshake, [*policies, *offered], probe)

    def _reported(self, whole: ValidatedHandshake, declared: ValidatedHandshake) -> Handshake:
        """The handshake, once what was found of it since it was declared is logged."""
        report(dict.fromkeys(found for found in whole.findings if found not in declared.findings), self)
        return whole.handshake

    def _opts(self, needed: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=needed, delete_before_replace=True)

    def _trial(
        self, validation: ApiValidation | None, handshake: pulumi.Output[Handshake], probe: apimanagement.Subscription | None
    ) -> pulumi.ResourceOptions:
        """What the policy is deployed with, so that its handshakes are tried right after."""
        if validation is None:
            return pulumi.ResourceOptions()
        hooks = validation.probes(handshake, self.gateway_url, self._probe_key(probe) if probe else None)
        return pulumi.ResourceOptions(hooks=hooks, depends_on=[probe] if probe else None)

    def _api(self, api_id: pulumi.Input[str], required: Any) -> apimanagement.Api:
        args = self._args
        names = args.subscription_key_names
        return apimanagement.Api(
            self._label,
            **self._service,
            api_id=api_id,
            display_name=api_id if args.display_name is None else args.display_name,
            description=args.description,
            path=args.path,
            service_url=args.service_url,
            protocols=list(args.protocols),
            api_type=apimanagement.ApiType.WEBSOCKET,
            soap_api_type=apimanagement.SoapApiType.WEB_SOCKET,
            subscription_required=args.subscription_required,
            subscription_key_parameter_names={"header": names.header, "query": names.query} if names else None,
            # The path is unique in the service and belongs to the old API until that is gone.
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=required,
                    delete_before_replace=True,
                    hooks=conflicts.hooks(self._label, args.path, self),
                ),
                self._existing.api_options(),
            ),
        )

    def _inside(self) -> pulumi.ResourceOptions:
        """What lives in the API goes with it, in one request: no moment in which the API is there without its policy."""
        return pulumi.ResourceOptions(
            parent=self, deleted_with=self.api, delete_before_replace=True, replace_on_changes=["apiId"]
        )

    def _policy(
        self, serializer: WriteSerializer, handshake: pulumi.Output[Handshake], opts: pulumi.ResourceOptions
    ) -> apimanagement.ApiOperationPolicy:
        existing = self._existing.api_child_options(
            apimanagement.get_api_operation_policy, operation_id=OPERATION, policy_id="policy"
        )
        resource = apimanagement.ApiOperationPolicy(
            self._label,
            **self._service,
            api_id=serializer.after_previous(self.api.name),
            operation_id=OPERATION,
            policy_id="policy",
            format=apimanagement.PolicyContentFormat.XML,
            value=handshake.apply(Handshake.xml),
            opts=pulumi.ResourceOptions.merge(opts, existing),
        )
        path = ("apis", self.api.name, "operations", OPERATION, "policies", "policy")
        return serializer.register(resource, self._ids.expect("policy", resource, *path))

    def _register(
        self, handshake: pulumi.Output[Handshake], last: list[pulumi.Resource], probe: apimanagement.Subscription | None
    ) -> None:
        """The outputs. Each waits for what must be there before others may rely on it."""
        gateway = self.gateway_url
        done = pulumi.Output.all(*(resource.urn for resource in last))  # known at preview, as ids are not
        protocols = pulumi.Output.all(*self._args.protocols)
        parts = pulumi.Output.all(gateway, self._args.path, protocols, done, self._ids.check())
        self.api_id = self.api.name
        self.operation_id = self.api.name.apply(lambda _: OPERATION)
        self.websocket_url = parts.apply(lambda known: websocket_url(*known[:3]))
        self.policy_xml = handshake.apply(Handshake.xml)
        self.probe_key = self._probe_key(probe) if probe else pulumi.Output.from_input(None)
        names = ("api_id", "operation_id", "gateway_url", "websocket_url", "policy_xml", "probe_key")
        self.register_outputs({name: getattr(self, name) for name in names})

    def _gateway_url(self) -> pulumi.Output[str]:
        if self._args.gateway_url is not None:
            return pulumi.Output.from_input(self._args.gateway_url)
        options = pulumi.InvokeOptions(parent=self)
        return apimanagement.get_api_management_service_output(**self._service, opts=options).gateway_url

    def _probe_key(self, probe: apimanagement.Subscription) -> pulumi.Output[str | None]:
        options = pulumi.InvokeOptions(parent=self)
        found = apimanagement.list_subscription_secrets_output(**self._service, sid=probe.name, opts=options)
        return pulumi.Output.secret(found.primary_key)
