"""Child elements of each element, against the reference."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.rules.attributes import PAGES
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

_NEVER_EMPTY = ("limit-concurrency", "retry", "wait")


@rule(
    "child-unknown",
    "error",
    "The policy does not allow an element or a text in this place.",
    remedy="Check the spelling and the nesting on the policy's page.",
    source=PAGES,
    fails='<choose><set-variable name="a" value="b" /></choose>',
    passes='<choose><when condition="@(true)"><set-variable name="a" value="b" /></when></choose>',
)
def child_unknown(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        allowed = {child.name for child in shape.children}
        if shape.holds != "policies":
            yield from (
                (path, f"<{node.name}> does not allow <{child.name:.40}>.")
                for child in node.children
                if child.name not in allowed
            )
        if shape.holds != "text" and _has_text(node) and not shape.or_text:
            yield path, f"<{node.name}> does not allow text."


@rule(
    "child-count",
    "error",
    "There are too few or too many child elements of one name.",
    remedy="Use the number that the policy's page requires.",
    source=PAGES,
    fails='<ip-filter action="allow" />',
    passes='<ip-filter action="allow"><address-range from="192.0.2.1" to="192.0.2.9" /></ip-filter>',
)
def child_count(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        if shape.or_text and _has_text(node):
            continue
        counts = Counter(child.name for child in node.children)
        for child in shape.children:
            if counts[child.name] < child.least:
                yield path, f"<{node.name}> needs at least {child.least} <{child.name}>."
            elif child.most is not None and counts[child.name] > child.most:
                yield path, f"<{node.name}> takes at most {child.most} <{child.name}>, not {counts[child.name]}."
        if shape.some_child and not node.children:
            yield path, f"<{node.name}> needs at least one of {', '.join(f'<{child.name}>' for child in shape.children)}."


@rule(
    "child-text",
    "warning",
    "A policy contains text, although its page describes child elements only; an official sample contains text too.",
    remedy="Write the text as the page describes; for trace, in <message>.",
    source="trace-policy, Elements; Azure/api-management-policy-snippets, Log errors to Stackify",
    fails='<trace source="rooms">closed</trace>',
    passes='<trace source="rooms"><message>closed</message></trace>',
)
def child_text(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        if shape.or_text and _has_text(node):
            yield path, f"<{node.name}> has text of its own, which its page does not describe."


@rule(
    "empty-block",
    "warning",
    "A policy that runs other policies is empty.",
    remedy="Add policies to it, or remove it.",
    source="retry-policy, wait-policy and limit-concurrency-policy, Elements",
    fails='<limit-concurrency key="rooms" max-count="3" />',
    passes='<limit-concurrency key="rooms" max-count="3"><set-variable name="a" value="b" /></limit-concurrency>',
)
def empty_block(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements(*_NEVER_EMPTY):
        if not located.element.children:
            yield located.path, f"<{located.name}> contains no policy."


@rule(
    "child-order",
    "warning",
    "Child elements stand in another order than in the policy's statement. Whether the service refuses that is not certain: "
    "Microsoft's own policy toolkit writes those of validate-azure-ad-token in another one.",
    remedy="Put them in the order of the policy's page; the builders do.",
    source="every policy page: 'Set the policy's elements and child elements in the order provided in the policy statement'; "
    "Azure/azure-api-management-policy-toolkit",
    fails=(
        '<validate-jwt header-name="Authorization"><audiences><audience>chat</audience></audiences>'
        '<openid-config url="https://login.example.com/.well-known/openid-configuration" /></validate-jwt>'
    ),
    passes=(
        '<validate-jwt header-name="Authorization"><openid-config url="https://login.example.com/.well-known/openid-configuration" />'
        "<audiences><audience>chat</audience></audiences></validate-jwt>"
    ),
)
def child_order(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        order = {child.name: index for index, child in enumerate(shape.children)}
        ranks = [(order[child.name], child.name) for child in node.children if child.name in order]
        late = next((after for before, after in pairwise(ranks) if after[0] < before[0]), None)
        if late and not shape.any_order:
            yield path, f"<{late[1]}> comes too late in <{node.name}>; the order is {', '.join(order)}."


@rule(
    "wait-children",
    "error",
    "wait contains policies other than send-request, cache-lookup-value and choose.",
    remedy="Put the other policies before or after it, or inside a choose.",
    source="wait-policy, Elements",
    fails='<wait><set-variable name="a" value="b" /></wait>',
    passes='<wait><send-request response-variable-name="a"><set-url>https://a.example.com</set-url><set-method>GET</set-method></send-request></wait>',
)
def wait_children(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements():
        if (
            located.parents
            and located.parents[-1].name == "wait"
            and located.name not in {"send-request", "cache-lookup-value", "choose"}
        ):
            yield located.path, f"<wait> cannot run <{located.name}>."


def _has_text(node: Element) -> bool:
    return len(node.children) != len(node.content)
