"""Attributes of each element, against the reference."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.expressions import is_expression
from pulumi_workspace365_components.websocket_api.policy.named_values import holds_reference
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

PAGES = "the page of each policy, Attributes and Elements"


@rule(
    "attribute-missing",
    "error",
    "A required attribute is missing.",
    remedy="Add it.",
    source=PAGES,
    fails='<rate-limit calls="5" />',
    passes='<rate-limit calls="5" renewal-period="60" />',
)
def attribute_missing(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        for name, attribute in shape.attributes.items():
            if attribute.required and node.get(name) is None:
                yield path, f"<{node.name}> needs the attribute {name}."


@rule(
    "attribute-unknown",
    "warning",
    "An attribute that the reference does not list; misspelled, or newer than these rules.",
    remedy="Check the spelling on the policy's page; if it is right, the service validates it at deployment.",
    source=PAGES + "; error-handling-policies: 'All policies have an optional id attribute'",
    fails='<rate-limit calls="5" renewal-period="60" renewal="60" />',
    passes='<rate-limit id="burst" calls="5" renewal-period="60" />',
)
def attribute_unknown(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        for name, _ in node.attributes:
            if name not in shape.attributes and name != "id":
                yield path, f"<{node.name}> has no attribute {name}."


@rule(
    "attribute-value",
    "error",
    "A literal value is out of its range, or not one of the allowed values.",
    remedy="Write a value that the policy's page allows.",
    source=PAGES,
    fails='<rate-limit calls="5" renewal-period="301" />',
    passes='<rate-limit calls="5" renewal-period="PT5M" />',
)
def attribute_value(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        for name, attribute in shape.attributes.items():
            value = node.literal(name)
            if value is None or is_expression(value) or holds_reference(value):
                continue
            if expected := attribute.check(value):
                yield path, f"{name} of <{node.name}> must be {expected}."


@rule(
    "attribute-choice",
    "error",
    "Mutually exclusive attributes are used together, or none of several alternatives is given.",
    remedy="Use the combination of attributes that the policy's page requires.",
    source=PAGES,
    fails='<set-backend-service base-url="wss://a.example.com" backend-id="a" />',
    passes='<set-backend-service base-url="wss://a.example.com" />',
)
def attribute_choice(subject: RuleContext) -> Iterator[Problem]:
    for path, node, shape in subject.described:
        if not (shape.exactly_one or shape.at_least_one or shape.at_most_one):
            continue
        groups = [(names, 1, 1) for names in shape.exactly_one]
        groups += [(names, 1, len(names)) for names in shape.at_least_one] + [(names, 0, 1) for names in shape.at_most_one]
        for names, least, most in groups:
            count = sum(node.get(name) is not None for name in names)
            if not least <= count <= most:
                amount = "exactly one" if least == most else "at least one" if least else "at most one"
                yield path, f"<{node.name}> takes {amount} of {', '.join(names)}; it has {count}."
