"""One after the other: the service locks an API while something of it is changed, and refuses (409) what comes meanwhile."""

from dataclasses import dataclass, field
from typing import TypeVar

import pulumi

_Resource = TypeVar("_Resource", bound=pulumi.Resource)


@dataclass
class Turns:
    """The resources of one API in the order in which the program names them. azure-native does not try a 409 again."""

    _last: list[pulumi.Resource] = field(default_factory=list)

    def wait(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """The options of a resource, which is made when the one before it is there."""
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(self._last)))

    def took(self, resource: _Resource) -> _Resource:
        """The resource is the last one now."""
        self._last = [resource]
        return resource
