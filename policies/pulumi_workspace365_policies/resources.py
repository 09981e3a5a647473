"""Resources as policies see them: of both fronts, under one set of names, and with values that a preview does not know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

ENVIRONMENT = "Environment"
SIGN_ON = "OAuth2SignOn"
CONNECTIVITY_CHECK = "ConnectivityCheck"
_FRONTS = re.compile(r"(?:pulumi-python:dynamic/(?:workspace365|apim)|workspace365:index):(?P<kind>\w+)")
_AZURE = re.compile(r"azure-native:apimanagement(?:/v\w+)?:(?P<kind>\w+)")


class Unknown(Enum):
    """A value that is known only after the preview."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(eq=False)
class Resource:
    """A resource.

    Attributes:
        kind: the class of a resource of Workspace 365, such as ``OAuth2SignOn``; empty for others.
        azure_kind: the class of a resource of API Management, of any version; empty for others.
        protect: Pulumi's own option.
        parent: the URN of a component, or empty.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    protect: bool = False
    parent: str = ""
    dependencies: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, given: ResourceValidationArgs | PolicyResource) -> "Resource":
        """What Pulumi hands to a policy, for a resource or for a stack."""
        parent = getattr(given, "parent", None)
        return cls(
            given.resource_type,
            given.name,
            given.urn,
            given.props,
            bool(given.opts.protect),
            parent.urn if parent is not None and parent.resource_type != "pulumi:pulumi:Stack" else "",
            tuple(item.urn for item in getattr(given, "dependencies", ())),
        )

    @property
    def kind(self) -> str:
        return _kind(_FRONTS, self.type)

    @property
    def azure_kind(self) -> str:
        return _kind(_AZURE, self.type)

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return self.urn.partition("::")[0].removeprefix("urn:pulumi:")

    def value(self, name: str) -> Any:
        """A property by its name in Python; ``None`` if it is not set, ``UNKNOWN`` if the preview does not know it."""
        for spelling in (name, _camel(name)):
            try:
                found = self.properties.get(spelling)
            except UnknownValueError:
                return UNKNOWN
            if found is not None:
                return found
        return None


def _kind(pattern: re.Pattern[str], token: str) -> str:
    found = pattern.fullmatch(token)
    return found["kind"] if found else ""


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
