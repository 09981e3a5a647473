"""A rule: a function of a context, with its documentation and two examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Text
from pulumi_workspace365_components.websocket_api.policy.backends import Backend
from pulumi_workspace365_components.websocket_api.policy.expressions import is_expression
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue
from pulumi_workspace365_components.websocket_api.policy.rules.finding import Finding, Severity
from pulumi_workspace365_components.websocket_api.policy.schema import Shape


@dataclass(frozen=True)
class RuleContext:
    """What is judged: a handshake, its places, and what is known of the API and the service around it."""

    handshake: Handshake
    elements: tuple[LocatedElement, ...]
    sku: Text | None = None
    service_url: Text | None = None
    browsers: bool | None = None
    subscription_required: bool | None = None
    inherited: tuple[Element, ...] = ()

    @cached_property
    def texts(self) -> tuple[tuple[str, str, str, bool | None], ...]:
        """Every known value: path, what holds it, the value, and whether an expression may stand there (None: sources differ)."""
        return tuple(_texts(self.elements))

    @cached_property
    def expressions(self) -> tuple[tuple[str, str, str], ...]:
        """Every value that the service takes as an expression: path, what holds it, the expression."""
        return tuple((path, where, value.strip()) for path, where, value, _ in self.texts if is_expression(value))

    @cached_property
    def described(self) -> tuple[tuple[str, Element, Shape], ...]:
        """The elements that the reference describes, with their paths."""
        shapes = ((located, located.shape) for located in self.elements)
        return tuple((located.path, located.element, shape) for located, shape in shapes if shape and shape.holds != "anything")

    @cached_property
    def _statements(self) -> dict[str, list[tuple[int, LocatedElement]]]:
        found: dict[str, list[tuple[int, LocatedElement]]] = {}
        for position, located in enumerate(self.elements):
            if located.statement:
                found.setdefault(located.name, []).append((position, located))
        return found

    def statements(self, *names: str) -> Iterator[LocatedElement]:
        """The policies of these names, or all, in order of execution."""
        if not names:
            return (located for located in self.elements if located.statement)
        found = [pair for name in names for pair in self._statements.get(name, ())]
        return (located for _, located in sorted(found, key=itemgetter(0)))


def _texts(elements: Iterable[LocatedElement]) -> Iterator[tuple[str, str, str, bool | None]]:
    for located in elements:
        schema_attributes = located.shape.attributes if located.shape else {}
        for name, value in located.element.attributes:
            if isinstance(value, str):
                yield (
                    located.path,
                    f"{name} of <{located.name}>",
                    value,
                    name not in schema_attributes or schema_attributes[name].expression,
                )
        for item in located.element.content:
            if isinstance(item, str) and located.element.literal("template") is None:
                yield located.path, f"the text of <{located.name}>", item, not located.shape or located.shape.text_expression


@dataclass(frozen=True, slots=True)
class Example:
    """A policy for a rule to find wanting, or to pass: statements of ``inbound``, or a document when it begins with ``<policies>``."""

    xml: str
    fragments: Mapping[str, str] = field(default_factory=dict)
    named_values: Sequence[NamedValue] = ()
    context: Mapping[str, object] = field(default_factory=dict)
    backends: Sequence[Backend] = ()

    def handshake(self) -> Handshake:
        """The example as a handshake."""
        document = self.xml.startswith("<policies")
        text = self.xml if document else f"<policies><inbound><base />{self.xml}</inbound><backend><base /></backend></policies>"
        fragments = [Fragment.parse(name, body) for name, body in self.fragments.items()]
        return Handshake.parse(text, named_values=self.named_values, fragments=fragments, backends=self.backends)


def example(
    xml: str,
    *,
    fragments: Mapping[str, str] | None = None,
    named_values: Sequence[NamedValue] = (),
    backends: Sequence[Backend] = (),
    **context: object,
) -> Example:
    """An example; the other arguments are those of ``validate``."""
    return Example(xml, fragments or {}, named_values, context, backends)


Problem = tuple[str, str]
"""Where, and what is wrong."""
Search = Callable[[RuleContext], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``source`` names the page that the rule comes from; ``fails`` and ``passes`` are tried in the tests and shown in the docs."""

    id: str
    severity: Severity
    summary: str
    remedy: str
    source: str
    fails: Example
    passes: Example
    search: Search

    def findings(self, subject: RuleContext) -> Iterator[Finding]:
        """What the rule finds."""
        for path, message in self.search(subject):
            yield Finding(self.id, self.severity, path, message, self.remedy)


def rule(
    id: str,  # noqa: A002  the rule's id is called so everywhere
    severity: Severity,
    summary: str,
    *,
    remedy: str,
    source: str,
    fails: Example | str,
    passes: Example | str,
) -> Callable[[Search], Rule]:
    """Makes a rule of the function below."""

    def make(search: Search) -> Rule:
        return Rule(id, severity, summary, remedy, source, _example(fails), _example(passes), search)

    return make


def _example(given: Example | str) -> Example:
    return given if isinstance(given, Example) else Example(given)
