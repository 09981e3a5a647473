"""The versions that there are, as the headings of CHANGELOG.md say: in the site's title, on a page and in ``versions.json``.

The changelog is in every copy of the source, also in one without Git's tags. ``versions_address``, a setting of Sphinx, is where the
sites of all versions are published, each in a folder of its version; without it the list has no links.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

_HEADING = re.compile(r"^## (?P<version>\d+\.\d+\.\d+\S*)(?P<rest>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Version:
    """A version; ``address``: that of its documentation, if it is known."""

    version: str
    released: bool
    address: str | None

    def __str__(self) -> str:
        return self.version if self.released else f"{self.version} (not released)"


def versions(changelog: str, address: str) -> list[Version]:
    """The versions of a changelog, newest first as they stand there.

    Args:
        changelog: Its text, in Markdown: the heading of a version is ``## 1.2.3``, then anything; ``(not released)`` if it is not.
        address: Where the sites of all versions are published; empty if nowhere.
    """
    place = address.rstrip("/")
    return [
        Version(found["version"], "(not released)" not in found["rest"], f"{place}/{found['version']}/" if place else None)
        for found in _HEADING.finditer(changelog)
    ]


def _read(app: Sphinx, config: Config) -> None:
    path = Path(app.confdir) / config.versions_changelog
    listed = versions(path.read_text(encoding="utf-8"), config.versions_address)
    present = [version for version in listed if version.version == config.version]
    if not present:
        raise ConfigError(f"{path.name} has no heading `## {config.version}`, which is the version in pyproject.toml. Add one.")
    config.html_title = f"{config.project} {present[0]}"
    config.html_context = {**config.html_context, "present_version": str(present[0]), "listed_versions": listed}


def _page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    rows = "".join(f"<li>{_row(version)}</li>" for version in app.config.html_context["listed_versions"])
    present = escape(app.config.html_context["present_version"])
    body = f"<h1>Versions</h1><p>These pages are those of {present}.</p><ul>{rows}</ul>"
    yield "versions", {"title": "Versions", "body": body}, "page.html"


def _row(version: Version) -> str:
    text = escape(str(version))
    return f'<a href="{escape(version.address)}">{text}</a>' if version.address else text


def _write(app: Sphinx, failure: Exception | None) -> None:
    if failure is None:
        listed = [asdict(version) for version in app.config.html_context["listed_versions"]]
        (Path(app.outdir) / "versions.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_config_value("versions_address", "", "html", str)
    app.add_config_value("versions_changelog", "../CHANGELOG.md", "html", str)
    app.connect("config-inited", _read)
    app.connect("html-collect-pages", _page)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
