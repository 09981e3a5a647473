"""Policy expressions: where they may stand, and whether they can be C#."""

import re
from collections.abc import Iterator
from itertools import islice

from pulumi_workspace365_components.websocket_api.policy.expressions import (
    BrokenExpression,
    closing_bracket,
    is_expression,
    parse_expression,
)
from pulumi_workspace365_components.websocket_api.policy.named_values import holds_reference
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

_STARTS = re.compile(r"@[({]")
_FEW, _LONGEST = 8, 20_000  # so that a text of nothing else takes no time
_EXPRESSIONS = "api-management-policy-expressions, Syntax"


@rule(
    "expression-not-allowed",
    "error",
    "A policy expression is used for a value that must be a literal.",
    remedy="Write the value itself, or a named value, which is replaced when the policy is deployed.",
    source="the page of each policy, Attributes: 'Policy expressions aren't allowed'",
    fails='<rate-limit calls="@(5)" renewal-period="60" />',
    passes='<rate-limit-by-key calls="@(5)" renewal-period="60" counter-key="@(context.Request.IpAddress)" />',
)
def expression_not_allowed(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value, allowed in subject.texts:
        if allowed is False and is_expression(value):
            yield path, f"{where} does not allow a policy expression."


@rule(
    "expression-doubtful",
    "warning",
    "A policy expression is used for a value that must be a literal according to the reference, while Microsoft's policy toolkit allows both.",
    remedy="Write the value itself, or a named value, which is replaced when the policy is deployed.",
    source="the page of each policy, Attributes; Azure/azure-api-management-policy-toolkit, ExpressionAllowed",
    fails='<authentication-managed-identity resource="https://chat.example.com" client-id="@((string)context.Variables["id"])" />',
    passes='<authentication-managed-identity resource="https://chat.example.com" client-id="{{gateway-identity}}" />',
)
def expression_doubtful(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value, allowed in subject.texts:
        if allowed is None and is_expression(value):
            yield path, f"{where} may not allow a policy expression."


@rule(
    "mixed-expression",
    "error",
    "A value mixes a literal and an expression: the service evaluates an expression only if it is the whole value.",
    remedy='Write one expression, e.g. @("Bearer " + context.Variables["token"]).',
    source="rewrite-uri-policy: 'the whole value must be an expression'; policy-expressions, Syntax",
    fails='<set-header name="Authorization"><value>Bearer @((string)context.Variables["token"])</value></set-header>',
    passes='<set-header name="Authorization"><value>@("Bearer " + (string)context.Variables["token"])</value></set-header>',
)
def mixed_expression(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value, _ in subject.texts:
        if not is_expression(value):
            if any(_is_code(value, found.start()) for found in islice(_STARTS.finditer(value), _FEW)):
                yield path, f"{where} mixes text and an expression; the service would send the expression's source."
        elif _rest(value.strip()):
            yield path, f"{where} continues after the end of its expression."


@rule(
    "broken-expression",
    "error",
    "An expression is empty, or has an unclosed bracket, string or comment.",
    remedy="Close it; build expressions with expression() and statements(), which check it, and values with quoted().",
    source=_EXPRESSIONS,
    fails='<set-variable name="a" value="@(context.Request.IpAddress" />',
    passes='<set-variable name="a" value="@(context.Request.IpAddress)" />',
)
def broken_expression(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value in subject.expressions:
        code = parse_expression(value)
        if code.end is None:
            yield path, f"The expression in {where} cannot be C#: {code.problem}."
        elif not value[2 : code.end - 1].strip():
            yield path, f"The expression in {where} is empty."


@rule(
    "missing-return",
    "error",
    "A multi-statement expression @{…} that returns nothing.",
    remedy="End every path with return …; or write a single expression as @(…).",
    source=_EXPRESSIONS,
    fails='<set-variable name="a" value="@{ var ip = context.Request.IpAddress; }" />',
    passes='<set-variable name="a" value="@{ var ip = context.Request.IpAddress; return ip; }" />',
)
def missing_return(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value in subject.expressions:
        if value.startswith("@{") and not _rest(value) and parse_expression(value).words.isdisjoint({"return", "throw"}):
            yield path, f"The statements in {where} return no value."


@rule(
    "interpolation-braces",
    "advice",
    "A named value inside an interpolated C# string: both API Management and C# interpret {{ and }}.",
    remedy='Concatenate instead: "text" + "{{name}}".',
    source="api-management-howto-properties; C# interpolated strings",
    fails='<set-variable name="a" value="@($"key {{name}}")" />',
    passes='<set-variable name="a" value="@("key " + "{{name}}")" />',
)
def interpolation_braces(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value in subject.expressions:
        if any(map(holds_reference, parse_expression(value).interpolated)):
            yield path, f"{where} has {{{{…}}}} in an interpolated string; it becomes the named value, not a brace."


@rule(
    "request-body",
    "warning",
    "A handshake is a GET without a body; an expression that reads it fails.",
    remedy="Use headers, the query or the token; messages of an open WebSocket never pass through policies.",
    source="websocket-api; set-body-policy, Usage notes",
    fails='<set-variable name="a" value="@(context.Request.Body.As<string>())" />',
    passes='<set-variable name="a" value="@(context.Request.Url.Query.GetValueOrDefault("room", ""))" />',
)
def request_body(subject: RuleContext) -> Iterator[Problem]:
    for path, where, value in subject.expressions:
        if "context.Request.Body" in parse_expression(value).bare:
            yield path, f"{where} reads the request's body, which a handshake does not have."


def _is_code(value: str, start: int) -> bool:
    """Whether an expression that reads the context is in the text; another one, as in a pattern or an address, may be meant."""
    text = value[start : start + _LONGEST]
    try:
        return "context" in text and "context" in parse_expression(text[: closing_bracket(text)]).words
    except BrokenExpression:
        return False


def _rest(value: str) -> str:
    """What follows an expression; nothing where it does not even close."""
    end = parse_expression(value).end
    return "" if end is None else value[end:].strip()
