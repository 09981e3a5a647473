"""The site that `make docs` builds: what a reader finds with its search, copies from its blocks and reads in its header."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sphinx.search.en import SearchEnglish

from tests.docs import pages, site

CHANGELOG = """# Changelog

## 1.1.0 (not released)

- Something new.

## 1.0.0 (2027-03-01)

- Something.

## 0.9.0rc1

- A beginning.
"""
SMALL = """
import sys

sys.path.insert(0, {extensions!r})
extensions = ["version_list"]
project, version = "small", {version!r}
html_theme = "furo"
templates_path = [{templates!r}]
versions_changelog = "CHANGELOG.md"
"""


def build(source: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--doctree-dir", f"{target}.doctrees", *options]
    return subprocess.run([*command, str(source), str(target)], cwd=source, capture_output=True, text=True, check=False)


def small(folder: Path, version: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """A site of one page, with the versions of a changelog."""
    docs = pages.ROOT / "docs"
    settings = SMALL.format(version=version, extensions=str(docs / "_extensions"), templates=str(docs / "_templates"))
    (folder / "conf.py").write_text(settings)
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    (folder / "index.rst").write_text("Start\n=====\n")
    return build(folder, folder / "out", *options)


@pytest.mark.slow
def test_the_header_says_which_version_it_is_and_that_it_is_not_released(tmp_path: Path) -> None:
    for version, said in (("1.1.0", "small 1.1.0 (not released)"), ("1.0.0", "small 1.0.0")):
        done = small(tmp_path, version)
        assert done.returncode == 0, done.stderr
        page = (tmp_path / "out/index.html").read_text()
        assert re.findall(r'<span class="sidebar-brand-text">([^<]*)', page) == [said]
        assert 'href="versions.html"' in page


def test_the_list_of_versions_leads_to_their_sites_where_they_are_published(tmp_path: Path) -> None:
    assert small(tmp_path, "1.0.0", "-D", "versions_address=https://docs.example.com/w365/").returncode == 0
    listed = json.loads((tmp_path / "out/versions.json").read_text())
    assert [(entry["version"], entry["released"]) for entry in listed] == [("1.1.0", False), ("1.0.0", True), ("0.9.0rc1", True)]
    assert listed[1]["address"] == "https://docs.example.com/w365/1.0.0/"
    page = (tmp_path / "out/versions.html").read_text()
    assert '<a href="https://docs.example.com/w365/1.1.0/">1.1.0 (not released)</a>' in page


def test_a_version_without_a_heading_in_the_changelog_ends_the_build(tmp_path: Path) -> None:
    done = small(tmp_path, "1.2.0")
    assert done.returncode != 0
    assert "CHANGELOG.md has no heading `## 1.2.0`" in done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site") / "site"
    done = build(pages.ROOT, target, "--conf-dir", str(pages.ROOT / "docs"))
    assert done.returncode == 0, done.stderr
    return target


def index(built: Path) -> dict[str, Any]:
    """What the site's search looks into."""
    text = (built / "searchindex.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    return found


def in_headings(built: Path, word: str) -> set[str]:
    """The pages with a heading that has the word, or a form of it: the search shows these first."""
    searched = index(built)
    places = searched["titleterms"].get(SearchEnglish({}).stem(word), [])
    return {searched["docnames"][place] for place in ([places] if isinstance(places, int) else places)}


@pytest.mark.slow
@pytest.mark.parametrize("word", ["rollout", "rollouts"])
def test_the_search_finds_the_rollout(built: Path, word: str) -> None:
    assert {"docs/guides/rollout", "docs/reference/commands"} <= in_headings(built, word)
    names = [index(built)["docnames"][place] for place, _ in index(built)["alltitles"]["Rollout"]]
    assert names == ["docs/guides/rollout"]  # the whole title is the word, which puts it first


@pytest.mark.slow
@pytest.mark.parametrize("word", ["expire", "expires", "expired"])
def test_the_search_finds_keys_that_expire(built: Path, word: str) -> None:
    assert "docs/guides/rotating-keys" in in_headings(built, word)


@pytest.mark.slow
def test_the_site_has_the_version_of_the_project(built: Path) -> None:
    version = tomllib.loads((pages.ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert json.loads((built / "versions.json").read_text())[0]["version"] == version


@pytest.mark.slow
def test_what_is_typed_is_copied_without_prompts_and_what_is_shown_is_not(built: Path) -> None:
    script = (built / "_static/copybutton.js").read_text()
    assert "formatCopyText(text, '$ ', false, true, true," in script  # no pattern; only lines with the prompt; without it
    assert "div.highlight:not(.highlight-text *) > pre" in script
    page = (built / "docs/packages.html").read_text()
    session = re.search(r'<div class="highlight-console.*?</pre>', page, re.DOTALL)
    assert session
    assert '<span class="gp">$ </span>pulumi' in session[0]
    assert '<span class="go"># defaultUrl: an http address</span>' in session[0]


@pytest.mark.slow
def test_a_wide_table_scrolls_by_itself(built: Path) -> None:
    tables = wrapped = 0
    for path in built.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        tables += text.count("<table")
        wrapped += len(re.findall(r'<div class="table-wrapper[^"]*">\s*<table', text))
    assert tables == wrapped > 0
    assert re.search(r"\.table-wrapper \{\s*overflow-x: auto;", (built / "_static/site.css").read_text())


@pytest.mark.slow
def test_no_page_asks_another_host_for_anything(built: Path) -> None:
    assert list(site.requests_elsewhere(built)) == []
