"""What a handshake's policy refers to, deployed before it: named values and fragments, under names that begin with the API's id."""

from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs, applied, prefix
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.identifiers import short_name
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds


@dataclass(frozen=True)
class PolicyDependencies:
    """Makes the named values and fragments of one API."""

    name: str
    args: WebSocketApiArgs
    api_id: pulumi.Input[str]
    parent: pulumi.Resource
    ids: RecordedIds

    def deploy(self, handshake: Handshake, settled: pulumi.Output[Handshake]) -> list[pulumi.Resource]:
        """The resources, named values first: a fragment may refer to them."""
        values = [self._named_value(item) for item in handshake.named_values]
        after = self._opts(values)
        return [*values, *(self._fragment(item, at, settled, after) for at, item in enumerate(handshake.fragments))]

    def _named_value(self, item: NamedValue) -> pulumi.Resource:
        given: Any = pulumi.Output.secret(item.value) if item.secret else item.value
        vault: Any = {"secret_identifier": item.key_vault_secret, "identity_client_id": item.identity_client_id}
        own_name = self._prefixed(item.name)
        made = apimanagement.NamedValue(
            f"{self.name}-{item.name}",
            named_value_id=own_name,
            display_name=own_name,
            value=given if item.value is not None else None,
            key_vault=vault if item.value is None else None,
            secret=item.secret,
            tags=[applied(tag, short_name) for tag in self.args.tags] or None,
            resource_group_name=self.args.resource_group_name,
            service_name=self.args.service_name,
            opts=self._opts([]),
        )
        self.ids.expect("named value", made, "namedValues", own_name)
        return made

    def _fragment(
        self, item: Fragment, position: int, settled: pulumi.Output[Handshake], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        made = apimanagement.PolicyFragment(
            f"{self.name}-{item.id}",
            id=self._prefixed(item.id),
            description=item.description,
            format="xml",
            value=settled.apply(lambda handshake: handshake.fragments[position].xml()),
            resource_group_name=self.args.resource_group_name,
            service_name=self.args.service_name,
            opts=opts,
        )
        self.ids.expect("fragment", made, "policyFragments", self._prefixed(item.id))
        return made

    def _opts(self, needed: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        # azure-native would delete the old one first, and the service deletes none that a policy refers to
        return pulumi.ResourceOptions(parent=self.parent, depends_on=needed, delete_before_replace=False)

    def _prefixed(self, name: str) -> Any:
        return applied(self.api_id, lambda api_id: prefix(api_id) + name)
