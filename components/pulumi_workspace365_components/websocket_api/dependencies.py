"""What a handshake's policy refers to, deployed before it: named values, fragments and backends, under names that begin with the API's id."""

from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs, apply_to_input, name_prefix
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.existing import ExistingResources
from pulumi_workspace365_components.websocket_api.identifiers import short_name
from pulumi_workspace365_components.websocket_api.policy.backends import Backend
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue, renamed_text
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds


@dataclass(frozen=True)
class PolicyDependencies:
    """Makes the named values, fragments and backends of one API."""

    name: str
    args: WebSocketApiArgs
    api_id: pulumi.Input[str]
    parent: pulumi.Resource
    ids: RecordedIds
    existing: ExistingResources

    def deploy(self, handshake: Handshake, settled: pulumi.Output[Handshake]) -> list[pulumi.Resource]:
        """The resources, named values first: a fragment may refer to them."""
        values = [self._named_value(item) for item in handshake.named_values]
        names = [item.name for item in handshake.named_values]
        return [
            *values,
            *(self._fragment(item, at, settled, values) for at, item in enumerate(handshake.fragments)),
            *(self._backend(item, names, values) for item in handshake.backends),
        ]

    def _named_value(self, item: NamedValue) -> pulumi.Resource:
        given: Any = pulumi.Output.secret(item.value) if item.secret else item.value
        vault: Any = {"secret_identifier": item.key_vault_secret, "identity_client_id": item.identity_client_id}
        own_name = self._prefixed(item.name)
        resource = apimanagement.NamedValue(
            f"{self.name}-{item.name}",
            named_value_id=own_name,
            display_name=own_name,
            value=given if item.value is not None else None,
            key_vault=vault if item.value is None else None,
            secret=item.secret,
            tags=[apply_to_input(tag, short_name) for tag in self.args.tags] or None,
            resource_group_name=self.args.resource_group_name,
            service_name=self.args.service_name,
            opts=self._opts([], self.existing.service_child_options(apimanagement.get_named_value, named_value_id=own_name)),
        )
        self.ids.expect("named value", resource, "namedValues", own_name)
        return resource

    def _fragment(
        self, item: Fragment, position: int, settled: pulumi.Output[Handshake], needed: list[pulumi.Resource]
    ) -> pulumi.Resource:
        own_id = self._prefixed(item.id)
        resource = apimanagement.PolicyFragment(
            f"{self.name}-{item.id}",
            id=own_id,
            description=item.description,
            format="xml",
            value=settled.apply(lambda handshake: handshake.fragments[position].xml()),
            resource_group_name=self.args.resource_group_name,
            service_name=self.args.service_name,
            opts=self._opts(needed, self.existing.service_child_options(apimanagement.get_policy_fragment, id=own_id)),
        )
        self.ids.expect("fragment", resource, "policyFragments", own_id)
        return resource

    def _backend(self, item: Backend, names: list[str], needed: list[pulumi.Resource]) -> pulumi.Resource:
        own_name = self._prefixed(item.name)
        url: Any = item.url  # an output is a Deferred of the policy
        given = {"header": item.headers, "query": item.query}
        credentials: Any = {
            place: {name: [self._secret(value, names)] for name, value in values.items()}
            for place, values in given.items()
            if values
        }
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["credentials"])
        existing = self.existing.service_child_options(apimanagement.get_backend, backend_id=own_name)
        resource = apimanagement.Backend(
            f"{self.name}-{item.name}",
            backend_id=own_name,
            url=url,
            protocol=apimanagement.BackendProtocol.HTTP,  # the only one besides SOAP; WebSockets have this one too
            description=item.description,
            credentials=credentials or None,
            resource_group_name=self.args.resource_group_name,
            service_name=self.args.service_name,
            opts=pulumi.ResourceOptions.merge(self._opts(needed, existing), hidden),
        )
        self.ids.expect("backend", resource, "backends", own_name)
        return resource

    def _secret(self, value: Any, names: list[str]) -> pulumi.Output[str]:
        """A credential, with references to the handshake's own named values as they are deployed."""

        def written(known: Any) -> str:
            api_id, text = known
            return renamed_text(text, {name: name_prefix(api_id) + name for name in names})

        return pulumi.Output.secret(pulumi.Output.all(self.api_id, value).apply(written))

    def _opts(self, needed: list[pulumi.Resource], existing: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        # azure-native would delete the old one first, and the service deletes none that a policy refers to
        own = pulumi.ResourceOptions(parent=self.parent, depends_on=needed, delete_before_replace=False)
        return pulumi.ResourceOptions.merge(own, existing)

    def _prefixed(self, name: str) -> Any:
        return apply_to_input(self.api_id, lambda api_id: name_prefix(api_id) + name)
