"""What is wrong on a page is found without running it."""

import pytest

from tests.docs import pages, parsing


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("sh", "make upp", "make has no target 'upp'"),
        ("sh", "w365 drft", "w365 has no command 'drft'"),
        ("sh", "pulumi preview --json | w365 plan --alow deletes=1", "w365 plan has no option '--alow'"),
        ("console", "pulumi preview", "no line begins with '$ '"),
        ("console", "# first\n$ w365 drft\nshown", "w365 has no command 'drft'"),
        ("python", "def (", "invalid syntax"),
        ("yaml", "a: [", "while parsing"),
        ("json", "{", "Expecting"),
        ("cobol", "", "is judged by nobody"),
    ],
)
def test_a_block_with_a_mistake_is_named_with_its_page_and_line(language: str, text: str, said: str) -> None:
    problem = parsing.problem(pages.Block(pages.ROOT / "docs/page.md", 7, language, "", text))
    assert problem is not None
    assert problem.startswith("docs/page.md:7: ")
    assert said in problem


@pytest.mark.parametrize("text", ["make up", "W365_CHECKS=warn w365 check --watch 10", "cd tutorial && w365 check --sandbox"])
def test_a_block_without_a_mistake_passes(text: str) -> None:
    assert parsing.problem(pages.Block(pages.ROOT / "docs/page.md", 7, "sh", "", text)) is None
