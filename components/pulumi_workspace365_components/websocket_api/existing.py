"""Imports the resources of an API that the service already has, if ``import_existing`` is set."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement

_WEBSOCKET = {"ws", "wss"}
# The SDK raises a plain Exception. azure-native's text has "Status=404" or, from newer Azure SDKs, "RESPONSE 404".
_NOT_FOUND = re.compile(r"\b(?:Status=|RESPONSE )404\b")


@dataclass(frozen=True)
class ExistingResources:
    """Looks for the resources of an API in the service, and imports those that exist. The engine then updates what differs.

    Imported resources are retained on delete while the argument is set, so that the import can be undone. This also protects the API
    if an id is spelled differently in the state, which the engine treats as a replacement.

    Args:
        name: the API's resource name, for messages.
        args: the API's arguments.
        api_id: the API's id; known if ``import_existing`` is set.
        parent: the component; its providers are used to look.
        found: the options that import the API; None if the service does not have it.
    """

    name: str
    args: WebSocketApiArgs
    api_id: Any
    parent: pulumi.Resource
    found: pulumi.ResourceOptions | None

    @classmethod
    def find(cls, name: str, args: WebSocketApiArgs, api_id: pulumi.Input[str], parent: pulumi.Resource) -> "ExistingResources":
        """The existing resources of an API. No request is sent unless ``import_existing`` is set.

        Raises:
            pulumi.RunError: the service or the API's id is not known when the program runs, or the API is not a WebSocket API.
        """
        nothing = cls(name, args, api_id, parent, None)
        if not args.import_existing:
            return nothing
        if not all(isinstance(value, str) for value in (args.resource_group_name, args.service_name, api_id)):
            raise pulumi.RunError(
                f"WebSocketApi {name!r}: import_existing: resource_group_name, service_name and api_id must be known when the "
                "program runs; give them as strings."
            )
        api = nothing.read(apimanagement.get_api, api_id=api_id)
        if api is None:
            pulumi.log.info(
                f"WebSocketApi {name!r}: import_existing: the service has no API {api_id!r}, so it is created.", parent
            )
            return nothing
        if not _WEBSOCKET.issuperset(api.protocols or ()):
            raise pulumi.RunError(
                f"WebSocketApi {name!r}: import_existing: the API {api_id!r} is not a WebSocket API; its protocols are "
                f"{', '.join(api.protocols)}. Choose another api_id."
            )
        pulumi.log.info(
            f"WebSocketApi {name!r}: import_existing: the service has the API {api_id!r}. Remove import_existing after this `pulumi up`: "
            "while it is set, Pulumi does not delete what it imported.",
            parent,
        )
        return cls(name, args, api_id, parent, _imported(api.id))

    def api_options(self) -> pulumi.ResourceOptions:
        """The options that import the API itself, if it exists."""
        return self.found or pulumi.ResourceOptions()

    def api_child_options(self, get: Callable[..., Any], **path: Any) -> pulumi.ResourceOptions:
        """The options that import a resource below the API, if it exists.

        Args:
            get: the function of azure-native that reads the resource.
            path: the names in its path below the API.
        """
        return self.service_child_options(get, api_id=self.api_id, **path) if self.found else pulumi.ResourceOptions()

    def service_child_options(self, get: Callable[..., Any], **path: Any) -> pulumi.ResourceOptions:
        """The options that import a resource that belongs to the API, but has its path below the service; if it exists."""
        if not self.args.import_existing or not all(isinstance(value, str) for value in path.values()):
            return pulumi.ResourceOptions()
        there = self.read(get, **path)
        return _imported(there.id) if there else pulumi.ResourceOptions()

    def read(self, get: Callable[..., Any], **path: Any) -> Any:
        """The resource as azure-native reads it; None if it does not exist.

        Raises:
            pulumi.RunError: it cannot be read. Whether it exists is then unknown, and a create could fail halfway through the API.
        """
        service = {"resource_group_name": self.args.resource_group_name, "service_name": self.args.service_name}
        try:
            return get(**service, **path, opts=pulumi.InvokeOptions(parent=self.parent))
        except Exception as problem:
            if _NOT_FOUND.search(str(problem)):
                return None
            what = " ".join([get.__name__.removeprefix("get_").replace("_", " "), *map(repr, path.values())])
            raise pulumi.RunError(
                f"WebSocketApi {self.name!r}: import_existing: the {what} cannot be read, so it is not known whether it exists: "
                f"{problem}. Correct that, or remove import_existing."
            ) from problem


def _imported(id_: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(import_=id_, retain_on_delete=True)
