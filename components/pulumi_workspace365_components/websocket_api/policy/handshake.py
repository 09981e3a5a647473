"""The policy of ``onHandshake``: four sections, what they need deployed beside them, and values that are known later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from functools import cached_property
from typing import Any

from pulumi_workspace365_components.websocket_api.policy import backends as addresses
from pulumi_workspace365_components.websocket_api.policy import named_values as references
from pulumi_workspace365_components.websocket_api.policy import parsing, rendering
from pulumi_workspace365_components.websocket_api.policy.ast import Deferred, Element, Leaf, is_deferred, map_leaves
from pulumi_workspace365_components.websocket_api.policy.backends import Backend
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement, locate_elements
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue
from pulumi_workspace365_components.websocket_api.policy.test_cases import Client, Probe, probes

SECTIONS = {"inbound": "inbound", "backend": "backend", "outbound": "outbound", "on-error": "on_error"}
"""The sections by their XML names, with the fields that hold them."""
_BASE = Element("base")

Values = Mapping[Any, object] | Sequence[object] | Callable[[Deferred], object]
"""Values for deferred ones: by the deferred object, in the order of ``deferred()``, or by a function."""


@dataclass(frozen=True)
class Handshake:
    """The policies that run when a client opens a WebSocket.

    ``<base />``, which runs the policies of the product and of all APIs, is put first in a section that does not place it
    itself; in ``backend`` last, and not beside ``forward_request()``. ``inherit=False`` leaves every section as it is given.

    Args:
        inbound: before the backend is called: who may connect, and where to.
        backend: how the backend is called.
        outbound: on the way back to the client.
        on_error: when a policy failed.
        named_values: deployed before the policy.
        fragments: deployed before the policy.
        backends: deployed before the policy.
        inherit: whether ``<base />`` is added where it is missing.

    Raises:
        PolicyError: a section holds something else than elements, or two named values, fragments or backends share a name.
    """

    inbound: Sequence[Element] = ()
    backend: Sequence[Element] = ()
    outbound: Sequence[Element] = ()
    on_error: Sequence[Element] = ()
    named_values: Sequence[NamedValue] = ()
    fragments: Sequence[Fragment] = ()
    backends: Sequence[Backend] = ()
    inherit: InitVar[bool] = True

    def __post_init__(self, inherit: bool) -> None:
        for name, field in SECTIONS.items():
            section = _elements(getattr(self, field), name)
            object.__setattr__(self, field, _with_base(section, name) if inherit else section)
        object.__setattr__(self, "named_values", _unique(self.named_values, lambda item: item.name, "named value"))
        object.__setattr__(self, "fragments", _unique(self.fragments, lambda item: item.id, "fragment"))
        object.__setattr__(self, "backends", _unique(self.backends, lambda item: item.name, "backend"))

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        format: parsing.Format | None = None,  # noqa: A002  API Management calls it so
        named_values: Sequence[NamedValue] = (),
        fragments: Sequence[Fragment] = (),
        backends: Sequence[Backend] = (),
    ) -> "Handshake":
        """A handshake from a policy document, ``<policies>…</policies>``, in format ``xml`` or ``rawxml``. Comments are dropped.

        Args:
            text: the document.
            format: its format; None: ``xml``, or ``rawxml`` where it is not well-formed as such.
            named_values: deployed before the policy.
            fragments: deployed before the policy.
            backends: deployed before the policy.

        Raises:
            PolicyError: the text is not well-formed, its root is another element, or a section is unknown or given twice.
        """
        root = parsing.parse(text, format)
        if root.name != "policies":
            raise PolicyError(f"The root element is <{root.name:.40}>; a policy document begins with <policies>.")
        sections: dict[str, Sequence[Element]] = {}
        for section in root.content:
            if not isinstance(section, Element) or section.name not in SECTIONS or SECTIONS[section.name] in sections:
                what = f"<{section.name:.40}>" if isinstance(section, Element) else "text"
                raise PolicyError(
                    f"{what} in <policies>: it holds <inbound>, <backend>, <outbound> and <on-error>, each once, and no text."
                )
            if len(section.children) != len(section.content):
                raise PolicyError(f"Text in <{section.name}>: a section holds policies only.")
            sections[SECTIONS[section.name]] = section.children
        return cls(**sections, named_values=named_values, fragments=fragments, backends=backends, inherit=False)

    @cached_property
    def _xml(self) -> str:
        return rendering.xml(self.document)

    @property
    def document(self) -> Element:
        """The tree under ``<policies>``, all four sections."""
        return Element("policies", (), tuple(Element(name, (), items) for name, items in self.sections().items()))

    def sections(self) -> dict[str, tuple[Element, ...]]:
        """The sections' statements by the sections' XML names."""
        return {name: tuple(getattr(self, field)) for name, field in SECTIONS.items()}

    def located_elements(self) -> tuple[LocatedElement, ...]:
        """Every element with its place, in the order of execution; what the rules and the probes look at."""
        return locate_elements(self.sections(), self.fragments)

    def secret_query_parameters(self) -> list[str]:
        """Query parameters in which clients send tokens, for the diagnostics to mask."""
        names = [located.element.literal("query-parameter-name") for located in self.located_elements() if located.statement]
        return sorted({name for name in names if name})

    def probes(self, client: Client | None = None, *, most_attempts: int = 100) -> list[Probe]:
        """Attempts that prove the policy: good ones that must end in 101, and those that must be refused, with their status.

        See :func:`probes.probes`.
        """
        return probes(self.located_elements(), client or Client(), most_attempts=most_attempts)

    def xml(self) -> str:
        """What is deployed, in format ``xml``. Raises PolicyError while a value is deferred."""
        return self._xml

    def rawxml(self) -> str:
        """The policy for reading: expressions as written in C#, ``…`` for what is not known yet."""
        return rendering.rawxml(self.document)

    def deferred(self) -> list[Deferred]:
        """The values of the policy and its fragments that are not known yet, each once, in document order.

        ``pulumi.Output.all(*handshake.deferred()).apply(lambda values: handshake.resolve(values).xml())`` is the policy.
        Values of named values are not among them: they never stand in the policy.
        """
        roots = [self.document, *(fragment.document for fragment in self.fragments)]
        return list({id(value): value for root in roots for value in root.leaves() if is_deferred(value)}.values())

    def resolve(self, values: Values) -> "Handshake":
        """The handshake with its deferred values replaced.

        Args:
            values: a list in the order of :meth:`deferred`, a mapping from deferred object to value, or a function. What a
                mapping leaves out stays deferred.

        Raises:
            PolicyError: a list has another length, or a value is neither text, number nor truth value.
        """
        find = _lookup(self.deferred(), values)
        return self._mapped(lambda node: map_leaves(node, lambda value: find(value) if is_deferred(value) else value))

    def prefixed(self, prefix: str) -> "Handshake":
        """The handshake with its own named values, fragments and backends renamed to ``prefix + name``, everywhere they are used.

        Handshakes of several APIs share one service: with a prefix of their own they do not share its names. Values that are
        still deferred are not searched, so resolve first.
        """
        names = {item.name: prefix + item.name for item in self.named_values}
        ids = {item.id: prefix + item.id for item in self.fragments}
        urls = {item.name: prefix + item.name for item in self.backends}
        changed = self._mapped(
            lambda node: addresses.rename_references(_including(references.rename_references(node, names), ids), urls)
        )
        return replace(
            changed,
            named_values=[replace(item, name=names[item.name]) for item in changed.named_values],
            fragments=[replace(item, id=ids[item.id]) for item in changed.fragments],
            backends=[replace(item, name=urls[item.name]) for item in changed.backends],
            inherit=False,
        )

    def _mapped(self, change: Callable[[Element], Element]) -> "Handshake":
        sections: dict[str, Any] = {field: [change(node) for node in getattr(self, field)] for field in SECTIONS.values()}
        fragments = [item.with_policies([change(node) for node in item.policies]) for item in self.fragments]
        return replace(self, **sections, fragments=fragments, inherit=False)


def combine(*handshakes: Handshake) -> Handshake:
    """One handshake that does what all of them do, in their order. Each section keeps the ``<base />`` of the first that has one.

    In ``backend``, a ``forward_request()`` of any of them takes the place of ``<base />``: a request is forwarded once.

    Raises:
        PolicyError: two of them define the same named value, fragment or backend differently.
    """
    joined: dict[str, Any] = {}
    for field in SECTIONS.values():
        items = [node for handshake in handshakes for node in getattr(handshake, field)]
        forwards = field == "backend" and any(below.name == "forward-request" for node in items for below in node.walk())
        joined[field] = [node for at, node in enumerate(items) if node != _BASE or (items.index(_BASE) == at and not forwards)]
    named = dict.fromkeys(item for handshake in handshakes for item in handshake.named_values)
    fragments = dict.fromkeys(item for handshake in handshakes for item in handshake.fragments)
    backends = [item for handshake in handshakes for item in handshake.backends]
    distinct = [item for at, item in enumerate(backends) if item not in backends[:at]]
    return Handshake(**joined, named_values=list(named), fragments=list(fragments), backends=distinct, inherit=False)


def _elements(items: Sequence[Element], section: str) -> tuple[Element, ...]:
    if isinstance(items, str | Element) or not all(isinstance(item, Element) for item in items):
        raise PolicyError(f"{section}: give a list of policies, as the builders and raw() make them.")
    return tuple(items)


def _with_base(section: tuple[Element, ...], name: str) -> tuple[Element, ...]:
    names = {node.name for item in section for node in item.walk()}
    if "base" in names or (name == "backend" and "forward-request" in names):
        return section
    return (*section, _BASE) if name == "backend" else (_BASE, *section)


def _unique(items: Sequence[Any], key: Callable[[Any], str], kind: str) -> tuple[Any, ...]:
    names = [key(item) for item in items]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise PolicyError(f"The handshake has more than one {kind} called {', '.join(doubled)}; give each a name of its own.")
    return tuple(items)


def _lookup(deferred: list[Deferred], values: Values) -> Callable[[Deferred], Leaf]:
    if callable(values):
        return lambda value: _require_known(values(value))
    if isinstance(values, Mapping):
        found = {id(key): value for key, value in values.items()}
    elif len(values) == len(deferred):
        found = {id(key): value for key, value in zip(deferred, values, strict=True)}
    else:
        raise PolicyError(
            f"The handshake has {len(deferred)} deferred values, not {len(values)}; give them in the order of deferred()."
        )
    return lambda value: _require_known(found.get(id(value), value))


def _require_known(value: object) -> Leaf:
    if value is None:
        raise PolicyError("A deferred value of the handshake turned out to be missing (None); give it a value.")
    resolved: Any = value
    return resolved  # type: ignore[no-any-return]  # Element checks and converts it


def _including(node: Element, ids: Mapping[str, str]) -> Element:
    content = tuple(_including(item, ids) if isinstance(item, Element) else item for item in node.content)
    attributes = node.attributes
    if node.name == "include-fragment":
        attributes = tuple((name, ids.get(value, value) if isinstance(value, str) else value) for name, value in attributes)
    return Element(node.name, attributes, content)
