"""An environment and its settings through their whole lives, as programs in other languages declare them, on the Pulumi CLI."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pulumi_workspace365_sandbox import workspace365
from tests.components.package import language_programs
from tests.components.package.language_programs import SIGN_ON_KEY, TOOLS, Program, where

SHAREPOINT = "https://contoso.sharepoint.com"


PAGE = Path(__file__).parents[3] / "docs/packages.md"
LOG = PAGE.read_text(encoding="utf-8").partition("```console life\n")[2].partition("\n```")[0]
"""What the commands of the test below say, in each language."""


class Source(NamedTuple):
    """The file of an example, and what is edited in it."""

    file: str
    protect: str
    guarded: str
    unguarded: str
    imported: str
    """What `pulumi import` suggests to add to the program; empty if it is not asked."""


SOURCES = {
    "yaml": Source(
        "Pulumi.yaml",
        "      protect: true\n",
        "deletionProtection: true",
        "deletionProtection: false",
        "type: workspace365:Environment",
    ),
    "typescript": Source(
        "index.ts",
        ", protect: true",
        "deletionProtection: true",
        "deletionProtection: false",
        'new workspace365.Environment("fabrikam"',
    ),
    "go": Source(
        "main.go",
        ", pulumi.Protect(true)",
        "pulumi.Bool(true)",
        "pulumi.Bool(false)",
        "",  # the language's host reports an error for what the CLI gives it to generate code from
    ),
    "java": Source(
        "src/main/java/environment/App.java",
        ".protect(true)",
        "deletionProtection(true)",
        "deletionProtection(false)",
        "",  # as Go's
    ),
    "csharp": Source(
        "Program.cs",
        ", Protect = true",
        "DeletionProtection = true",
        "DeletionProtection = false",
        "",  # as Go's
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


@pytest.mark.timeout(1700)  # some twenty commands, each of which may compile the program
@pytest.mark.parametrize("language", [pytest.param(name, marks=where(*TOOLS[name])) for name in SOURCES])
def test_an_environment_and_its_settings_live_their_whole_lives(
    language: str, tmp_path: Path, server: workspace365.Server
) -> None:
    source, management = SOURCES[language], server.management
    management.reset()
    here = language_programs.environment(language, tmp_path / "program", server)

    assert here.preview() == ["+ 7 to create"]
    here.note("defaultUrl: an http address")
    here.edit(source.file, SHAREPOINT, SHAREPOINT.replace("https", "http"))
    assert "defaultUrl: it must be an https address" in here.pulumi("preview", refused=True)
    assert not management.environments()
    here.note("defaultUrl: an https address again")
    here.edit(source.file, SHAREPOINT.replace("https", "http"), SHAREPOINT)

    here.up()
    made = management.environment("contoso")
    assert SIGN_ON_KEY in made.oauth2.values()
    assert "Office365" in made.exchange.values()
    assert SHAREPOINT in made.sharepoint.values()
    assert made.imported
    assert here.preview() == ["7 unchanged"]
    assert "unify" in here.pulumi("stack", "output", "users")

    here.note("defaultUrl: another one")
    here.edit(source.file, SHAREPOINT, f"{SHAREPOINT}/sites/intranet")
    assert here.preview() == ["~ 1 to update", "6 unchanged"]
    here.note("somebody deactivates the environment")
    management.change("contoso", is_active=False)
    here.pulumi("refresh", "--yes", "--skip-preview")
    assert here.preview() == ["~ 2 to update", "5 unchanged"]
    here.up()
    assert management.environment("contoso").is_active
    assert f"{SHAREPOINT}/sites/intranet" in management.environment("contoso").sharepoint.values()
    assert here.preview() == ["7 unchanged"]

    imports(here, source, management)

    assert "it is protected" in here.pulumi("destroy", "--preview-only", refused=True)
    here.note("without protect")
    here.edit(source.file, source.protect, "")
    here.up()
    told = here.pulumi("destroy", "--yes", "--skip-preview", refused=True)
    assert "Environment 'contoso' has deletionProtection=true. Set it to false and run `pulumi up`" in told
    here.note("deletionProtection: false")
    here.edit(source.file, source.guarded, source.unguarded)
    here.up()
    here.pulumi("destroy", "--yes", "--skip-preview")
    assert set(management.environments()) == {"fabrikam"}

    for secret in (SIGN_ON_KEY, management.state().keys.provisioning_key):
        assert secret not in here.stored()
    log = "\n".join(here.log)
    (tmp_path / "log").write_text(log)  # for the page
    assert log == LOG


def imports(here: Program, source: Source, management: workspace365.ManagementClient) -> None:
    """An environment that exists, by its type alone; then it is given up again."""
    management.seed("fabrikam")
    provider = here.urn("pulumi:providers:workspace365", "europe")
    told = here.pulumi(
        "import",
        "workspace365:index:Environment",
        "fabrikam",
        "fabrikam",
        "--yes",
        "--skip-preview",
        f"--provider=europe={provider}",
        f"--generate-code={bool(source.imported)}".lower(),
    )
    assert source.imported in told
    urn = here.urn("workspace365:index:Environment", "fabrikam")
    here.pulumi("state", "delete", urn, "--force", "--yes")
