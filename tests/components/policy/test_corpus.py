"""Documents that have every policy, attribute and child element of the reference, in both formats, through reader and renderer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy import parsing, rendering
from pulumi_workspace365_components.websocket_api.policy.rules import errors, validate
from pulumi_workspace365_components.websocket_api.policy.schema import POLICIES, UNSUPPORTED, Shape
from pulumi_workspace365_sandbox.azure.policy import document

DOCUMENTS = sorted((Path(__file__).parent / "corpus").iterdir())
READ_AS: dict[str, tuple[parsing.Format | None, ...]] = {".xml": (None, "xml", "rawxml"), ".rawxml": (None, "rawxml")}


def read(path: Path, form: parsing.Format | None = None) -> policies.Element:
    return parsing.parse(path.read_text(encoding="utf-8"), form)


def crlf(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\n", "\r\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_means_the_same_in_every_format_and_with_any_line_ends(path: Path) -> None:
    tree = read(path)
    for form in READ_AS[path.suffix]:
        assert read(path, form) == tree
        assert parsing.parse(crlf(path), form) == tree
    for form in READ_AS[".xml"]:
        assert parsing.parse(rendering.xml(tree), form) == tree
    for form in READ_AS[".rawxml"]:
        assert parsing.parse(rendering.rawxml(tree), form) == tree


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_local_resource_manager_reads_what_the_product_reads(path: Path) -> None:
    tree = read(path)
    kept = document.render(document.parse(path.read_text(encoding="utf-8"), path.suffix[1:]))
    assert policies.equivalent(tree, kept)
    assert policies.equivalent(tree, document.render(document.parse(kept, "xml"), "rawxml"))
    assert document.render(document.parse(rendering.rawxml(tree), "rawxml")) == document.render(
        document.parse(rendering.xml(tree), "xml")
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_in_a_document_is_unknown_or_wrong_beside_what_onhandshake_does_not_take(path: Path) -> None:
    found = validate(policies.Handshake.parse(path.read_text(encoding="utf-8")))
    assert {item.rule for item in errors(found)} <= {"unsupported-policy", "quota-scope"}
    assert not {item.rule for item in found} & {"unknown-policy", "attribute-unknown", "child-text", "disputed-section"}


def test_the_documents_have_every_construct_that_the_rules_know() -> None:
    written = {pair for path in DOCUMENTS for pair in _constructs(read(path))}
    known = {pair for name, policy in POLICIES.items() for pair in _described(name, policy.shape)}
    assert known - written == set()
    assert UNSUPPORTED.keys() <= {name for name, _ in written}


def _constructs(node: policies.Element) -> Iterator[tuple[str, str]]:
    for item in node.walk():
        yield item.name, ""
        yield from ((item.name, f"@{name}") for name, _ in item.attributes)
        yield from ((item.name, child.name) for child in item.children)


def _described(name: str, shape: Shape | None) -> Iterator[tuple[str, str]]:
    yield name, ""
    if shape:
        yield from ((name, f"@{attribute}") for attribute in shape.attributes)
        for child in shape.children:
            yield name, child.name
            yield from _described(child.name, child.shape)
