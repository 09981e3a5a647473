"""What the service answers as the id of a resource is what Pulumi deletes later: it has to be the resource's own path."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs

_REVISION = re.compile(r";rev=\d+")


@dataclass(frozen=True)
class RecordedIds:
    """Compares the ids of an API's resources with their paths, each once it is known.

    Args:
        name: the API's resource name, for messages.
        args: the API's arguments.
        checks: one output for each resource, which fails with a ``pulumi.RunError`` where the id is another's.
    """

    name: str
    args: WebSocketApiArgs
    checks: list[pulumi.Output[None]] = field(default_factory=list)

    def expect(self, label: str, resource: pulumi.CustomResource, *path: pulumi.Input[str]) -> pulumi.Output[None]:
        """The resource is at this path below the service: type, name, type, name. Fails, as does ``check``, where it is not."""
        service = (self.args.resource_group_name, self.args.service_name)
        parts = pulumi.Output.all(resource.id, resource.urn, *service, *path)
        check = parts.apply(lambda known: self._compare(label, *known))
        self.checks.append(check)
        return check

    def check(self) -> pulumi.Output[None]:
        """Fails where a comparison of what is expected so far does. Known during a preview as well, when ids may not be."""
        checks = tuple(self.checks)

        async def wait() -> None:
            for check in checks:
                await check.future()

        return pulumi.Output.from_input(wait())

    def _compare(self, label: str, id_: str, urn: str, group: str, service: str, *path: str) -> None:
        own = "/".join(["", "resourceGroups", group, "providers/Microsoft.ApiManagement/service", service, *path])
        if not _folded(id_).endswith(_folded(own)):
            raise pulumi.RunError(
                f"WebSocketApi {self.name!r}: the service gave the {label} the id {id_}, which is not its own path …{own}, so a later "
                f"run could delete what has that id: run `pulumi state delete '{urn}'` first, and leave it out of the program."
            )


def _folded(id_: str) -> str:
    """Ids are compared without case, as the service does."""
    return _REVISION.sub("", unquote(id_)).casefold()
