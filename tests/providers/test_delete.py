import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365 import errors
from pulumi_workspace365.api import client
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CREATE, CheckError, Engine

Serve = Callable[..., Engine]


def test_a_deletion_is_preceded_by_a_backup(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_BACKUP_DIR", str(tmp_path / "backups"))
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    environment.delete()
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.name.startswith("contoso-")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "exportImportInfo" in json.loads(backup.read_text())
    assert not server.management.environments()


@pytest.mark.parametrize("broken", ["export", "disk"])
def test_no_backup_means_no_delete(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("W365_BACKUP_DIR", str(tmp_path / ("file" if broken == "disk" else "backups")))
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    if broken == "export":
        server.management.inject(faults.Status(operation="exportEnvironment", status=500))
    with pytest.raises(errors.Refused, match="was not deleted, because no backup could be written to"):
        environment.delete()
    assert server.management.count("deleteEnvironment") == 0


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_or_broken_disk_leaves_no_part_of_a_backup_and_deletes_nothing(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("W365_BACKUP_DIR", str(tmp_path / "backups"))
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)

    def failing(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing)
        with pytest.raises(errors.Refused, match=f"no backup could be written to .*: {os.strerror(code)}"):
            environment.delete()
    assert server.management.count("deleteEnvironment") == 0
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_is_written_whatever_the_configuration_and_the_name_hold(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, document = "名" * 120, {"half": "\ud800", "text": "Zoë"}
    monkeypatch.setenv("W365_BACKUP_DIR", str(tmp_path))
    monkeypatch.setattr(client.Client, "export_environment", lambda *_: document)
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE | {"environment_name": name})
    environment.delete()
    (backup,) = tmp_path.iterdir()
    assert json.loads(backup.read_text(encoding="utf-8")) == document
    assert not server.management.environments()


def test_a_configuration_that_cannot_be_written_keeps_the_environment(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    monkeypatch.setenv("W365_BACKUP_DIR", str(tmp_path))
    monkeypatch.setattr(client.Client, "export_environment", lambda *_: deep)
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    with pytest.raises(errors.Refused, match="no backup could be written to"):
        environment.delete()
    assert server.management.count("deleteEnvironment") == 0


def test_a_password_is_handed_over_once_and_kept_out_of_state(serve: Serve, server: Server, tmp_path: Path) -> None:
    environment = serve(EnvironmentProvider)
    target = tmp_path / "contoso.password"
    assert environment.create(**CREATE, temporary_password_to=f"file:{target}") == []
    password = server.management.environment("contoso").temporary_password
    assert target.read_text() == password
    assert target.stat().st_mode & 0o777 == 0o600
    assert password not in repr(environment.outs)


def test_a_command_gets_the_password_on_its_standard_input(serve: Serve, server: Server, tmp_path: Path) -> None:
    script = tmp_path / "take.py"
    script.write_text(
        f"import os, sys; open({str(tmp_path / 'got')!r}, 'w').write(os.environ['W365_ENVIRONMENT'] + ':' + sys.stdin.read())"
    )
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE, temporary_password_to=f"command:{sys.executable} {script}")
    assert (tmp_path / "got").read_text() == f"contoso:{server.management.environment('contoso').temporary_password}"
    assert environment.outs["temporary_password"] is None


def test_a_password_that_cannot_be_handed_over_is_kept_in_state(serve: Serve) -> None:
    environment = serve(EnvironmentProvider)
    reasons = environment.create(**CREATE, temporary_password_to="command:false")
    assert "kept in state, encrypted" in reasons[0]
    assert environment.outs["temporary_password"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:{existing}", "exists already"),
        ("file:/nowhere/x", "cannot be written"),
        ("command:no-such-command x", "no command 'no-such-command'"),
    ],
)
def test_a_handover_that_cannot_work_is_refused_before_the_post(
    serve: Serve, server: Server, tmp_path: Path, target: str, words: str
) -> None:
    (tmp_path / "existing").touch()
    with pytest.raises(errors.Refused, match=words):
        serve(EnvironmentProvider).create(**CREATE, temporary_password_to=target.format(existing=tmp_path / "existing"))
    assert server.management.count("createEnvironment") == 0


def test_a_handover_of_another_kind_is_a_check_failure(serve: Serve) -> None:
    with pytest.raises(CheckError, match="temporary_password_to: "):
        serve(EnvironmentProvider).check(**CREATE, temporary_password_to="mail:me")
