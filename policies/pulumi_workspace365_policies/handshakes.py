"""What a client has to pass in an onHandshake policy. Pure: it knows no Pulumi.

Statements count only where every client passes them: of a ``choose``, those that all of its branches have. A fragment is read where its text
is given; another one may contain anything, and so may a ``base``, which is not counted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

ORIGIN = "origin"
_CONTAINERS = {"limit-concurrency", "retry"}
_NAMES_ORIGIN = re.compile(r"""["']Origin["']""", re.IGNORECASE)


class Unreadable(Exception):
    """The text of a policy is no XML."""


@dataclass(frozen=True)
class Requirements:
    """What every client has to pass.

    Attributes:
        statements: names of statements; ``origin`` for a rule about the header Origin.
        complete: false where a fragment is included whose text is not known.
    """

    statements: frozenset[str] = frozenset()
    complete: bool = True

    def __or__(self, other: "Requirements") -> "Requirements":
        return Requirements(self.statements | other.statements, self.complete and other.complete)


def requirements(policy: str, fragments: Mapping[str, str]) -> Requirements:
    """What the inbound section of a policy requires.

    Args:
        policy: the document.
        fragments: texts of fragments, by id.

    Raises:
        Unreadable: it is no XML.
    """
    inbound = _parsed(policy).find("inbound")
    return _all_of(inbound if inbound is not None else (), fragments)


def _parsed(text: str) -> ET.Element:
    try:
        return ET.fromstring(text)  # noqa: S314  the program's own policy, whose size API Management limits; expat refuses bombs
    except ET.ParseError as problem:
        raise Unreadable(str(problem)) from problem


def _all_of(elements: Iterable[ET.Element], fragments: Mapping[str, str]) -> Requirements:
    found = Requirements()
    for element in elements:
        found |= _of(element, fragments)
    return found


def _of(element: ET.Element, fragments: Mapping[str, str]) -> Requirements:
    name = str(element.tag)
    if name == "choose":
        return _choose(element, fragments)
    if name in _CONTAINERS:
        return _all_of(element, fragments)
    if name == "include-fragment":
        own = element.get("fragment-id", "")
        text, rest = fragments.get(own), {key: value for key, value in fragments.items() if key != own}  # one in itself ends
        return Requirements(complete=False) if text is None else _all_of(_parsed(text), rest)
    if name == "check-header" and element.get("name", "").casefold() == ORIGIN:
        return Requirements(frozenset({ORIGIN}))
    return Requirements(frozenset({name}))


def _choose(element: ET.Element, fragments: Mapping[str, str]) -> Requirements:
    branches = [*element.findall("when"), *element.findall("otherwise")]
    open_branches = [branch for branch in branches if branch.find("return-response") is None]
    passed = [_all_of(branch, fragments) for branch in open_branches]
    if element.find("otherwise") is None:
        passed.append(Requirements())
    statements = frozenset.intersection(*(one.statements for one in passed)) if passed else frozenset()
    judged = any(_NAMES_ORIGIN.search(branch.get("condition", "")) for branch in branches)
    if judged and len(open_branches) < len(branches):
        statements |= {ORIGIN}
    return Requirements(statements, all(one.complete for one in passed))
