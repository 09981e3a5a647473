import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

from pulumi_workspace365 import errors
from pulumi_workspace365.template import TemplateProvider
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CheckError, Engine

Serve = Callable[..., Engine]

EXPORTED: dict[str, Any] = {
    "exportImportInfo": {
        "hostingInstanceId": "1cfaad2e-1b58-4dbe-5312-163bbd8a6bd8",
        "version": 1,
        "exportDateTime": "2019-01-01T00:00:00.0000000+00:00",
    },
    "apps": [{"id": 1, "appId": 2, "everyoneHasAccess": True, "parameters": "sentinel-parameter"}],
    "tileGroups": [{"name": "Start", "type": 2, "order": 0, "isNewTilesTarget": True, "tiles": []}],
}
ARGS = {"environment": "contoso", "configuration": EXPORTED}


@pytest.fixture
def template(serve: Serve, server: Server) -> Engine:
    server.management.seed("contoso")
    return serve(TemplateProvider)


def test_a_configuration_is_imported_once_and_kept_out_of_outputs(template: Engine, server: Server) -> None:
    template.create(**ARGS)
    assert server.management.count("importEnvironment") == 1
    assert not template.changes(**ARGS)
    assert "sentinel" not in repr(template.outs)


@pytest.mark.parametrize("form", ["text", "file", "asset"])
def test_text_and_files_say_the_same_as_an_object(template: Engine, tmp_path: Path, form: str) -> None:
    template.create(**ARGS)
    reordered = {**dict(reversed(EXPORTED.items())), "exportImportInfo": {"version": 7}}
    (tmp_path / "t.json").write_text(json.dumps(reordered, indent=3))
    given = {
        "text": json.dumps(reordered),
        "file": pulumi.FileAsset(str(tmp_path / "t.json")),
        "asset": pulumi.StringAsset(json.dumps(reordered)),
    }[form]
    assert not template.changes(**{**ARGS, "configuration": given})


def test_another_configuration_fails_at_preview_with_advice(template: Engine, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(EXPORTED))
    asset = {**ARGS, "configuration": pulumi.FileAsset(str(tmp_path / "t.json"))}
    template.create(**asset)
    (tmp_path / "t.json").write_text(json.dumps({**EXPORTED, "apps": []}))
    with pytest.raises(
        CheckError, match=r"configuration: it cannot be changed, because Workspace 365 imports only into an empty"
    ):
        template.check(**asset)
    assert template.changes(**asset, revision=2)
    assert template.changes(**{**ARGS, "configuration": UNKNOWN})


def test_an_environment_that_is_not_empty_is_explained(template: Engine, server: Server) -> None:
    server.management.change("contoso", users=2)
    with pytest.raises(errors.Rejected, match=r"Omgeving is niet leeg.* Most likely the environment 'contoso' is not empty"):
        template.create(**ARGS)
    assert server.management.count("importEnvironment") == 1


def test_a_template_that_is_too_large_for_the_server_says_nothing_of_the_environment(template: Engine, server: Server) -> None:
    server.management.inject(faults.Status(operation="importEnvironment", status=413))
    with pytest.raises(errors.Rejected, match="takes no template of this size") as refused:
        template.create(**ARGS)
    assert "not empty" not in str(refused.value)
    assert server.management.count("importEnvironment") == 1


def test_an_environment_that_an_interrupted_run_had_filled_is_recognised(template: Engine, server: Server) -> None:
    lost = faults.Reset(operation="importEnvironment", when="after", times=1)
    server.management.inject(lost, faults.Status(operation="exportEnvironment", status=403, times=1))
    with pytest.raises(errors.Ambiguous, match="whether it was carried out"):
        template.create(**ARGS)
    template.create(**ARGS)
    assert template.id == "contoso"


def test_what_a_configuration_holds_is_not_repeated_by_an_error(template: Engine, server: Server) -> None:
    told = faults.Status(
        operation="importEnvironment", status=400, text='No app takes "sentinel-parameter".', form="object", members=[]
    )
    server.management.inject(told)
    with pytest.raises(errors.Rejected, match=r'The server says: No app takes "\[secret\]"\.'):
        template.create(**ARGS)


def test_a_new_incarnation_gets_the_template_again_and_other_changes_do_not(template: Engine, server: Server) -> None:
    first = server.management.environment("contoso").creation_date
    template.create(**ARGS)
    template.update(**ARGS, incarnation=first)
    assert server.management.count("importEnvironment") == 1
    again = server.management.recreate("contoso").creation_date
    assert template.changes(**ARGS, incarnation=again)
    template.update(**ARGS, incarnation=again)
    assert server.management.count("importEnvironment") == 2


@pytest.mark.parametrize("lost", [faults.Reset, faults.Close])
def test_a_lost_answer_is_never_sent_again_but_seen_in_an_export(template: Engine, server: Server, lost: Any) -> None:
    server.management.inject(lost(operation="importEnvironment", when="after", times=1))
    template.create(**ARGS)
    assert server.management.count("importEnvironment") == 1


def test_a_lost_answer_that_an_export_does_not_explain_is_an_error(template: Engine, server: Server) -> None:
    server.management.inject(faults.Reset(operation="importEnvironment", when="before", times=1))
    with pytest.raises(errors.Ambiguous, match="never sent twice, and an export does not show it"):
        template.create(**ARGS)
    assert server.management.count("importEnvironment") == 1


@pytest.mark.parametrize("bad", ["no json {", "[1]", pulumi.FileAsset("no/such/file")])
def test_a_bad_configuration_is_a_check_failure(template: Engine, bad: Any) -> None:
    with pytest.raises(CheckError, match="configuration: "):
        template.check(**{**ARGS, "configuration": bad})
