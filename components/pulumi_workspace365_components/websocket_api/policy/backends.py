"""Backends that API Management stores under a name, with credentials that the gateway adds to each request."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Leaf, Text
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_QUOTED = re.compile(r'"([A-Za-z0-9_-]{1,80})"')
_STATEMENT, _ATTRIBUTE = "set-backend-service", "backend-id"


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend that is deployed with the handshake, before its policy. ``set_backend_service(backend_id=…)`` selects it.

    Pools, circuit breakers and TLS settings are not supported; docs/websocket-api.md (Backends) gives the reasons.

    Args:
        name: the value of ``backend_id``; at most 80 letters, digits, ``_`` and ``-``.
        url: ``ws://…`` or ``wss://…``.
        headers: headers that the gateway adds. Values may contain ``{{named values}}``. Not shown in any representation.
        query: query parameters that the gateway adds, likewise.
        description: shown in the portal.

    Raises:
        PolicyError: the name or the URL is not of that form.
    """

    name: str
    url: Text
    headers: Mapping[str, Text] = field(default_factory=dict)
    query: Mapping[str, Text] = field(default_factory=dict)
    description: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise PolicyError(f"{self.name!r:.80} cannot name a backend; use letters, digits, '_' and '-', at most 80.")
        if isinstance(self.url, str) and not _is_socket(self.url):
            raise PolicyError(f"Backend {self.name!r}: its url begins with ws:// or wss:// and has a host.")

    def __repr__(self) -> str:
        """Without the credentials."""
        return f"Backend({self.name!r})"

    def texts(self) -> Iterator[Text]:
        """The values that may refer to named values."""
        yield from self.headers.values()
        yield from self.query.values()


def ids_in(node: Element) -> Iterator[str]:
    """The backends that the policies of a tree select; in an expression, every quoted name."""
    for below in node.walk():
        value = below.literal(_ATTRIBUTE) if below.name == _STATEMENT else None
        if value is not None:
            yield from _QUOTED.findall(value) if value.lstrip().startswith("@") else [value]


def rename_references(node: Element, names: Mapping[str, str]) -> Element:
    """The tree with its references to backends renamed, also in expressions; other references stay."""
    content = tuple(rename_references(item, names) if isinstance(item, Element) else item for item in node.content)
    attributes = node.attributes
    if node.name == _STATEMENT:
        attributes = tuple((name, _renamed(value, names) if name == _ATTRIBUTE else value) for name, value in attributes)
    return Element(node.name, attributes, content)


def _renamed(value: Leaf, names: Mapping[str, str]) -> Leaf:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("@"):
        return _QUOTED.sub(lambda found: f'"{names.get(found[1], found[1])}"', value)
    return names.get(value, value)


def _is_socket(url: str) -> bool:
    scheme, _, rest = url.partition("://")
    return scheme.lower() in {"ws", "wss"} and bool(re.split(r"[/?#]", rest, maxsplit=1)[0])
