"""Sections: where <base /> stands, and whether the handshake reaches the backend."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

_POLICIES_PAGE = "set-edit-policies, Use base element to set policy evaluation order"


@rule(
    "missing-base",
    "advice",
    "A section without <base /> skips the policies of the product and of all APIs, such as their access rules.",
    remedy="Add base() where the inherited policies should run, or omit it on purpose.",
    source=_POLICIES_PAGE,
    fails="<policies><inbound /><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>",
    passes="<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>",
)
def missing_base(subject: RuleContext) -> Iterator[Problem]:
    present = {located.section for located in subject.statements("base")}
    for section in ("inbound", "outbound", "on-error"):
        if section not in present:
            yield section, f"<{section}> has no <base />: inherited policies do not run there."


@rule(
    "base-placement",
    "warning",
    "<base /> is used twice in a section, or inside another policy.",
    remedy="Put it once into the section itself.",
    source=_POLICIES_PAGE,
    fails='<choose><when condition="@(true)"><base /></when></choose>',
    passes="",
)
def base_placement(subject: RuleContext) -> Iterator[Problem]:
    sections: set[str | None] = set()
    for located in subject.statements("base"):
        if located.fragment is not None:
            continue
        if located.parents:
            yield located.path, f"<base /> is inside <{located.parents[-1].name}>."
        elif located.section in sections:
            yield located.path, f"<base /> is used again in <{located.section}>; inherited policies would run twice."
        sections.add(located.section)


@rule(
    "backend-forwarding",
    "warning",
    "backend does not forward the handshake, or forwards it more than once.",
    remedy="Put either base() or exactly one forward_request() into backend.",
    source="forward-request-policy: 'Removing this policy results in the request not being forwarded to the backend service'",
    fails="<policies><inbound><base /></inbound><backend /></policies>",
    passes='<policies><inbound><base /></inbound><backend><forward-request timeout="20" /></backend></policies>',
)
def backend_forwarding(subject: RuleContext) -> Iterator[Problem]:
    forwarding = [located for located in subject.statements("base", "forward-request") if located.section == "backend"]
    includes = any(located.section == "backend" for located in subject.statements("include-fragment"))
    if not forwarding and not includes:
        yield "backend", "Nothing forwards the handshake to the backend."
    if sum(located.always_runs for located in forwarding) > 1:
        yield "backend", "The handshake would be forwarded more than once."


@rule(
    "unreachable",
    "warning",
    "Policies after an unconditional return-response never run.",
    remedy="Put return-response last, or into a choose.",
    source="return-response-policy: 'cancels pipeline execution'",
    fails='<return-response><set-status code="403" reason="Closed" /></return-response><set-variable name="a" value="b" />',
    passes='<set-variable name="a" value="b" /><return-response><set-status code="403" reason="Closed" /></return-response>',
)
def unreachable(subject: RuleContext) -> Iterator[Problem]:
    ended: LocatedElement | None = None
    for located in subject.statements():
        if ended and located.section == ended.section and not located.is_inside("return-response"):
            yield located.path, f"<{located.name}> follows a <return-response> that always ends the handshake."
            ended = None
        if located.name == "return-response" and located.always_runs:
            ended = located
