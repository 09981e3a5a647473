"""The rules for handshake policies: an index, and a page per rule with its two examples."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.rules import RULES, Example, Rule
from tests.docs.reference import markdown

_SHOWN = 400
_INTRODUCTION = """# Rules for handshake policies

`policies.rules.validate()` checks a handshake policy before it is sent. An **error** stops the preview: the service refuses the policy, or it cannot work. The page
of each error names an official source, which no other official source contradicts. A **warning** marks what is probably not intended, and **advice**
what could be better. Values that are not known yet, such as an `Output` or a named value, are checked when they are known. Each rule has a page with a
remedy and an example. [Handshake policies](policies.md) explains how to write policies. `w365 validate` applies the rules to the
[files of APIs](guides/files.md#before-a-preview), also for code scanning (SARIF).
"""


def index() -> str:
    """The list of all rules."""
    rows = [(f"[{rule.id}](reference/rules/{rule.id}.md)", rule.severity, markdown.prose(rule.summary)) for rule in RULES]
    table = markdown.table(("rule", "severity", "finds"), rows)
    return markdown.page(_INTRODUCTION, table, markdown.toctree("reference/rules/*"), markdown.NOTE)


def page(rule: Rule) -> str:
    """The page of one rule."""
    return markdown.page(
        f"# {rule.id}\n",
        f"{rule.severity.capitalize()}. {markdown.prose(rule.summary)}\n",
        f"**What to do:** {markdown.prose(rule.remedy)}\n",
        f"**Source:** {markdown.prose(rule.source)}, in the reference of API Management.\n",
        "## Found\n",
        *_example(rule.fails),
        "## Passes\n",
        *_example(rule.passes),
        "Examples are statements of `<inbound>` unless they are whole documents. All rules: [rules](../../rules.md).\n",
        markdown.NOTE,
    )


def _example(example: Example) -> Iterator[str]:
    parts = [example.xml, *example.fragments.values(), *(f"<!-- named value {item.name} -->" for item in example.named_values)]
    text = "\n".join(part for part in parts if part)
    if text:
        yield f"```xml\n{text if len(text) <= _SHOWN else text[:_SHOWN] + ' …'}\n```\n"
    if example.context:
        yield f"with `{', '.join(f'{name}={value!r}' for name, value in example.context.items())}`\n"
    elif not text:
        yield "an empty handshake\n"
