"""The reference: pages made from the code and kept beside it, so that they are read in the repository too."""

from pathlib import Path

from pulumi_workspace365_cli.file_schemas import catalog, names
from pulumi_workspace365_components.websocket_api.policy.rules import RULES
from tests.docs.pages import ROOT
from tests.docs.reference import (
    commands,
    components,
    failures,
    functions,
    metrics,
    picture,
    policies,
    resources,
    rules,
    supported,
)

DOCS = ROOT / "docs"
FOLDER = DOCS / "reference"


def made() -> dict[Path, str]:
    """Every page, and what it should say."""
    return {
        DOCS / "rules.md": rules.index(),
        DOCS / "support.md": supported.page(),
        **{ROOT / names.FOLDER / names.file_name(name): catalog.text(name) for name in names.NAMES},
        DOCS / "architecture.svg": picture.drawn(),
        FOLDER / "functions.md": functions.page(),
        FOLDER / "commands.md": commands.page(),
        FOLDER / "metrics.md": metrics.page(),
        FOLDER / "errors.md": failures.page(),
        FOLDER / "policies" / "index.md": policies.index(),
        **{FOLDER / "resources" / f"{cls.__name__.lower()}.md": resources.page(cls) for cls in resources.classes()},
        **{FOLDER / "components" / f"{cls.__name__.lower()}.md": components.page(cls) for cls in components.classes()},
        **{FOLDER / "policies" / f"{policies.slug(item)}.md": policies.page(item) for item in policies.builders()},
        **{FOLDER / "rules" / f"{rule.id}.md": rules.page(rule) for rule in RULES},
    }


def write() -> None:
    """Write all pages, and remove those of what is gone."""
    pages = made()
    for path in _written() - pages.keys():
        path.unlink()
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def stale() -> list[str]:
    """The pages that are not what the code says."""
    pages = made()
    old = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return [str(path.relative_to(ROOT)) for path in sorted({*old, *(_written() - pages.keys())})]


def _written() -> set[Path]:
    return set(FOLDER.glob("*/*.md"))
