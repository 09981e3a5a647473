"""One after the other: the service locks an API while something of it is changed, and refuses (409) what comes meanwhile."""

from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

_Resource = TypeVar("_Resource", bound=pulumi.CustomResource)


@dataclass
class WriteSerializer:
    """The resources of one API in the order in which the program names them; azure-native does not try a 409 again.

    The program waits. A dependency would be kept in the state, where nothing can then be taken out without all that comes behind it.
    """

    previous: pulumi.Output[Any]
    """Known once the next resource may be written: once the one before, at first the API, is there and its id is its own."""

    def after_previous(self, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """The same value, once the resource before is there; it fails where that has failed, or has another's id."""
        previous = self.previous

        async def there() -> None:
            await previous.future()

        before: pulumi.Output[None] = pulumi.Output.from_input(there())
        return pulumi.Output.all(value, before).apply(lambda both: str(both[0]))

    def register(self, resource: _Resource, compared: pulumi.Output[None]) -> _Resource:
        """The resource is the last one now; ``compared`` is what ``RecordedIds.expect`` returned for it."""
        self.previous = compared
        return resource
