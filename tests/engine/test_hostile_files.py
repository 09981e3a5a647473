"""Files of a project and of a folder of stacks that somebody damaged: refused in one sentence with the place, never a traceback, never a hang."""

import copy
import functools
import gzip
import hashlib
import itertools
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import EngineError, ProjectError, SecretsError, StateError
from pulumi_embedded_engine.resource.deployment import Deployment
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.store import structure
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, passphrase_from_environment
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace.project import Project
from pulumi_embedded_engine.workspace.yaml_file import YamlFile
from tests import hostile, other_user
from tests.engine.cli import PASSPHRASE, PROGRAMS

Json = dict[str, Any]
URN = "urn:pulumi:dev::interchange::pulumi:pulumi:Stack::interchange-dev"
CHILD = "urn:pulumi:dev::interchange::a:b:C::child"
SIGNATURE = "4dabf18193072939515e22adb298388d"
WHOLE: Json = {
    "version": 3,
    "features": [],
    "deployment": {
        "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "m", "version": "v1"},
        "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:a:b"}},
        "resources": [
            {"urn": URN, "type": "pulumi:pulumi:Stack", "outputs": {"url": "https://a"}},
            {
                "urn": CHILD,
                "type": "a:b:C",
                "custom": True,
                "delete": False,
                "id": "i",
                "inputs": {"a": {"b": [1, None, "c"]}},
                "outputs": {},
                "parent": URN,
                "protect": True,
                "taint": False,
                "external": False,
                "dependencies": [URN],
                "initErrors": ["e"],
                "provider": "",
                "propertyDependencies": {"a": [URN], "b": None},
                "pendingReplacement": False,
                "additionalSecretOutputs": ["x"],
                "aliases": [],
                "customTimeouts": {"create": 1.5},
                "importID": "",
                "retainOnDelete": False,
                "deletedWith": "",
                "replaceWith": [],
                "created": "2026-01-01T00:00:00Z",
                "modified": "",
                "sourcePosition": "",
                "stackTrace": [{"sourcePosition": "x"}],
                "ignoreChanges": [],
                "hideDiff": [],
                "replaceOnChanges": [],
                "replacementTrigger": "t",
                "refreshBeforeUpdate": False,
                "viewOf": "",
                "resourceHooks": {"beforeCreate": ["h"]},
            },
        ],
        "pending_operations": [{"resource": {"urn": CHILD, "type": "a:b:C"}, "type": "creating"}],
        "metadata": {},
    },
}
VALUES: list[Any] = [None, 5, -1.5, "x", [], {}, True, [5], {"a": 5}, [[]], {SIGNATURE: 5}, {SIGNATURE: "x"}]


def one_sentence(problem: BaseException, *names: str) -> None:
    said = str(problem)
    assert "\n" not in said
    assert len(said) < 600
    for name in names:
        assert name in said


def spots(value: Any, spot: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield spot
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from spots(value[key], (*spot, key))


def changed(document: Any, spot: tuple[Any, ...], value: Any) -> Any:
    if not spot:
        return value
    result = copy.deepcopy(document)
    inner = result
    for key in spot[:-1]:
        inner = inner[key]
    inner[spot[-1]] = value
    return result


@pytest.mark.parametrize("name", hostile.YAML)
def test_a_hostile_settings_file_is_read_or_refused_with_its_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.yaml"
    path.write_bytes(hostile.YAML[name])
    texts_to_the_cli = {"binary number without digits", "5000 digits", "5000 hexadecimal digits", "too large"}
    if name in {"empty", "only comments", "a text", "a list", "escaped NUL", "UTF-16", *texts_to_the_cli}:
        YamlFile.load(path)
        return
    with pytest.raises(ProjectError) as problem:
        YamlFile.load(path)
    one_sentence(problem.value, "Pulumi.yaml")


@pytest.mark.parametrize("name", hostile.YAML)
def test_a_stack_file_that_no_stack_can_have_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_bytes(hostile.YAML[name])
    project = Project.load(tmp_path)
    if name in {"empty", "only comments"}:
        assert project.stack_config("dev", None).values == {}
        return
    with pytest.raises(ProjectError) as problem:
        project.stack_config("dev", None)
    one_sentence(problem.value, "Pulumi.dev.yaml")


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_what_is_no_regular_file_is_never_read(
    kind: str, tmp_path: Path, secrets: PassphraseSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    there_is_nothing = kind in {"link to nothing", "link to itself"}  # which is not there, as of any other program
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    hostile.KINDS[kind](tmp_path / "Pulumi.dev.yaml")
    if not there_is_nothing:
        with pytest.raises(ProjectError) as unread:
            Project.load(tmp_path).stack_config("dev", None)
        one_sentence(unread.value, "Pulumi.dev.yaml")
    for number, place in enumerate((".pulumi/meta.yaml", ".pulumi/stacks/p/dev.json", ".pulumi/stacks/p/dev.json.gz")):
        path = tmp_path / str(number) / place
        path.parent.mkdir(parents=True)
        hostile.KINDS[kind](path)
        with pytest.raises(StateError) as refused:
            Backend(tmp_path / str(number)).stack("p", "dev").load(secrets.decrypt)
        one_sentence(refused.value)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    hostile.KINDS[kind](tmp_path / "phrase")
    with pytest.raises(SecretsError) as missing:
        passphrase_from_environment({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")})
    one_sentence(missing.value, "phrase")


def test_a_lock_file_that_cannot_be_read_is_one_all_the_same(store: StackStore) -> None:
    folder = store.path.parents[2] / "locks/organization/interchange/dev"
    folder.mkdir(parents=True)
    for number, make in enumerate((hostile.KINDS["pipe"], hostile.KINDS["endless device"], hostile.KINDS["folder"])):
        make(folder / f"{number}.json")
    for number, content in enumerate(hostile.JSON.values(), 10):
        (folder / f"{number}.json").write_bytes(content)
    with pytest.raises(StateError, match="is locked by"), store.lock():
        pass


@pytest.mark.parametrize("name", hostile.JSON)
def test_a_hostile_checkpoint_points_to_its_backup(name: str, store: StackStore, secrets: PassphraseSecrets) -> None:
    store.path.write_bytes(hostile.JSON[name])
    with pytest.raises(StateError) as problem:
        store.load(secrets.decrypt)
    one_sentence(problem.value, "dev.json is damaged (", "restore dev.json.bak beside it")


PACKED = gzip.compress(b'{"version": 3}', mtime=0)
DAMAGED = {
    "it is empty": b"",
    "the compressed content is damaged": b"junk",
    "the compressed content is damaged (": PACKED + b"junk",
    "the compressed content is torn off": PACKED[:-9],
    "nested more than 200 levels deep": gzip.compress(b"[" * 100_000, mtime=0),
    "not UTF-8 text": gzip.compress(b"\xff", mtime=0),
}


@pytest.mark.parametrize("told", DAMAGED)
def test_a_damaged_compressed_checkpoint_points_to_its_backup(told: str, store: StackStore, secrets: PassphraseSecrets) -> None:
    store.path.unlink()
    store.path.with_name("dev.json.gz").write_bytes(DAMAGED[told])
    with pytest.raises(StateError) as problem:
        store.load(secrets.decrypt)
    one_sentence(problem.value, "dev.json.gz is damaged (", told, "restore dev.json.gz.bak beside it")


def test_what_unpacks_without_end_is_not_unpacked() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(64)) + packer.flush()
    with pytest.raises(input_files.FileError, match=r"it is larger than 8 MiB"):
        input_files.decompress(packed, "a", largest=8 * 1024**2)
    with pytest.raises(input_files.FileError, match=r"it is larger than 8 MiB"):
        input_files.decompress(gzip.compress(bytes(1024**2)) * 9, "a", largest=8 * 1024**2)
    assert input_files.decompress(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", "a") == b"ab"


@pytest.mark.parametrize(
    ("spot", "value", "told"),
    [
        ((), "text", "the document is not an object"),
        (("version",), "3", "version is not a whole number"),
        (("version",), None, "version is missing"),
        (("features",), [["hooks"]], "features[0] is not a text"),
        (("deployment",), [], "deployment is not an object"),
        (("deployment",), None, "deployment is missing"),
        (("deployment", "resources"), "text", "deployment.resources is not a list"),
        (("deployment", "resources", 1), "text", "deployment.resources[1] is not an object"),
        (("deployment", "resources", 1, "urn"), None, "deployment.resources[1].urn is missing"),
        (("deployment", "resources", 1, "urn"), "child", "deployment.resources[1].urn is no URN"),
        (("deployment", "resources", 1, "type"), 5, "deployment.resources[1].type is not a text"),
        (("deployment", "resources", 1, "custom"), "yes", "deployment.resources[1].custom is not true or false"),
        (("deployment", "resources", 1, "customTimeouts", "create"), True, "resources[1].customTimeouts.create is not a number"),
        (("deployment", "resources", 1, "dependencies", 0), {}, "deployment.resources[1].dependencies[0] is not a text"),
        (("deployment", "resources", 1, "propertyDependencies", "a"), "x", "resources[1].propertyDependencies.a is not a list"),
        (("deployment", "secrets_providers"), "passphrase", "deployment.secrets_providers is not an object"),
        (("deployment", "secrets_providers", "state"), None, "deployment.secrets_providers.state is missing"),
        (("deployment", "secrets_providers", "state"), {}, "deployment.secrets_providers.state.salt is missing"),
        (("deployment", "pending_operations", 0, "resource"), None, "deployment.pending_operations[0].resource is missing"),
        (("deployment", "pending_operations", 0, "resource", "urn"), 5, "pending_operations[0].resource.urn is no URN"),
    ],
)
def test_what_is_wrong_with_a_deployment_is_told_with_its_place(spot: tuple[Any, ...], value: Any, told: str) -> None:
    assert structure.problem(WHOLE) == ""
    assert structure.problem(changed(WHOLE, spot, value)).endswith(told)


SPREAD = pytest.mark.parametrize("step", [pytest.param(11, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])


@SPREAD
def test_every_field_of_a_deployment_is_judged_or_does_no_harm(step: int, store: StackStore, secrets: PassphraseSecrets) -> None:
    """Whatever stands in whatever field, what is read can be written again, and everything else is refused in one sentence."""
    whole = changed(WHOLE, ("deployment", "secrets_providers"), secrets.state())

    def attempt(act: Callable[[], object]) -> None:
        try:
            act()
        except EngineError as problem:
            one_sentence(problem)

    for spot, value in list(itertools.product(spots(whole), VALUES))[::step]:
        document = changed(whole, spot, value)
        fields = document if isinstance(document, dict) else {}
        checkpoint = {"stack": "x", "latest": fields.get("deployment")}
        store.path.write_text(json.dumps(fields | {"checkpoint": checkpoint} if isinstance(document, dict) else document))
        attempt(lambda: store.save(store.load(store.secrets(secrets).decrypt), secrets.encrypt))
        attempt(lambda: store.export(secrets))
        store.path.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {}}}))
        attempt(functools.partial(store.import_, document, secrets))


@SPREAD
def test_every_field_of_a_projects_files_is_judged_or_does_no_harm(step: int, tmp_path: Path, secrets: PassphraseSecrets) -> None:
    project: Json = {
        "name": "p",
        "description": "d",
        "main": "sub",
        "runtime": {"name": "python", "options": {"virtualenv": "venv"}},
        "options": {"refresh": "always"},
        "backend": {"url": "file://x"},
        "plugins": {"providers": [{"name": "a", "path": "b", "version": "1.0.0"}]},
        "stackConfigDir": "stacks",
        "config": {
            "k": {"type": "string", "default": "x", "description": "d", "secret": False},
            "arr": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}, "default": [[1]]},
            "n": {"type": "integer"},
            "ns:x": {"value": "y"},
            "plain": 5,
        },
    }
    stack: Json = {
        "encryptionsalt": secrets.encryption_salt,
        "secretsprovider": "passphrase",
        "config": {"p:n": 5, "k": "x", "s": {"secure": secrets.encrypt("hi")}, "deep": {"a": [1.5, None, True]}},
    }
    (tmp_path / "sub").mkdir()
    (tmp_path / "stacks").mkdir()

    def attempt(project: Any, stack: Any) -> None:
        (tmp_path / "Pulumi.yaml").write_text(json.dumps(project))
        (tmp_path / "stacks/Pulumi.dev.yaml").write_text(json.dumps(stack))
        acts: list[Callable[[Project], object]] = [
            lambda found: found.stack_config("dev", secrets),
            lambda found: found.displayed_config("dev", secrets.decrypt),
            lambda found: found.set_config("dev", "k", "v"),
        ]
        for act in acts:
            try:
                act(Project.load(tmp_path))
            except EngineError as problem:
                one_sentence(problem)

    odd = [*VALUES, "\0", "..", "/", "a:b:c:d", 10**30]
    for spot, value in list(itertools.product(spots(project), odd))[::step]:
        attempt(changed(project, spot, value), stack)
    for spot, value in list(itertools.product(spots(stack), odd))[::step]:
        attempt(project, changed(stack, spot, value))


@pytest.mark.parametrize("deep", ["[" * 5000, '{"a":' * 5000, "NaN", "9" * 5000, '{"a": 1, "a": 2}', "\x00"])
def test_what_a_secret_holds_is_judged_too(deep: str, store: StackStore, secrets: PassphraseSecrets) -> None:
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": deep}
    with pytest.raises(StateError, match=r"malformed property, outputs: .* \(resources\[0\]\)"):
        store.import_(
            {"version": 3, "deployment": {"resources": [{"urn": URN, "type": "a:b:C", "outputs": {"url": secret}}]}}, secrets
        )


def test_a_deployment_with_a_foreign_journal_is_told(store: StackStore, secrets: PassphraseSecrets) -> None:
    store.save(Deployment([Resource(urn=URN, type="pulumi:pulumi:Stack")]), secrets.encrypt)
    folder = store.path.parents[2] / "embedded/interchange/dev"
    folder.mkdir(parents=True, exist_ok=True)
    for content in (b'{"kind": "explode"}', b"[]", b'{"kind": 5}', b'{"kind": "header"'):
        (folder / "journal").write_bytes(b"%08x %s\n" % (zlib.crc32(content), content))
        with pytest.raises(EngineError) as problem:
            store.load(secrets.decrypt)
        one_sentence(problem.value, "journal")


RECORDS: list[Json] = [
    {
        "kind": "header",
        "format": 1,
        "base": "",
        "stack": "interchange/dev",
        "secrets_providers": None,
        "time": "2026-01-01T00:00:00Z",
    },
    {"kind": "same", "operation": 1, "old": "b0", "new": WHOLE["deployment"]["resources"][0]},
    {"kind": "begin", "operation": 2, "type": "creating", "resource": {"urn": CHILD, "type": "a:b:C"}},
    {"kind": "end", "operation": 2, "new": WHOLE["deployment"]["resources"][1], "byteString": True},
    {"kind": "outputs", "old": "n1", "new": {"urn": URN, "type": "pulumi:pulumi:Stack"}},
    {"kind": "refresh", "old": "n2", "new": {"urn": CHILD, "type": "a:b:C", "parent": URN}},
    {"kind": "rebuild"},
    {"kind": "end", "operation": 3, "mark_delete": "n2", "refreshed": False},
    {"kind": "end", "operation": 4, "mark_pending_replacement": "n2"},
    {"kind": "end", "operation": 5, "remove": "n2", "refreshed": True},
    {"kind": "refresh", "old": "n1"},
    {"kind": "commit", "checkpoint": "x"},
]
"""Of every kind, with every field."""


@pytest.fixture
def write_journal(store: StackStore, secrets: PassphraseSecrets) -> Callable[[list[Any]], Path]:
    """Put a journal of these records upon a stack; a record may be bytes of its own."""
    store.save(Deployment([Resource(urn=URN, type="pulumi:pulumi:Stack")]), secrets.encrypt)
    path = store.path.parents[2] / "embedded/interchange/dev/journal"
    path.parent.mkdir(parents=True, exist_ok=True)
    base = hashlib.sha256(store.path.read_bytes()).hexdigest()

    def write(records: list[Any]) -> Path:
        based = (
            record | {"base": base} if isinstance(record, dict) and record.get("base") == "" else record for record in records
        )
        texts = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in based]
        lines = [b"%08x %s\n" % (zlib.crc32(text), text) for text in texts]
        path.write_bytes(b"".join(lines))
        return path

    return write


def _read(store: StackStore, secrets: PassphraseSecrets) -> list[str]:
    """What the stack cannot be read for."""
    try:
        store.load(secrets.decrypt)
    except EngineError as problem:
        one_sentence(problem)
        return [str(problem)]
    return []


def test_whatever_a_journal_tells_is_taken_or_refused_with_its_line(
    store: StackStore, secrets: PassphraseSecrets, write_journal: Callable[[list[Any]], Path]
) -> None:
    path = write_journal(RECORDS)
    assert _read(store, secrets) == []
    for number, record in enumerate(RECORDS, 1):
        without = [{name: value for name, value in record.items() if name != left_out} for left_out in record]
        others = [changed(record, spot, value) for spot in spots(record) if len(spot) < 3 for value in VALUES]
        for other in (*without, *others, record | {"more": 1}, b"{", b"\xff", b"[" * 5000, b'{"kind": 1, "kind": 1}'):
            write_journal([*RECORDS[: number - 1], other, *RECORDS[number:]])
            for said in _read(store, secrets):
                assert str(path) in said or "inconsistent" in said or "malformed property" in said, other
    write_journal([*RECORDS[:4], {"kind": "outputs", "old": "n1"}])
    assert _read(store, secrets)[0].startswith(f"{path}, line 5: new is missing. ")
    write_journal([*RECORDS[:4], {"kind": "end", "operation": 9, "remove": "n8"}])
    assert _read(store, secrets)[0].startswith(f"{path}, line 5: there is no resource 'n8'. ")


def test_a_damaged_record_between_whole_ones_takes_none_of_them_along_in_silence(
    store: StackStore, secrets: PassphraseSecrets, write_journal: Callable[[list[Any]], Path]
) -> None:
    path = write_journal(RECORDS[:5])
    path.write_bytes(path.read_bytes().replace(b'"creating"', b'"kreating"'))
    assert _read(store, secrets)[0].startswith(f"{path}, line 3: its checksum is wrong, and whole records follow. ")


AS_ANOTHER_USER = f"""
import sys
from pathlib import Path
import filelock
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.store.stack_store import StackStore
store = StackStore(Path(sys.argv[1]), "interchange", "dev")
{other_user.BECOME}
for act in (lambda: store.load(str), lambda: store.lock().__enter__()):
    try:
        act()
    except EngineError as problem:
        print(problem)
"""


@pytest.mark.usefixtures("another_user")
@pytest.mark.parametrize(
    "closed",
    [".pulumi", ".pulumi/stacks/interchange", ".pulumi/embedded/interchange/dev", ".pulumi/embedded/interchange/dev/journal"],
)
def test_what_another_user_may_not_look_at_is_said(closed: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # those of pytest are closed to other users
        root = Path(folder)
        for path in (".pulumi/stacks/interchange/dev.json", ".pulumi/embedded/interchange/dev/journal"):
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(json.dumps({"version": 3, "checkpoint": {"latest": {}}}))
        for made in (root, *root.rglob("*")):
            made.chmod(0o755)
        (root / closed).chmod(0o600)
        read, locked = other_user.printed(AS_ANOTHER_USER, folder)
        assert "Permission denied" in read
        assert "Permission denied" in locked
        assert f"{root}/.pulumi" in read


def engine(folder: Path, *arguments: str, given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    environment = {
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "HOME": str(folder),
    }
    command = [sys.executable, "-m", "pulumi_embedded_engine", *arguments, "--stack", "dev"]
    pipe: Any = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False, **pipe)


@pytest.fixture
def workplace(tmp_path: Path, secrets: PassphraseSecrets) -> Path:
    (tmp_path / "state").mkdir()
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_bytes((PROGRAMS / "interchange" / name).read_bytes())
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {secrets.encryption_salt}\n")
    Backend(tmp_path / "state").stack("interchange", "dev").init(secrets)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("Pulumi.yaml", hostile.YAML["deep in braces"]),
        ("Pulumi.dev.yaml", hostile.YAML["alias bomb"]),
        ("Pulumi.dev.yaml", hostile.YAML["50000 names"]),
        ("state/.pulumi/meta.yaml", b"meta.yaml: {"),
        ("state/.pulumi/stacks/interchange/dev.json", hostile.JSON["deep lists"]),
        ("state/.pulumi/stacks/interchange/dev.json", b'{"version": 3, "checkpoint": {"latest": {"resources": "text"}}}'),
        ("state/.pulumi/stacks/interchange/dev.json.gz", b"junk"),
    ],
    ids=["deep project", "bomb", "many names", "meta.yaml", "deep state", "texts as resources", "junk"],
)
def test_every_command_refuses_a_damaged_file(place: str, content: bytes, workplace: Path) -> None:
    (workplace / place).write_bytes(content)
    reads_no_configuration = [] if place == "Pulumi.dev.yaml" else [["stack", "export"]]
    for command in (["preview", "--non-interactive"], *reads_no_configuration):
        ran = engine(workplace, *command)
        assert ran.returncode == 1, ran.stdout
        assert ran.stderr.startswith(b"error: ")
        assert ran.stderr.count(b"\n") == 1
        assert place.rpartition("/")[2].encode() in ran.stderr


@pytest.mark.slow
def test_a_deployment_to_import_may_be_a_pipe_and_is_judged(workplace: Path) -> None:
    assert engine(workplace, "stack", "import", given=engine(workplace, "stack", "export").stdout).returncode == 0
    exported = engine(workplace, "stack", "export").stdout
    for content in (b"", b"nonsense", b"[]", b'{"version": 3}', b'{"version": 3, "deployment": {"resources": [{"urn": 5}]}}'):
        ran = engine(workplace, "stack", "import", given=content)
        assert (ran.returncode, ran.stderr.count(b"\n")) == (1, 1)
        assert ran.stderr.startswith(b"error: ")
    assert engine(workplace, "stack", "export").stdout == exported
