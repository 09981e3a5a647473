"""One after the other: the service locks an API while something of it is changed, and refuses (409) what comes meanwhile."""

from dataclasses import dataclass
from typing import TypeVar

import pulumi

_Resource = TypeVar("_Resource", bound=pulumi.CustomResource)


@dataclass
class WriteSerializer:
    """The resources of one API in the order in which the program names them; azure-native does not try a 409 again.

    The program waits. A dependency would be kept in the state, where nothing can then be taken out without all that comes behind it.
    """

    _last: pulumi.CustomResource | None = None

    def after_previous(self, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """The same value, once the resource before is there."""
        last = self._last
        if last is None:
            return value

        async def there() -> str:
            return await last.id.future() or ""

        before: pulumi.Output[str] = pulumi.Output.from_input(there())
        return pulumi.Output.all(value, before).apply(lambda both: str(both[0]))

    def register(self, resource: _Resource) -> _Resource:
        """The resource is the last one now."""
        self._last = resource
        return resource
