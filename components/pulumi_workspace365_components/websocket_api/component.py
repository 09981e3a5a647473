"""WebSocketApi: one API of an existing service, from its handshake's policy to the products that offer it."""

from typing import Any

import pulumi
from pulumi_azure_native import apimanagement

from pulumi_workspace365_components.websocket_api import diagnostics
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.dependencies import Prerequisites
from pulumi_workspace365_components.websocket_api.links import Publication
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy_check import Judgement
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds
from pulumi_workspace365_components.websocket_api.turns import Turns
from pulumi_workspace365_components.websocket_api.validation import Gate, websocket_url

OPERATION = "onHandshake"
"""The operation that the service makes with each WebSocket API; it can be neither created nor deleted."""


class WebSocketApi(pulumi.ComponentResource):
    """A WebSocket API with the policy of its handshake, made known to products and gateways once the policy is in place.

    The service, its products, gateways, loggers and tags exist already. Children carry the component's name.

    Args:
        resource_name: names the API, and is its id where the arguments give none.
        args: what it is made from.
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
        Import the API and its policy under the names that the component uses, with the component as parent: see the page about
        WebSocket APIs. An API that exists and is not imported is refused by the service.

    Errors:
        is not deployed, its handshake cannot work: each finding names its rule; the page of the rule says what to do.
        (API Management) used by the policies of: named values and policy were deleted at once. Run it again.
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

    def __init__(self, resource_name: str, args: WebSocketApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        judgement = Judgement(resource_name, args)
        super().__init__("workspace365:index:WebSocketApi", resource_name, None, opts)
        judgement.tell(self)
        self._label, self._args, self._ids = resource_name, args, RecordedIds(resource_name, args)
        self._service: dict[str, Any] = {"resource_group_name": args.resource_group_name, "service_name": args.service_name}
        wanted_id = judgement.fitting(resource_name if args.api_id is None else args.api_id)
        settled = judgement.settled(wanted_id, self)
        needed = Prerequisites(resource_name, args, wanted_id, self, self._ids)
        gate = Gate(resource_name, args, args.validation, self) if args.validation else None
        required = [*needed.deploy(judgement.handshake, settled), *(gate.connectivity() if gate else [])]
        self.api = self._api(wanted_id, settled.apply(lambda _: required))
        self.gateway_url = self._gateway_url()
        inside = self._inside()
        turns = Turns()
        publication = Publication(resource_name, args, self.api, self._ids, turns)
        # Its key is needed by the probes, which run before anything that waits for the policy.
        early = publication.subscription(self._opts([])) if self._needs_key(gate) else None
        proven = pulumi.ResourceOptions.merge(inside, self._proven(gate, settled, early))
        policies: list[pulumi.Resource] = [turns.took(self._policy(settled, proven))] if args.handshake is not None else []
        diagnostics.deploy(self._ids, self.api, settled, turns, inside)
        publication.tags(inside)
        after = self._opts(policies)
        offered = publication.links(after)
        late = args.probe_subscription and early is None
        probe = publication.subscription(after) if late else early
        self._tell(settled, [*policies, *offered], probe)

    def _opts(self, needed: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=needed, delete_before_replace=True)

    def _needs_key(self, gate: Gate | None) -> bool:
        return gate is not None and gate.asked.probes and self._args.probe_subscription and self._args.handshake is not None

    def _proven(
        self, gate: Gate | None, settled: pulumi.Output[Handshake], probe: apimanagement.Subscription | None
    ) -> pulumi.ResourceOptions:
        """What the policy is deployed with, so that its handshakes are tried right after."""
        if gate is None or self._args.handshake is None:
            return pulumi.ResourceOptions()
        hooks = gate.probes(settled, self.gateway_url, self._probe_key(probe) if probe else None)
        return pulumi.ResourceOptions(hooks=hooks, depends_on=[probe] if probe else None)

    def _api(self, api_id: pulumi.Input[str], required: Any) -> apimanagement.Api:
        """The API; made when its handshake is judged, so that none is ever open because its policy was refused later."""
        args = self._args
        names = args.subscription_key_names
        made = apimanagement.Api(
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=required, delete_before_replace=True),
        )
        self._ids.expect("API", made, "apis", api_id)
        return made

    def _inside(self) -> pulumi.ResourceOptions:
        """What lives in the API goes with it, in one request: no moment in which the API is there without its policy."""
        return pulumi.ResourceOptions(
            parent=self, deleted_with=self.api, delete_before_replace=True, replace_on_changes=["apiId"]
        )

    def _policy(self, settled: pulumi.Output[Handshake], opts: pulumi.ResourceOptions) -> apimanagement.ApiOperationPolicy:
        made = apimanagement.ApiOperationPolicy(
            self._label,
            **self._service,
            api_id=self.api.name,
            operation_id=OPERATION,
            policy_id="policy",
            format=apimanagement.PolicyContentFormat.XML,
            value=settled.apply(Handshake.xml),
            opts=opts,
        )
        self._ids.expect("policy", made, "apis", self.api.name, "operations", OPERATION, "policies", "policy")
        return made

    def _tell(
        self, settled: pulumi.Output[Handshake], last: list[pulumi.Resource], probe: apimanagement.Subscription | None
    ) -> None:
        """The outputs. Each waits for what must be there before others may rely on it."""
        gateway = self.gateway_url
        done = pulumi.Output.all(*(resource.urn for resource in last))  # known at preview, as ids are not
        protocols = pulumi.Output.all(*self._args.protocols)
        parts = pulumi.Output.all(gateway, self._args.path, protocols, done, self._ids.compared())
        self.api_id = self.api.name
        self.operation_id = self.api.name.apply(lambda _: OPERATION)
        self.websocket_url = parts.apply(lambda known: websocket_url(*known[:3]))
        self.policy_xml = settled.apply(Handshake.xml)
        self.probe_key = self._probe_key(probe) if probe else pulumi.Output.from_input(None)
        names = ("api_id", "operation_id", "gateway_url", "websocket_url", "policy_xml", "probe_key")
        self.register_outputs({name: getattr(self, name) for name in names})

    def _gateway_url(self) -> pulumi.Output[str]:
        if self._args.gateway_url is not None:
            return pulumi.Output.from_input(self._args.gateway_url)
        asked = pulumi.InvokeOptions(parent=self)
        return apimanagement.get_api_management_service_output(**self._service, opts=asked).gateway_url

    def _probe_key(self, probe: apimanagement.Subscription) -> pulumi.Output[str | None]:
        asked = pulumi.InvokeOptions(parent=self)
        found = apimanagement.list_subscription_secrets_output(**self._service, sid=probe.name, opts=asked)
        return pulumi.Output.secret(found.primary_key)
