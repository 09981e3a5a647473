"""The documentation as a site: ``make docs``. Its pages are the Markdown files of the repository, where they lie."""

import sys
import tomllib
from pathlib import Path
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
release = version = _PROJECT["version"]

sys.path.insert(0, str(ROOT / "docs" / "_extensions"))
extensions = ["myst_parser", "sphinx_copybutton", "terminal_sessions", "version_list"]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/**/*.md",
    "bench/README.md",
    "engine/pulumi_embedded_engine/README.md",
    "host/README.md",
    "examples/README.md",
    "examples/*/README.md",
    "sandbox/README.md",
    "sandbox/pulumi_workspace365_sandbox/*/README.md",
    "CHANGELOG.md",
    ".github/CONTRIBUTING.md",
]
_OF_THE_REGISTRY = [
    "docs/_index.md",
    "docs/installation-configuration.md",
]  # pages in Hugo's form, where Pulumi's registry looks for them
exclude_patterns = [*_OF_THE_REGISTRY, ".venv", "**/.sandbox", "site", ".git", "**/.*_cache", "**/__pycache__"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # a policy's attributes hold quotes, which XML proper would escape

html_theme = "furo"
html_extra_path = ["_extra"]  # the front page leads to docs/
html_title = project  # "version_list" adds the version, and that it is not released
html_static_path = ["_static"]
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_copy_source = False
html_show_copyright = False
html_use_index = False
copybutton_prompt_text = "$ "  # of a block with prompts, only what follows them is copied
copybutton_selector = "div.highlight:not(.highlight-text *) > pre"  # what a command shows is nothing to type


def _show_folders_as_text(app: Sphinx, document: Any) -> None:
    """A link to a folder leads there in the repository; the site, which has no such page, shows its text alone."""
    page = ROOT / f"{app.env.docname}.md"
    for link in list(document.findall(addnodes.pending_xref)):
        if (page.parent / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    app.connect("doctree-read", _show_folders_as_text)
