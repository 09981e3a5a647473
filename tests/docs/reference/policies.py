"""A page per policy: the builder, an example with the XML that it gives, and the rules that look at it."""

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from pulumi_workspace365_components import policies
from pulumi_workspace365_components.websocket_api.policy.rules import RULES
from pulumi_workspace365_components.websocket_api.policy.schema import POLICIES
from tests.docs.reference import docstrings, markdown
from tests.docs.reference.policy_examples import EXAMPLES

_BUILT = (policies.Element, policies.Handshake)
_SECTIONS = ("inbound", "backend", "outbound", "on-error")


def builders() -> list[Callable[..., Any]]:
    """The functions that give an element, and the ready-made handshakes."""
    offered = [getattr(policies, name) for name in policies.__all__]
    ready = [
        getattr(policies.ready, name)
        for name in ("allowed_origins", "jwt", "managed_identity", "rate_limit", "rate_limit_per_address")
    ]
    return [item for item in (*offered, *ready) if _builds(item)]


def _others() -> list[Any]:
    """What else a program needs: values, handshakes, comparison, proofs."""
    offered = [getattr(policies, name) for name in policies.__all__]
    return [item for item in offered if not _builds(item) and not inspect.ismodule(item)]


def _builds(item: Any) -> bool:
    return inspect.isfunction(item) and item is not policies.element and item.__annotations__["return"] in _BUILT


def name_of(builder: Callable[..., Any]) -> str:
    """As a program names it below ``policies``."""
    return f"ready.{builder.__name__}" if builder.__module__ == policies.ready.__name__ else builder.__name__


def slug(builder: Callable[..., Any]) -> str:
    """The name of its page."""
    return name_of(builder).replace("_", "-").replace(".", "-")


def index() -> str:
    """The list of all builders."""
    rows = [(f"[`{name_of(item)}`]({slug(item)}.md)", markdown.prose(_first_sentence(item))) for item in builders()]
    return markdown.page(
        "# Policies\n",
        "The functions of `policies`, from `pulumi_workspace365_components`. How they fit together: [policies](../../policies.md).\n",
        markdown.table(("policy", "does"), rows),
        "## Values, and what else there is\n",
        markdown.table(("name", "is"), [(f"`{item.__name__}`", markdown.prose(_first_sentence(item))) for item in _others()]),
        markdown.toctree("*"),
        markdown.NOTE,
    )


def page(builder: Callable[..., Any]) -> str:
    """The page of one builder."""
    said = docstrings.read(builder)
    name = name_of(builder)
    raises = [(f"`{kind}`", markdown.prose(text)) for kind, text in said.entries("Raises").items()]
    return markdown.page(
        f"# {name}\n",
        markdown.prose(said.text) + "\n",
        _arguments(builder, said),
        markdown.table(("raises", "when"), raises),
        "## Example\n",
        _example(EXAMPLES[name]),
        *_where(builder.__name__.replace("_", "-")),
        markdown.NOTE,
    )


def _first_sentence(builder: Callable[..., Any]) -> str:
    return " ".join(re.split(r"(?<=\.)\s(?=[A-Z])|\n\n", docstrings.read(builder).text)[0].split())


def _arguments(builder: Callable[..., Any], said: docstrings.Docstring) -> str:
    meanings = said.entries("Args")
    rows = [
        (
            f"`{'*' if item.kind == '*' else ''}{item.name}`",
            markdown.kind(item.annotation),
            markdown.value(item.default, required=item.kind != "*"),
            markdown.prose(meanings.get(item.name, "")),
        )
        for item in docstrings.parameters(builder)
    ]
    return markdown.table(("argument", "type", "default", "meaning"), rows)


def _example(source: str) -> str:
    """The call and what it renders; evaluated, so that it cannot grow old."""
    built = eval(source, {"policies": policies})
    text = (built if isinstance(built, policies.Handshake) else policies.Handshake(inbound=[built], inherit=False)).xml()
    if not isinstance(built, policies.Handshake):
        text = text.partition("<inbound>\n")[2].partition("\n\t</inbound>")[0]
    return f"```python\n{source}\n```\n\n```xml\n{textwrap.dedent(text).expandtabs(2).strip()}\n```\n"


def _where(name: str) -> list[str]:
    policy = POLICIES.get(name)
    rules = [rule for rule in RULES if re.search(rf"<{name}[\s/>]", rule.fails.xml)]
    told = [f"- Sections: {', '.join(section for section in _SECTIONS if section in policy.sections)}"] if policy else []
    told += ["- At most once in a policy document"] if policy and policy.once else []
    told += (
        [f"- Rules with an example of it: {', '.join(f'[{rule.id}](../rules/{rule.id}.md)' for rule in rules)}"] if rules else []
    )
    return ["## Where it may stand\n", "\n".join(told) + "\n"] if told else []
