"""A stack on disk: what both engines share, and what survives a crash at any point."""

import dataclasses
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine.errors import NeedsPulumiCLI, SecretsError, StateError
from pulumi_embedded_engine.resource.deployment import Deployment
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Secret
from pulumi_embedded_engine.store import files, replay, tags
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.journal import Journal
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace.config import StackFile
from pulumi_workspace365_sandbox.runner.project import Project as SandboxProject
from tests.engine.cli import PASSPHRASE, RECORDED, PulumiCLI

STACK = Resource(urn="urn:pulumi:dev::interchange::pulumi:pulumi:Stack::interchange-dev", type="pulumi:pulumi:Stack")


def resource(name: str, **fields: Any) -> Resource:
    urn = f"urn:pulumi:dev::interchange::a:b:C::{name}"
    return Resource(urn=urn, type="a:b:C", custom=True, id=f"id-{name}", parent=STACK.urn, **fields)


@pytest.fixture
def recorded(tmp_path: Path) -> StackStore:
    """The stack as the CLI left it."""
    folder = tmp_path / ".pulumi/stacks/interchange"
    folder.mkdir(parents=True)
    shutil.copy(RECORDED / "interchange/checkpoint.json", folder / "dev.json")
    (tmp_path / ".pulumi/meta.yaml").write_text("version: 1\n")
    return Backend.from_url(f"file://{tmp_path}").stack("interchange", "dev")


def test_a_new_stack_is_empty_and_can_be_opened(store: StackStore, secrets: PassphraseSecrets) -> None:
    assert store.exists()
    deployment = store.load(secrets.decrypt)
    assert (deployment.resources, deployment.secrets_provider) == ([], secrets.state())


def test_a_stack_is_created_once(store: StackStore, secrets: PassphraseSecrets) -> None:
    with pytest.raises(StateError, match="stack 'organization/interchange/dev' already exists"):
        store.init(secrets)


def test_a_stack_without_resources_can_be_removed(store: StackStore, secrets: PassphraseSecrets) -> None:
    store.remove()
    assert not store.exists()
    store.init(secrets)
    other = dataclasses.replace(STACK, urn=f"{STACK.urn}2", type="a:b:C")
    for resources in ([STACK, other], [other]):
        store.save(Deployment(resources), secrets.encrypt)
        with pytest.raises(StateError, match="still has resources: destroy them first"):
            store.remove()
    store.save(Deployment([STACK]), secrets.encrypt)  # the stack alone, as for the CLI
    store.remove()
    assert not store.exists()


def test_a_missing_stack_is_named(tmp_path: Path) -> None:
    store = Backend(tmp_path).stack("interchange", "prod")
    assert not store.exists()
    with pytest.raises(StateError, match="stack prod of project interchange does not exist in"):
        store.load(str)


def test_what_the_cli_stored_is_loaded_and_exported_as_the_cli_does(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    assert len(recorded.load(secrets.decrypt).resources) == 9
    exports = [json.loads((RECORDED / "interchange" / name).read_text()) for name in ("export.json", "export-show-secrets.json")]
    assert [recorded.export(), recorded.export(secrets)] == exports


def test_saving_keeps_the_former_deployment_beside_it(store: StackStore, secrets: PassphraseSecrets) -> None:
    store.save(Deployment([STACK]), secrets.encrypt)
    former = store.path.read_bytes()
    store.save(Deployment([STACK, resource("a")]), secrets.encrypt)
    assert store.path.with_name("dev.json.bak").read_bytes() == former
    assert [path.name for path in sorted(store.path.parent.iterdir())] == ["dev.json", "dev.json.bak"]


def test_an_inconsistent_deployment_is_not_saved(store: StackStore, secrets: PassphraseSecrets) -> None:
    before = store.path.read_bytes()
    with pytest.raises(StateError, match="is a child of"):
        store.save(Deployment([resource("a")]), secrets.encrypt)
    assert store.path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    (tmp_path / ".pulumi").write_text("a file where a folder must be")
    store = StackStore(tmp_path, "p", "dev")
    with pytest.raises(
        StateError, match=r"\.pulumi.* cannot be used: (Not a directory|File exists); the folder of stacks must be"
    ):
        store.init(secrets)
    with pytest.raises(StateError, match="cannot be used: Not a directory|File exists"), store.lock():
        pass


def test_a_deployment_in_clear_is_imported_encrypted(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    shown = recorded.export(secrets)
    shown["deployment"]["secrets_providers"] = None
    own = PassphraseSecrets(PASSPHRASE, new_salt(PASSPHRASE))
    recorded.import_(shown, own)
    assert "hush" not in recorded.path.read_text()
    assert recorded.export(secrets)["deployment"]["resources"] == shown["deployment"]["resources"]
    assert recorded.secrets(secrets).encryption_salt == own.encryption_salt


def test_a_deployment_of_another_stack_is_imported_under_our_salt(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    document, shown = recorded.export(), recorded.export(secrets)
    own = PassphraseSecrets(PASSPHRASE, new_salt(PASSPHRASE))
    recorded.import_(document, own)
    assert recorded.export()["deployment"]["resources"] != document["deployment"]["resources"]
    assert recorded.export(secrets)["deployment"]["resources"] == shown["deployment"]["resources"]


def test_a_deployment_is_not_imported_with_a_wrong_passphrase(recorded: StackStore) -> None:
    before = recorded.path.read_bytes()
    with pytest.raises(SecretsError, match="incorrect passphrase"):
        recorded.import_(recorded.export(), PassphraseSecrets("wrong", new_salt("wrong")))
    assert recorded.path.read_bytes() == before


def test_another_secrets_provider_needs_the_cli(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    text = recorded.path.read_text().replace('"type": "passphrase"', '"type": "cloud"')
    recorded.path.write_text(text)
    with pytest.raises(NeedsPulumiCLI, match="the secrets provider cloud of stack dev needs the Pulumi CLI"):
        recorded.secrets(secrets)


def test_a_compressed_stack_is_read_and_written_plain(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    compressed = recorded.path.with_name("dev.json.gz")
    compressed.write_bytes(gzip.compress(recorded.path.read_bytes()))
    recorded.path.unlink()
    deployment = recorded.load(secrets.decrypt)
    recorded.save(deployment, secrets.encrypt)
    assert not compressed.exists()
    assert recorded.load(secrets.decrypt).resources == deployment.resources


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', '{"version":3,"checkpoint":[]}'])
def test_a_damaged_checkpoint_points_to_its_backup(content: str, store: StackStore, secrets: PassphraseSecrets) -> None:
    store.path.write_text(content)
    with pytest.raises(StateError, match=r"dev.json is damaged .*: restore dev.json.bak"):
        store.load(secrets.decrypt)


@pytest.mark.parametrize("url", ["s3://bucket", "https://api.pulumi.com"])
def test_another_backend_needs_the_cli(url: str) -> None:
    with pytest.raises(NeedsPulumiCLI, match="needs the Pulumi CLI"):
        Backend.from_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "file://[",
        "file://~nobody-of-that-name/x",
        "file:///state/%00",
        "file:///state/\ud800",
        f"file:///{'x' * 5000}",
        "://",
        "\0",
        "~",
    ],
)
def test_what_is_no_folder_is_said_in_a_sentence(url: str) -> None:
    with pytest.raises(StateError, match="is not the URL of a backend|File name too long") as problem:
        Backend.from_url(url).stack("interchange", "dev")
    assert "file://" in str(problem.value) or "cannot be used" in str(problem.value)


@pytest.mark.parametrize(
    "look", [files.exists, files.entries, tags.load, StackFile.load], ids=lambda look: str(look.__qualname__)
)
def test_what_cannot_be_seen_is_not_taken_for_absent(tmp_path: Path, look: Callable[[Path], object]) -> None:
    """As pathlib does since Python 3.14: a state or a lock on a network's folder that does not answer would be none."""
    with pytest.raises(StateError, match="File name too long"):
        look(tmp_path / ("x" * 5000))


def test_a_backend_is_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.chdir(tmp_path)
    urls = ["file:///a%20b/c", "file://~", "file://~/x", "file://./x"]
    expected = [Path("/a b/c"), Path("/home/me"), Path("/home/me/x"), tmp_path / "x"]
    assert [Backend.from_url(url).root for url in urls] == expected


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".pulumi/stacks").mkdir(parents=True)
    (tmp_path / ".pulumi/stacks/dev.json").write_text("{}")
    with pytest.raises(NeedsPulumiCLI, match="layout without projects"):
        Backend(tmp_path).stack("p", "dev")
    (tmp_path / ".pulumi/meta.yaml").write_text("version: 2")
    with pytest.raises(NeedsPulumiCLI, match="layout version 2"):
        Backend(tmp_path).stack("p", "dev")
    (tmp_path / ".pulumi/meta.yaml").write_text("")
    with pytest.raises(StateError, match="has no version"):
        Backend(tmp_path).stack("p", "dev")


# Runs and crashes.


def start(store: StackStore, secrets: PassphraseSecrets) -> Journal:
    """A run that created a stack and a resource, and was about to create another."""
    run = store.open_journal(secrets)
    run.end(new=STACK)
    run.end(run.begin("creating", resource("a", inputs={"key": Secret("s")})), new=resource("a", inputs={"key": Secret("s")}))
    run.begin("creating", dataclasses.replace(resource("b"), id=""))
    return run


def names(deployment: Deployment) -> tuple[list[str], list[str]]:
    pending = [f"{item.type} {item.resource.urn.rpartition('::')[2]}" for item in deployment.pending_operations]
    return [item.urn.rpartition("::")[2] for item in deployment.resources], pending


INTERRUPTED = (["interchange-dev", "a"], ["creating b"])


def test_a_finished_run_is_in_the_checkpoint(store: StackStore, secrets: PassphraseSecrets) -> None:
    with store.lock():
        run = start(store, secrets)
        store.close_journal(run)
    assert names(store.load(secrets.decrypt)) == INTERRUPTED
    assert store.load(secrets.decrypt).resources[1].inputs == {"key": Secret("s")}
    assert not list(store.path.parents[2].glob("embedded/interchange/dev/journal*"))


def test_a_killed_run_is_seen_at_once_and_folded_by_the_next(store: StackStore, secrets: PassphraseSecrets) -> None:
    start(store, secrets).close()
    assert names(store.load(secrets.decrypt)) == INTERRUPTED
    assert json.loads(store.path.read_text())["checkpoint"]["latest"].get("resources") is None
    with store.lock():
        assert len(json.loads(store.path.read_text())["checkpoint"]["latest"]["resources"]) == 2
        assert names(store.load(secrets.decrypt)) == INTERRUPTED


@pytest.mark.slow
def test_a_run_cut_off_at_any_byte_of_its_journal_can_be_continued(store: StackStore, secrets: PassphraseSecrets) -> None:
    start(store, secrets).close()
    journal_path = store.path.parents[2] / "embedded/interchange/dev/journal"
    data, checkpoint = journal_path.read_bytes(), store.path.read_bytes()
    expected = [
        ([], []),
        ([], []),
        (["interchange-dev"], []),
        (["interchange-dev"], ["creating a"]),
        (["interchange-dev", "a"], []),
    ]
    for end in range(0, len(data), 7):
        journal_path.write_bytes(data[:end])
        store.path.write_bytes(checkpoint)
        complete = data[:end].count(b"\n")
        with store.lock():
            assert names(store.load(secrets.decrypt)) == expected[complete]
            store.close_journal(store.open_journal(secrets))
        left = [item for item in expected[complete][1] if item.startswith("creating")]
        assert names(store.load(secrets.decrypt)) == (expected[complete][0], left)


def test_a_crash_before_the_new_checkpoint_is_in_place_loses_nothing(store: StackStore, secrets: PassphraseSecrets) -> None:
    run = start(store, secrets)
    run.commit("the hash of a checkpoint that was never written")
    run.close()
    with store.lock():
        assert names(store.load(secrets.decrypt)) == INTERRUPTED


def test_a_crash_after_the_new_checkpoint_is_in_place_applies_nothing_twice(
    store: StackStore, secrets: PassphraseSecrets
) -> None:
    run = start(store, secrets)
    journal_path = store.path.parents[2] / "embedded/interchange/dev/journal"
    kept = journal_path.with_name("kept")
    kept.hardlink_to(journal_path)
    store.close_journal(run)
    kept.rename(journal_path)
    assert names(store.load(secrets.decrypt)) == INTERRUPTED
    with store.lock():
        assert names(store.load(secrets.decrypt)) == INTERRUPTED
    assert not journal_path.exists()


def test_a_stack_that_another_program_changed_meanwhile_is_not_overwritten(store: StackStore, secrets: PassphraseSecrets) -> None:
    start(store, secrets).close()
    document = json.loads(store.path.read_text())
    document["checkpoint"]["latest"]["manifest"]["time"] = "2030-01-01T00:00:00Z"
    store.path.write_text(json.dumps(document))
    with pytest.raises(StateError, match=r"changed by another program.*recorded 1 resources.*C::a \(id id-a\)"), store.lock():
        pass
    with pytest.raises(StateError, match="changed by another program"):
        store.load(secrets.decrypt)


def test_a_change_by_another_program_during_a_run_is_not_overwritten(store: StackStore, secrets: PassphraseSecrets) -> None:
    run = start(store, secrets)
    changed = store.path.read_text().replace("v0", "v9")
    store.path.write_text(changed)
    with pytest.raises(StateError, match="changed by another program while or after this engine ran"):
        store.close_journal(run)
    assert store.path.read_text() == changed


def test_a_deployment_imported_in_clear_gets_a_secrets_provider(store: StackStore, secrets: PassphraseSecrets) -> None:
    store.save(Deployment([STACK]), secrets.encrypt)
    with store.lock():
        run = store.open_journal(store.secrets(secrets))
        run.end(new=resource("a", inputs={"key": Secret("s")}))
        store.close_journal(run)
    assert store.load(secrets.decrypt).secrets_provider == secrets.state()


def test_a_run_that_left_dangling_references_loses_no_resource(store: StackStore, secrets: PassphraseSecrets) -> None:
    store.save(Deployment([STACK, resource("a"), resource("b", dependencies=(resource("a").urn,))]), secrets.encrypt)
    with store.lock():
        run = store.open_journal(secrets)
        run.end(remove=replay.base_key(1))
        store.close_journal(run)
    assert [item.dependencies for item in store.load(secrets.decrypt).resources] == [(), ()]


def test_unchanged_resources_keep_their_ciphertexts(recorded: StackStore, secrets: PassphraseSecrets) -> None:
    before = recorded.export()["deployment"]["resources"]
    with recorded.lock():
        run = recorded.open_journal(secrets)
        for index in range(len(before)):
            run.same(replay.base_key(index))
        recorded.close_journal(run)
    assert recorded.export()["deployment"]["resources"] == before


def test_a_pending_create_stays_until_a_person_judged_it(store: StackStore, secrets: PassphraseSecrets) -> None:
    start(store, secrets).close()
    with store.lock():
        run = store.open_journal(secrets)
        run.same(replay.base_key(0))
        run.same(replay.base_key(1))
        store.close_journal(run)
    assert names(store.load(secrets.decrypt)) == INTERRUPTED


# With the real CLI.


def initialise(cli: PulumiCLI) -> StackStore:
    shutil.copy(RECORDED / "interchange/Pulumi.dev.yaml", cli.directory)
    cli.extra["HOOKS"] = "1"
    cli.run("stack", "init", "dev")
    shutil.copy(RECORDED / "interchange/Pulumi.dev.yaml", cli.directory)
    return Backend.from_url(cli.url).stack("interchange", "dev")


def test_the_cli_continues_with_a_stack_we_have_written(interchange: PulumiCLI, secrets: PassphraseSecrets) -> None:
    store = initialise(interchange)
    interchange.run("up", "--yes", "--skip-preview")
    with store.lock():
        deployment = store.load(store.secrets(secrets).decrypt)
        renewed = [dataclasses.replace(item) for item in deployment.resources]
        store.save(dataclasses.replace(deployment, resources=renewed), store.secrets(secrets).encrypt)
        run = store.open_journal(store.secrets(secrets))
        for index, item in enumerate(renewed):
            run.same(replay.base_key(index), item)
        store.close_journal(run)
    assert interchange.export(show_secrets=True) == store.export(secrets)
    assert "8 unchanged" in interchange.run("preview", "--expect-no-changes")
    interchange.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert len(store.load(store.secrets(secrets).decrypt).resources) == 9


def test_the_cli_works_in_a_stack_we_created(interchange: PulumiCLI, secrets: PassphraseSecrets) -> None:
    shutil.copy(RECORDED / "interchange/Pulumi.dev.yaml", interchange.directory)
    store = Backend.from_url(interchange.url).stack("interchange", "dev")
    store.init(secrets)
    interchange.run("stack", "select", "dev")
    interchange.run("up", "--yes", "--skip-preview")
    assert len(store.load(secrets.decrypt).resources) == 8
    document = interchange.export(show_secrets=True)
    store.import_(document, secrets)
    assert "7 unchanged" in interchange.run("preview", "--expect-no-changes")
    assert interchange.export(show_secrets=True)["deployment"]["resources"] == document["deployment"]["resources"]


@pytest.mark.parametrize("name", ["plain", "with space", "number #1", "100%", "%41", "question?", "gruß"])
def test_the_sandbox_keeps_its_state_in_the_projects_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    project = SandboxProject(tmp_path / name, "shop")
    assert Backend.from_url(project.backend_url).root == tmp_path / name / ".sandbox" / "state"
