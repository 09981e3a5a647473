"""What the service refuses in a policy document when it is deployed."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pulumi_workspace365_sandbox.azure.expressions import compiler
from pulumi_workspace365_sandbox.azure.expressions.compiler import is_expression
from pulumi_workspace365_sandbox.azure.expressions.errors import ExpressionError
from pulumi_workspace365_sandbox.azure.policy import periods
from pulumi_workspace365_sandbox.azure.policy.document import PolicyProblem
from pulumi_workspace365_sandbox.azure.policy.vocabulary import FIXED_HEADERS, NOT_ON_HANDSHAKE, POLICIES, SECTIONS

Where = Literal["global", "product", "handshake", "fragment"]
NAMED_VALUE = re.compile(r"\{\{([A-Za-z0-9._-]+)\}\}")
_LONGEST_PERIOD = 300
_ONCE = {"rate-limit", "quota"}


@dataclass(frozen=True)
class ReferenceScope:
    """What a document may refer to: values by display name, fragments by id (folded)."""

    named_values: Mapping[str, str]
    fragments: Mapping[str, ET.Element]


def validate(root: ET.Element, where: Where, around: ReferenceScope) -> None:
    """Raises PolicyProblem with the first thing that is wrong."""
    _named_values(root, around)
    if where == "fragment":
        _root(root, "fragment")
        _statements(root, None, where, around)
        return
    _root(root, "policies")
    sections: set[str] = set()
    for section in elements(root):
        if section.tag not in SECTIONS:
            raise PolicyProblem(
                f"Error in element 'policies': The element '{section.tag}' is not a section of a policy document."
            )
        if section.tag in sections:
            raise PolicyProblem(f"Error in element '{section.tag}': The section occurs more than once.")
        sections.add(section.tag)
        _statements(section, section.tag, where, around)
    for name in _ONCE:
        if sum(1 for _ in root.iter(name)) > 1:
            raise PolicyProblem(f"Error in element '{name}': The policy can be used only once per policy document.")


def elements(parent: ET.Element) -> Iterator[ET.Element]:
    """The child elements, without comments."""
    return (child for child in parent if isinstance(child.tag, str))


def references(root: ET.Element) -> set[str]:
    """The display names of the named values that a document uses."""
    return {name for text in _texts(root) for name in NAMED_VALUE.findall(text)}


def fragments_of(root: ET.Element) -> set[str]:
    """The ids, folded, of the fragments that a document includes."""
    return {element.get("fragment-id", "").casefold() for element in root.iter("include-fragment")}


def _texts(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        if isinstance(element.tag, str):
            yield from element.attrib.values()
            yield element.text or ""


def _root(root: ET.Element, name: str) -> None:
    if root.tag != name:
        raise PolicyProblem(f"The root element of the document must be '{name}', not '{root.tag}'.")


def _named_values(root: ET.Element, around: ReferenceScope) -> None:
    for name in sorted(references(root)):
        if name not in around.named_values:
            raise PolicyProblem(f"Cannot find a property '{name}'")


def _statements(parent: ET.Element, section: str | None, where: Where, around: ReferenceScope) -> None:
    """The statements of a section (None: of a fragment, which may come to stand in any), or of a policy that holds some."""
    forwards = 0
    for element in elements(parent):
        if element.tag == "base":
            if parent.tag not in SECTIONS:
                raise PolicyProblem(f"Error in element 'base': The element is not allowed within '{parent.tag}'.")
            continue
        _statement(element, section, where, around)
        forwards += element.tag == "forward-request"
    if section == "backend" and parent.tag == "backend" and forwards > 1:
        raise PolicyProblem("Error in element 'forward-request': Only one policy is allowed in the section 'backend'.")


def _statement(element: ET.Element, section: str | None, where: Where, around: ReferenceScope) -> None:
    name = element.tag
    if where == "handshake" and name in NOT_ON_HANDSHAKE:
        raise PolicyProblem(f"Error in element '{name}': Policy is not allowed on the 'onHandshake' operation.")
    if name in NOT_ON_HANDSHAKE:
        return
    if name not in POLICIES:
        raise PolicyProblem(f"Error in element '{name}': The policy is unknown.")
    if name == "quota" and where != "product":
        raise PolicyProblem("Error in element 'quota': Policy is not allowed in this scope; it belongs to a product.")
    policy = POLICIES[name]
    if section is not None and section not in policy.sections:
        raise PolicyProblem(f"Error in element '{name}': Policy is not allowed in the specified section '{section}'.")
    _attributes(element)
    if policy.runs:
        _expressions(element, around)
    _particular(element, where, around)
    for block in _blocks(element):
        _statements(block, section, where, around)
    if name == "include-fragment":
        _fragment(element, section, where, around)


def _blocks(element: ET.Element) -> Iterator[ET.Element]:
    if element.tag == "choose":
        yield from elements(element)
    elif POLICIES[element.tag].nests:
        yield element


def _attributes(element: ET.Element) -> None:
    policy = POLICIES[element.tag]
    for missing in sorted(policy.required - element.attrib.keys()):
        raise PolicyProblem(f"Error in element '{element.tag}': Required attribute '{missing}' is missing.")
    for unknown in sorted(element.attrib.keys() - policy.required - policy.optional - {"id"}):
        raise PolicyProblem(f"Error in element '{element.tag}': The attribute '{unknown}' is not declared.")


def _expressions(element: ET.Element, around: ReferenceScope) -> None:
    """Everything but nested statements is compiled; conditions of `when` with it."""
    nested = {id(child) for block in _blocks(element) for child in block}
    for item in element.iter():
        if isinstance(item.tag, str) and id(item) not in nested:
            for text in (*item.attrib.values(), (item.text or "").strip()):
                _expression(element.tag, resolve_named_values(text, around.named_values))


def resolve_named_values(text: str, named_values: Mapping[str, str]) -> str:
    """With the values in place of `{{name}}`."""
    return NAMED_VALUE.sub(lambda match: named_values.get(match[1], match[0]), text)


def _expression(policy: str, text: str) -> None:
    if not is_expression(text):
        return
    try:
        compiler.compile_expression(text)
    except ExpressionError as error:
        raise PolicyProblem(f"Error in element '{policy}': {error}.") from error


def _particular(element: ET.Element, where: Where, around: ReferenceScope) -> None:
    children = [child.tag for child in elements(element)]
    match element.tag:
        case "set-header" if where == "handshake" and _literal(element, "name", around).lower() in FIXED_HEADERS:
            raise PolicyProblem(
                f"Error in element 'set-header': The header '{element.get('name')}' cannot be changed in onHandshake."
            )
        case "rate-limit" | "rate-limit-by-key" if _period(element, around) > _LONGEST_PERIOD:
            raise PolicyProblem(f"Error in element '{element.tag}': The attribute 'renewal-period' must not exceed 300 seconds.")
        case "ip-filter" if element.get("action") not in {"allow", "forbid"} and not is_expression(element.get("action", "")):
            raise PolicyProblem("Error in element 'ip-filter': The attribute 'action' must be 'allow' or 'forbid'.")
        case "ip-filter" if not children:
            raise PolicyProblem("Error in element 'ip-filter': At least one address or address-range is required.")
        case "choose" if not _well_formed_choice(children) or any(
            "condition" not in when.attrib for when in element.iter("when")
        ):
            raise PolicyProblem("Error in element 'choose': One or more 'when' with a condition, then at most one 'otherwise'.")
        case "validate-jwt" if len(element.attrib.keys() & {"header-name", "query-parameter-name", "token-value"}) != 1:
            raise PolicyProblem(
                "Error in element 'validate-jwt': Exactly one of 'header-name', 'query-parameter-name' and 'token-value' is required."
            )
        case "quota" | "quota-by-key":
            _period(element, around)
        case "set-backend-service" if not element.attrib.keys() - {"id"}:
            raise PolicyProblem("Error in element 'set-backend-service': One of 'base-url' and 'backend-id' is required.")


def _well_formed_choice(children: Collection[str]) -> bool:
    return re.fullmatch(r"(when )+(otherwise )?", "".join(f"{name} " for name in children)) is not None


def _literal(element: ET.Element, attribute: str, around: ReferenceScope) -> str:
    return resolve_named_values(element.get(attribute, ""), around.named_values)


def _period(element: ET.Element, around: ReferenceScope) -> int:
    """The seconds of `renewal-period`; 0 for an expression."""
    text = _literal(element, "renewal-period", around)
    if is_expression(text) and element.tag == "rate-limit-by-key":
        return 0
    seconds = periods.seconds(text)
    if seconds is None:
        raise PolicyProblem(
            f"Error in element '{element.tag}': The attribute 'renewal-period' must be a number of seconds, or a duration as PT1M."
        )
    return seconds


def _fragment(element: ET.Element, section: str | None, where: Where, around: ReferenceScope) -> None:
    id_ = element.get("fragment-id", "")
    if where == "fragment":
        raise PolicyProblem("Error in element 'include-fragment': A policy fragment cannot include another.")
    if id_.casefold() not in around.fragments:
        raise PolicyProblem(f"Error in element 'include-fragment': The policy fragment '{id_}' cannot be found.")
    _statements(around.fragments[id_.casefold()], section, where, around)
