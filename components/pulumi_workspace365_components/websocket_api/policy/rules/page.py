"""The rules as a page of the documentation: ``python -m pulumi_workspace365_components.websocket_api.policy.rules.page docs/rules.md``."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pulumi_workspace365_components.websocket_api.policy.rules import RULES
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Example, Rule

_SHOWN = 400
_INTRODUCTION = """# Rules for handshake policies

What `policies.rules.judge()` finds before a policy is sent. An **error** is refused by the service or cannot work, and stops the preview;
a **warning** is likely not what you mean; **advice** could be better. What is not known yet, such as an `Output` or a named value, is not
judged until it is. Examples show statements of `<inbound>` unless they are whole documents. How to write policies: [policies](policies.md).

This page is generated from the rules; do not edit it.
"""


def page() -> str:
    """The page's text."""
    rows = "".join(f"| [{rule.id}](#{rule.id}) | {rule.severity} | {_prose(rule.summary)} |\n" for rule in RULES)
    table = f"| rule | severity | finds |\n|---|---|---|\n{rows}"
    return "\n".join([_INTRODUCTION, table, *("\n".join(_section(rule)) for rule in RULES)])


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}\n"
    yield f"{rule.severity.capitalize()}. {_prose(rule.summary)}\n"
    yield f"**What to do:** {_prose(rule.remedy)}\n"
    yield f"**Source:** {_prose(rule.source)}.\n"
    yield "Found:\n"
    yield from _example(rule.fails)
    yield "Passes:\n"
    yield from _example(rule.passes)


def _prose(text: str) -> str:
    """Markdown would swallow what looks like a tag."""
    return re.sub(r"<[a-z-]+ ?/?>", r"`\g<0>`", text)


def _example(example: Example) -> Iterator[str]:
    parts = [example.xml, *example.fragments.values(), *(f"<!-- named value {item.name} -->" for item in example.named_values)]
    text = "\n".join(part for part in parts if part)
    if text:
        yield f"```xml\n{text if len(text) <= _SHOWN else text[:_SHOWN] + ' …'}\n```\n"
    if example.context:
        yield f"with `{', '.join(f'{name}={value!r}' for name, value in example.context.items())}`\n"
    elif not text:
        yield "an empty handshake\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
