"""What exists at the service already and is imported, where ``import_existing`` asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement

_WEBSOCKET = {"ws", "wss"}


@dataclass(frozen=True)
class ExistingResources:
    """Looks for an API's resources at the service, and imports those that are there. What differs from the program is updated after.

    Nothing that was imported is deleted as long as the argument is given: whoever takes it back finds the API as it was. It also
    holds where the id of an import is written otherwise than the one in the state, which the engine takes for a replacement.

    Args:
        name: the API's resource name, for messages.
        args: the API's arguments.
        api_id: the API's id; known, where anything is imported.
        parent: the component, whose providers are asked.
        found: whether the API is there; what belongs to it is only then looked for.
    """

    name: str
    args: WebSocketApiArgs
    api_id: Any
    parent: pulumi.Resource
    found: pulumi.ResourceOptions | None

    @classmethod
    def of(cls, name: str, args: WebSocketApiArgs, api_id: pulumi.Input[str], parent: pulumi.Resource) -> "ExistingResources":
        """The resources of one API; nothing is asked where nothing is to be imported.

        Raises:
            pulumi.RunError: the service or the API is not known when the program runs, or the API is none for WebSockets.
        """
        nothing = cls(name, args, api_id, parent, None)
        if not args.import_existing:
            return nothing
        if not all(isinstance(value, str) for value in (args.resource_group_name, args.service_name, api_id)):
            raise pulumi.RunError(
                f"WebSocketApi {name!r}: import_existing: resource_group_name, service_name and api_id have to be known when the "
                "program runs: give them as texts."
            )
        api = nothing.asked(apimanagement.get_api, api_id=api_id)
        if api is None:
            pulumi.log.info(
                f"WebSocketApi {name!r}: import_existing: the service has no API {api_id!r}, so it is created.", parent
            )
            return nothing
        if not _WEBSOCKET.issuperset(api.protocols or ()):
            raise pulumi.RunError(
                f"WebSocketApi {name!r}: import_existing: the API {api_id!r} of the service is none for WebSockets: it speaks "
                f"{', '.join(api.protocols)}. Give another api_id."
            )
        pulumi.log.info(
            f"WebSocketApi {name!r}: import_existing: the service has the API {api_id!r}. Remove the argument once `pulumi up` has taken it "
            "over: until then Pulumi deletes nothing of it.",
            parent,
        )
        return cls(name, args, api_id, parent, _imported(api.id))

    def api(self) -> pulumi.ResourceOptions:
        """The options that import the API itself, where it is there."""
        return self.found or pulumi.ResourceOptions()

    def inside(self, get: Callable[..., Any], **path: Any) -> pulumi.ResourceOptions:
        """The options that import something of the API, where it is there.

        Args:
            get: azure-native's function that reads it.
            path: the names in its path below the API.
        """
        return self.beside(get, api_id=self.api_id, **path) if self.found else pulumi.ResourceOptions()

    def beside(self, get: Callable[..., Any], **path: Any) -> pulumi.ResourceOptions:
        """The options that import something that belongs to the API, and has a path of its own below the service."""
        if not self.args.import_existing or not all(isinstance(value, str) for value in path.values()):
            return pulumi.ResourceOptions()
        there = self.asked(get, **path)
        return _imported(there.id) if there else pulumi.ResourceOptions()

    def asked(self, get: Callable[..., Any], **path: Any) -> Any:
        """What azure-native tells of it; None where it is not there, or cannot be told: it is created then, which the service judges."""
        service = {"resource_group_name": self.args.resource_group_name, "service_name": self.args.service_name}
        try:
            return get(**service, **path, opts=pulumi.InvokeOptions(parent=self.parent))
        except Exception as problem:  # noqa: BLE001  a function fails with a plain Exception, also where there is no such resource
            pulumi.log.debug(f"WebSocketApi {self.name!r}: import_existing: {problem}", self.parent)
            return None


def _imported(id_: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(import_=id_, retain_on_delete=True)
