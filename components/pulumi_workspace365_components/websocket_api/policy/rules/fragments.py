"""Fragments, named values and backends: what they may hold, and whether they are there."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.backends import Backend, ids_in
from pulumi_workspace365_components.websocket_api.policy.handshake import SECTIONS
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue, holds_reference, names_in
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, example, rule

_FRAGMENTS = "policy-fragments, Limitations"
_VALUES = "api-management-howto-properties (named values)"
_INCLUDE = '<include-fragment fragment-id="a" />'
_BACKEND = Backend("main", "wss://chat.example.com")
_GOOD = {"a": '<fragment><set-variable name="a" value="b" /></fragment>'}


@rule(
    "fragment-nesting",
    "error",
    "A fragment includes another fragment.",
    remedy="Include both in the policy, one after the other.",
    source=_FRAGMENTS,
    fails=example(_INCLUDE, fragments={"a": '<fragment><include-fragment fragment-id="b" /></fragment>'}),
    passes=example(_INCLUDE, fragments=_GOOD),
)
def fragment_nesting(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("include-fragment"):
        if located.fragment is not None:
            yield located.path, "A fragment cannot include a fragment."


@rule(
    "fragment-sections",
    "error",
    "A fragment contains <base /> or a section.",
    remedy="Keep only policies in the fragment; place base() in the policy.",
    source=_FRAGMENTS,
    fails=example(_INCLUDE, fragments={"a": "<fragment><inbound><base /></inbound></fragment>"}),
    passes=example(_INCLUDE, fragments=_GOOD),
)
def fragment_sections(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("base", *SECTIONS):
        if located.fragment is not None or located.name in SECTIONS:
            yield located.path, f"<{located.name}> is not allowed here."


@rule(
    "fragment-missing",
    "advice",
    "A fragment that is not deployed with the handshake: it must already be in the service, and its content is not checked.",
    remedy="Give it in fragments=[…], or make sure that it is deployed before.",
    source=_FRAGMENTS,
    fails=_INCLUDE,
    passes=example(_INCLUDE, fragments=_GOOD),
)
def fragment_missing(subject: RuleContext) -> Iterator[Problem]:
    declared = {fragment.id for fragment in subject.handshake.fragments}
    for located in subject.statements("include-fragment"):
        name = located.element.literal("fragment-id")
        if name and name not in declared and located.fragment is None:
            yield located.path, f"The fragment {name!r:.90} is not among the handshake's fragments."


@rule(
    "fragment-unused",
    "advice",
    "A fragment of the handshake is never included.",
    remedy="Include it with include_fragment(), or leave it out.",
    source=_FRAGMENTS,
    fails=example("", fragments=_GOOD),
    passes=example(_INCLUDE, fragments=_GOOD),
)
def fragment_unused(subject: RuleContext) -> Iterator[Problem]:
    includes = [located.element.get("fragment-id") for located in subject.statements("include-fragment")]
    for fragment in subject.handshake.fragments:
        if fragment.id not in includes and all(isinstance(name, str) for name in includes):
            yield f"fragment[{fragment.id}]", f"Nothing includes the fragment {fragment.id!r}."


@rule(
    "named-value-missing",
    "advice",
    "A named value that is not deployed with the handshake: it must already be in the service, or the deployment is refused.",
    remedy="Give it in named_values=[…], or make sure that it is deployed before.",
    source=_VALUES,
    fails='<set-header name="X-Key"><value>{{backend-key}}</value></set-header>',
    passes=example(
        '<set-header name="X-Key"><value>{{backend-key}}</value></set-header>', named_values=(NamedValue("backend-key", "k"),)
    ),
)
def named_value_missing(subject: RuleContext) -> Iterator[Problem]:
    declared = {item.name for item in subject.handshake.named_values}
    for path, where, text, _ in subject.texts:
        for name in dict.fromkeys(names_in(text)):
            if name not in declared:
                yield path, f"{where} uses the named value {name!r:.90}, which is not among the handshake's."
    for name in dict.fromkeys(_in_backends(subject)):
        if name not in declared:
            yield "", f"A backend uses the named value {name!r:.90}, which is not among the handshake's."


@rule(
    "named-value-unused",
    "advice",
    "A named value of the handshake is never used.",
    remedy="Use it with named_value(), or leave it out.",
    source=_VALUES,
    fails=example("", named_values=(NamedValue("backend-key", "k"),)),
    passes=example(
        '<set-header name="X-Key"><value>{{backend-key}}</value></set-header>', named_values=(NamedValue("backend-key", "k"),)
    ),
)
def named_value_unused(subject: RuleContext) -> Iterator[Problem]:
    used = {name for _, _, text, _ in subject.texts for name in names_in(text)} | {*_in_backends(subject)}
    for item in subject.handshake.named_values:
        if item.name not in used and not subject.handshake.deferred():
            yield "", f"Nothing uses the named value {item.name!r}."


@rule(
    "named-value-nested",
    "error",
    "A named value contains another named value.",
    remedy="Put the whole text into one named value, or both references into the policy.",
    source=_VALUES,
    fails=example(
        '<set-header name="X-Key"><value>{{a}}</value></set-header>',
        named_values=(NamedValue("a", "{{b}}"), NamedValue("b", "k")),
    ),
    passes=example('<set-header name="X-Key"><value>{{a}}</value></set-header>', named_values=(NamedValue("a", "k"),)),
)
def named_value_nested(subject: RuleContext) -> Iterator[Problem]:
    for item in subject.handshake.named_values:
        if isinstance(item.value, str) and holds_reference(item.value):
            yield "", f"The named value {item.name!r} refers to another named value, which is not replaced."


@rule(
    "backend-unused",
    "advice",
    "A backend of the handshake is never selected.",
    remedy="Select it with set_backend_service(backend_id=…), or leave it out.",
    source="set-backend-service-policy; backends",
    fails=example("", backends=(_BACKEND,)),
    passes=example('<set-backend-service backend-id="main" />', backends=(_BACKEND,)),
)
def backend_unused(subject: RuleContext) -> Iterator[Problem]:
    statements = [place.element for place in subject.statements("set-backend-service")]
    used = {name for node in statements for name in ids_in(node)}
    for item in subject.handshake.backends:
        if item.name not in used and not subject.handshake.deferred():
            yield f"backend[{item.name}]", f"No policy selects the backend {item.name!r}."


def _in_backends(subject: RuleContext) -> Iterator[str]:
    """The named values that backends refer to."""
    for backend in subject.handshake.backends:
        for text in backend.texts():
            yield from names_in(text) if isinstance(text, str) else ()
