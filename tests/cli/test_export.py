import json
import stat
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import Command


def test_a_new_file_can_be_read_by_its_owner_only(w365: Command, server: Server, bare: Path) -> None:
    server.management.seed("contoso", configuration={"zeta": 1, "alpha": {"name": "Zoë"}})
    ran = w365("export", "contoso", "-o", "contoso.json")
    file = bare / "contoso.json"
    assert ran.code == 0
    assert "may contain confidential" in ran.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text(encoding="utf-8"))
    assert [key for key in document if key in {"zeta", "alpha"}] == ["zeta", "alpha"]
    assert document["alpha"] == {"name": "Zoë"}


def test_a_file_is_never_overwritten_unasked_and_nothing_is_sent_then(w365: Command, server: Server, bare: Path) -> None:
    server.management.seed("contoso")
    (bare / "kept.json").write_text("mine", encoding="utf-8")
    server.management.clear_requests()
    ran = w365("export", "contoso", "-o", "kept.json")
    assert (ran.code, ran.error) == (1, "kept.json exists already: name another file, or overwrite it with --force.")
    assert (bare / "kept.json").read_text(encoding="utf-8") == "mine"
    assert server.management.count() == 0


def test_force_overwrites_and_closes_the_file_to_others(w365: Command, server: Server, bare: Path) -> None:
    server.management.seed("contoso")
    file = bare / "kept.json"
    file.write_text("mine", encoding="utf-8")
    file.chmod(0o644)
    assert w365("export", "contoso", "-o", file, "--force").code == 0
    assert json.loads(file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in bare.iterdir()] == ["kept.json"]


def test_without_a_file_the_document_alone_is_on_standard_output(w365: Command, server: Server) -> None:
    server.management.seed("contoso")
    ran = w365("export", "contoso")
    assert "exportImportInfo" in ran.document
    assert ran.err.startswith("note: the document may contain confidential")


@pytest.mark.usefixtures("server")
def test_a_report_and_the_document_cannot_share_standard_output(w365: Command) -> None:
    ran = w365("export", "contoso", "--output", "json")
    assert ran.code == 2
    assert "standard output is used for the document" in ran.error


@pytest.mark.usefixtures("server")
def test_an_unknown_environment_leaves_no_file(w365: Command, bare: Path) -> None:
    ran = w365("export", "typo", "-o", "typo.json")
    assert ran.code == 1
    assert "HTTP 404" in ran.error
    assert list(bare.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_before_anything_is_sent(w365: Command, server: Server) -> None:
    server.management.clear_requests()
    ran = w365("export", "contoso", "-o", "nowhere/contoso.json")
    assert ran.error == "nowhere/contoso.json cannot be written: its folder does not exist."
    assert server.management.count() == 0


def test_a_page_instead_of_a_document_is_told(w365: Command, server: Server) -> None:
    server.management.inject(faults.Html())
    ran = w365("export", "contoso")
    assert ran.code == 1
    assert "is an HTML page, not the Provisioning API" in ran.error
