"""The built site: it is read where there is no network, so it asks no other host for anything."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT

SITE = ROOT / "site"
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|audio|video)\b[^>]*?\bsrc=["']?(?:https?:)?//[^"'> ]+"""
    r"""|<link\b[^>]*?\bhref=["']?(?:https?:)?//[^"'> ]+"""
    r"""|(?:@import|url\()\s*["']?(?:https?:)?//[^"') ]+"""
)


def requests_elsewhere(site: Path = SITE) -> Iterator[str]:
    """What pages and styles of the site would load from other hosts; links that a reader follows are none of these."""
    files = [path for kind in ("html", "css") for path in site.rglob(f"*.{kind}")]
    if not files:
        yield f"{site.name}: there is no site; run `make docs` first"
    for path in sorted(files):
        for found in _LOADED.finditer(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: loads from another host: {found[0]}"
