"""The guide about policies: its code runs, and it names every builder."""

import pytest

import pulumi_workspace365_components
from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy import schema
from tests.docs import pages

DOCS = pages.ROOT / "docs"
BLOCKS = [block for block in pages.blocks(DOCS / "policies.md") if block.kind == "policies"]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_the_guides_code_runs(block: pages.Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_workspace365_components, "policies", policies, raising=False)
    exec(compile(block.text, str(block), "exec"), {"__name__": "page"})


def test_the_guide_names_every_builder_and_nothing_is_exported_that_is_not_there() -> None:
    guide = (DOCS / "policies.md").read_text(encoding="utf-8")
    assert len(BLOCKS) >= 4
    assert [name for name in policies.__all__ if name.replace("_", "-") in schema.POLICIES and f"`{name}`" not in guide] == []
    assert all(hasattr(policies, name) for name in policies.__all__)
