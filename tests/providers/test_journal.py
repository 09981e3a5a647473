"""The file in which creates are noted: whole records or none, by several processes, of a bounded size, for its owner only."""

import errno
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import filelock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host.context import Call, set_current
from pulumi_workspace365 import errors
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import environment_cache, journal, journal_file, journal_records, journal_store
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing, Intent, Subject
from pulumi_workspace365.lifecycle.journal_state import JournalState
from pulumi_workspace365_sandbox.workspace365 import Server
from tests import other_user

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
INSTANCE = "https://x"
START = datetime(2026, 3, 1, tzinfo=UTC)


def subject(name: str = "contoso") -> Subject:
    return Subject(f"urn:{name}", INSTANCE, name)


def listed(*names: str, minutes: int = 0) -> EnvironmentListing:
    return EnvironmentListing(START + timedelta(minutes=minutes), dict.fromkeys(names))


def names(path: Path) -> list[str]:
    return [intent.subject.folded for intent in Journal(path).open_intents()]


def events(path: Path) -> list[str]:
    return [journal_records.decode(line)["event"] for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "journal.jsonl"


@pytest.mark.parametrize(
    "torn", [b"x", b'{"event": "intent", "owner": "urn', b'0badc0de {"event":"intent"', b"\0" * 40, b"12345678 "]
)
def test_a_torn_line_takes_no_neighbour_along(path: Path, torn: bytes) -> None:
    Journal(path).record_begin(subject("before"))
    path.write_bytes(path.read_bytes() + torn)
    Journal(path).record_begin(subject("after"))
    assert names(path) == ["before", "after"]
    Journal(path).record_created(subject("after"), "made", None)
    assert [intent.name for intent in Journal(path).open_intents()] == [None, "made"]


def test_changed_ends_of_lines_damage_nothing(path: Path) -> None:
    Journal(path).record_begin(subject("before"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    Journal(path).record_begin(subject("after"))
    assert names(path) == ["before", "after"]


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="W365_JOURNAL names notes/journal.jsonl, a relative path"):
        journal.location({"W365_JOURNAL": "notes/journal.jsonl"})


def test_damaged_records_are_passed_over_and_said_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notes = Journal(path)
    for name in ("a", "b", "c", "d"):
        notes.record_begin(subject(name))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"urn", b"urm")
    lines[2] = b"\xff\xfe" + b"[" * 100_000 + b"\n"
    path.write_bytes(b"".join(lines))
    fresh = Journal(path)
    assert [intent.subject.folded for intent in fresh.open_intents()] == ["a", "d"]
    fresh.record_begin(subject("e"))
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"the journal of creates, {path}, holds 2 damaged records, which are passed over")


OF_NO_FORM: dict[str, Any] = {
    "no object": [],
    "null": None,
    "no event": {},
    "an event that is no text": {"event": 1},
    "intent: nothing": {"event": "intent"},
    "intent: no texts": {"event": "intent", "owner": [], "instance": {}, "folded": 1},
    "intent: no time": subject().record("intent", at="yesterday"),
    "intent: a number for a time": subject().record("intent", at=1764300000),
    "intent: a time of no clock": subject().record("intent", at="9999-12-31T23:59:59-14:00"),
    "intent: skew": subject().record("intent", at=START.isoformat(), skew="1"),
    "intent: skew without end": subject().record("intent", at=START.isoformat(), skew=float("inf")),
    "intent: skew that is no number": subject().record("intent", at=START.isoformat(), skew=float("nan")),
    "intent: until": subject().record("intent", at=START.isoformat(), until=7),
    "intent: list": subject().record("intent", at=START.isoformat(), list=["x"]),
    "list: added": {"event": "list", "id": "x", "added": 1},
    "list: dates": {"event": "list", "id": "x", "added": {"a": {}}},
    "list: gone": {"event": "list", "id": "x", "added": {}, "gone": "abc"},
    "list: base": {"event": "list", "id": "x", "added": {}, "base": {}},
    "created: name": subject().record("created", name=7),
    "created: id": subject().record("created", name="a", id={}),
    "created: time": subject().record("created", name="a", at=""),
    "suspected: names": subject().record("suspected", names="abc"),
    "closed": {"event": "closed"},
    "answered": {"event": "answered", "instance": "https://x", "name": "a", "at": []},
    "gone": {"event": "gone", "instance": "https://x"},
    "dismissed": {"event": "dismissed", "name": "a"},
}


@pytest.mark.parametrize("record", OF_NO_FORM.values(), ids=OF_NO_FORM)
def test_a_whole_line_that_is_not_understood_stops_every_create_and_nothing_else(
    serve: Serve, server: Server, path: Path, record: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be the intent of a create that happened."""
    Journal(path).record_begin(subject("before"))
    number, kept = path.read_bytes().count(b"\n") + 1, path.read_bytes()
    path.write_bytes(kept + journal_records.encode(record))
    said = f"Line {number} of the journal of creates, {path}, is complete but cannot be read"
    environment = serve(EnvironmentProvider)
    with pytest.MonkeyPatch.context() as patched, set_current(Call("create", "urn:contoso", hosted=True)):
        patched.setenv("W365_JOURNAL", str(path))
        with pytest.raises(errors.ConfigurationError) as caught:
            environment.create(**CREATE)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert server.management.count("createEnvironment") == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(journal_store, "_SMALL", 0)
        notes = Journal(path)
    assert [intent.subject.folded for intent in notes.open_intents()] == ["before"]
    assert [record.getMessage() for record in caplog.records if record.getMessage().startswith(said)]
    notes.close(subject("before"))
    with pytest.raises(
        errors.ConfigurationError, match="is complete but cannot be read"
    ):  # also once the file could be rewritten
        notes.record_begin(subject("after"))
    path.write_bytes(kept)
    notes.record_begin(subject("after"))
    assert names(path) == ["before", "after"]


@pytest.mark.parametrize("year", [500, 9500])
def test_what_could_not_be_read_again_is_never_written(path: Path, year: int) -> None:
    """It would stop every later create."""
    notes = Journal(path)
    notes.record_begin(subject("fabrikam"), listed("a"))
    before = path.read_bytes()
    moment = datetime(year, 1, 1, tzinfo=UTC)
    with pytest.raises(errors.ConfigurationError, match=r"could not be added .* a time of a clock is expected"):
        notes.record_recovered(subject(), moment, moment)
    assert path.read_bytes() == before
    assert names(path) == ["fabrikam"]


@pytest.mark.parametrize("skew", [1e9, -6e10, 1e400])
def test_a_clock_that_is_ages_away_is_no_clock(path: Path, skew: float) -> None:
    Journal(path).record_begin(subject(), listed("a"), skew=skew)
    assert [intent.skew for intent in Journal(path).open_intents()] == [0.0]


def test_events_of_later_versions_are_passed_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(journal_records.encode({"event": "of a later version", "at": {}}))
    Journal(path).record_begin(subject())
    assert names(path) == ["contoso"]


def test_a_base_that_is_damaged_makes_lists_unknown_and_stops_nothing(path: Path) -> None:
    notes = Journal(path)
    notes.record_begin(subject("a"), listed("x", "y"))
    notes.record_begin(subject("b"), listed("x", "y", "z"))
    path.write_bytes(path.read_bytes().replace(b'"x"', b'"w"', 1))
    fresh = Journal(path)
    assert [fresh.listed_before(intent) for intent in fresh.open_intents()] == [{}, {}]
    fresh.record_begin(subject("c"), listed("x"))


@pytest.mark.parametrize("text", ["name: production\n", "\n\n[]\n", '{"a": 1\n', "# not ours\n" * 1000])
def test_a_file_of_something_else_is_left_as_it_is(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(errors.ConfigurationError, match="holds something else: none of its lines is a record"):
        Journal(path).record_begin(subject())
    assert path.read_text() == text


def test_journals_of_former_versions_are_read_and_continued(path: Path) -> None:
    path.parent.mkdir()
    about = '"owner": "urn:a", "instance": "https://x", "folded": "a"'
    path.write_text(
        f'{{"event": "intent", {about}, "at": "2026-03-01T10:00:00+00:00"}}\n'
        f'{{"event": "suspected", {about}, "names": ["made"]}}\n'
        f'{{"event": "intent", {about.replace("a", "b")}, "at": "2026-03-01T10:00:00+00:00"}}\n'.replace("instbnce", "instance")
    )
    first = Journal(path).open_intents()[0]
    assert (first.subject, first.began.hour, first.suspects, first.listed) == (subject("a"), 10, ("made",), None)
    Journal(path).record_begin(subject("c"))
    assert names(path)[0] == "a"
    assert names(path)[-1] == "c"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_files_are_for_their_owner_only_whatever_the_umask(path: Path, umask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_store, "_SMALL", 500)
    seen: list[int] = []
    real = os.open

    def opened(*given: Any, **more: Any) -> int:
        descriptor = real(*given, **more)
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and str(given[0]).startswith(str(path.parent)):
            seen.append(stat.S_IMODE(status.st_mode) & 0o077)
        return descriptor

    before = os.umask(umask)
    try:
        monkeypatch.setattr(os, "open", opened)
        notes = Journal(path)
        with notes.exclusive_lock(subject(), 1):
            for _ in range(10):
                notes.record_begin(subject(), listed("a"))
                notes.close(subject())
    finally:
        os.umask(before)
    assert set(seen) == {0}
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size < 1000  # it was rewritten on the way
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    path.chmod(0o666)
    Journal(path).record_begin(subject())
    assert path.stat().st_mode & 0o777 == 0o600


def _folder(path: Path, _: pytest.MonkeyPatch) -> None:
    path.mkdir(parents=True)


def _pipe(path: Path, _: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    os.mkfifo(path)


def _device(path: Path, _: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    path.symlink_to("/dev/null")


def _of_another_user(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    path.touch()
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)


def _below_a_file(path: Path, _: pytest.MonkeyPatch) -> None:
    path.parent.touch()


def _failing(call: str, number: int) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    def prepare(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, call, fail)

    return prepare


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (_folder, "is a folder|Is a directory"),
        (_pipe, "is not a regular file"),
        (_device, "is not a regular file"),
        (_of_another_user, r"belongs to another user \(uid \d+\)"),
        (_below_a_file, r"cannot be (read|written) \((Not a directory|File exists)(: .*)?\)"),
        (_failing("open", errno.EACCES), r"cannot be (read|written) \(Permission denied\)"),
        (_failing("write", errno.ENOSPC), r"cannot be written \(No space left on device\)"),
        (_failing("write", errno.EROFS), r"cannot be written \(Read-only file system\)"),
        (_failing("fsync", errno.EIO), r"cannot be written \(Input/output error\)"),
    ],
    ids=["folder", "pipe", "device", "another user's", "below a file", "no access", "full", "read-only", "broken"],
)
def test_where_it_cannot_be_noted_nothing_is_sent_and_one_sentence_says_why(
    serve: Serve, server: Server, path: Path, prepare: Callable[..., None], told: str
) -> None:
    environment = serve(EnvironmentProvider)
    environment_cache.get_cache(environment.provider.settings_for({})).find("x")
    with pytest.MonkeyPatch.context() as patched, set_current(Call("create", "urn:contoso", hosted=True)):
        patched.setenv("W365_JOURNAL", str(path))
        prepare(path, patched)
        with pytest.raises(
            errors.ConfigurationError, match=f"The journal of creates, {os.path.realpath(path)}, ({told})"
        ) as caught:
            environment.create(**CREATE)
    assert "\n" not in str(caught.value)
    assert "set W365_JOURNAL to another file" in str(caught.value)
    assert server.management.count("createEnvironment") == 0


AS_ANOTHER_USER = f"""
import sys
from pathlib import Path
import filelock
from pulumi_workspace365 import errors
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365.lifecycle.journal import Journal
{other_user.BECOME}
for step in (lambda notes: notes.open_intents(), lambda notes: notes.record_begin(Subject("urn:a", "https://x", "a"))):
    try:
        step(Journal(Path(sys.argv[1])))
    except errors.ConfigurationError as problem:
        print(problem)
    else:
        print("done")
"""
"""Reads the journal, and notes a create."""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.usefixtures("another_user")
@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ("a file that nobody else reads", "cannot be (read|written) (Permission denied)"),
        ("a file that everybody writes", "belongs to another user (uid 0)"),
        ("a file of the user in a folder that nobody else enters", "cannot be (read|written) (Permission denied"),
        ("no file in a folder of another user", "cannot be written (Permission denied"),
        ("a lock of another user", "cannot be written (Permission denied: {path}.lock)"),
    ],
)
def test_another_users_journal_is_neither_read_nor_written(open_folder: Path, prepare: str, told: str) -> None:
    path = open_folder / "kept" / "journal.jsonl"
    path.parent.mkdir()
    if prepare == "no file in a folder of another user":
        path.parent.chmod(0o755)
    elif prepare == "a lock of another user":
        os.chown(path.parent, other_user.UID, other_user.UID)
        lock = Path(f"{path}.lock")
        lock.touch()
        lock.chmod(0o600)
    else:
        path.touch()
        path.chmod(0o666 if prepare == "a file that everybody writes" else 0o600)
        path.parent.chmod(0o700 if "enters" in prepare else 0o777)
        os.chown(path, *((other_user.UID, other_user.UID) if "of the user" in prepare else (0, 0)))
    read, written = other_user.printed(AS_ANOTHER_USER, str(path))
    pattern = re.escape(f"The journal of creates, {path}, {told.format(path=path)}").replace(
        re.escape("(read|written)"), "(read|written)"
    )
    assert re.match(pattern, written)
    assert "no create is sent without it. Correct that, or set W365_JOURNAL to another file." in written
    assert (
        read == "done"
        if prepare in {"no file in a folder of another user", "a lock of another user"}
        else re.match(pattern, read)
    )


def _link_to_itself(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path)


def _link_to_a_pipe(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path.parent / "pipe")
    path.symlink_to("pipe")


def _folder_is_a_pipe(path: Path) -> None:
    os.mkfifo(path.parent)


def _lock_is_a_folder(path: Path) -> None:
    Path(f"{path}.lock").mkdir(parents=True)


def _lock_is_a_link(path: Path) -> None:
    path.parent.mkdir()
    Path(f"{path}.lock").symlink_to("/dev/null")


def _locks_are_a_file(path: Path) -> None:
    path.parent.mkdir()
    Path(f"{path}.locks").touch()


@pytest.mark.parametrize(
    "prepare", [_link_to_itself, _link_to_a_pipe, _folder_is_a_pipe, _lock_is_a_folder, _lock_is_a_link, _locks_are_a_file]
)
def test_whatever_stands_in_its_place_is_said_in_one_sentence(path: Path, prepare: Callable[[Path], None]) -> None:
    prepare(path)
    said = "The journal of creates, .*(is|cannot be) .*no create is sent without it"
    with pytest.raises(errors.ConfigurationError, match=said), Journal(path).exclusive_lock(subject(), 1):
        Journal(path).record_begin(subject())


def test_a_link_to_a_journal_is_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.jsonl")
    Journal(path).record_begin(subject())
    assert names(tmp_path / "elsewhere.jsonl") == ["contoso"]
    assert path.is_symlink()


def test_a_short_write_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal(path).record_begin(subject("before"))
    size, real, calls = path.stat().st_size, os.write, count()

    def short(descriptor: int, data: Any) -> int:
        if next(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, bytes(data)[:7])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", short)
        with pytest.raises(errors.ConfigurationError, match="No space left"):
            Journal(path).record_begin(subject("not noted"))
    assert path.stat().st_size == size
    assert names(path) == ["before"]


def test_a_lock_that_is_kept_is_waited_for_once_and_taken_as_soon_as_it_is_free(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    acquire = filelock.FileLock.acquire

    def noted(lock: filelock.FileLock, timeout: float, poll_interval: float) -> Any:
        waited.append(timeout)
        return acquire(lock, timeout=0.02, poll_interval=poll_interval)

    kept = journal.Journal(path)
    with journal_file.JournalFile(path).lock():
        monkeypatch.setattr(filelock.FileLock, "acquire", noted)
        for number in range(5):
            with pytest.raises(errors.ConfigurationError, match="is locked by another process, and has been for 30 s"):
                kept.record_begin(subject(f"a{number}"))
    kept.record_begin(subject("b"))
    kept.record_begin(subject("c"))
    assert waited == [30, 1, 1, 1, 1, 1, 30]
    assert len(kept.open_intents()) == 2


def test_another_process_that_never_lets_go_of_the_lock_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "_LOCK_SECONDS", 0.05)
    with journal_file.JournalFile(path).lock(), pytest.raises(errors.ConfigurationError, match="is locked by another process"):
        Journal(path).record_begin(subject())


def test_a_list_is_noted_once_for_all_intents_and_later_ones_as_differences(path: Path) -> None:
    many = [f"environment-{number}" for number in range(1000)]
    notes, before = Journal(path), listed(*many)
    for number in range(20):
        notes.record_begin(subject(f"a{number}"), before)
    assert events(path).count("list") == 1
    size = path.stat().st_size
    notes.record_begin(subject("b"), listed(*many[1:], "new", minutes=1))
    assert path.stat().st_size < size + 1000
    fresh = Journal(path)
    first, last = fresh.pending_intent(subject("a0")), fresh.pending_intent(subject("b"))
    assert first
    assert last
    assert fresh.listed_before(first) == dict.fromkeys(many)
    assert fresh.listed_before(last) == dict.fromkeys([*many[1:], "new"])
    Journal(path).record_begin(subject("c"), listed(*many, minutes=9))
    assert events(path).count("list") == 2  # another run that reads the same list


def test_the_file_is_bounded_and_no_open_intent_is_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_store, "_SMALL", 4096)
    notes = Journal(path)
    notes.record_begin(subject("open"), listed(*(f"old-{number}" for number in range(20))))
    largest = 0
    for number in range(150):
        made = subject(f"settled{number}")
        notes.record_begin(made, listed(f"e{number}", minutes=number))
        notes.record_created(made, f"made{number}", None)
        notes.close(made)
        largest = max(largest, path.stat().st_size)
    fresh = Journal(path)
    (left,) = fresh.open_intents()
    assert (left.subject.folded, set(fresh.listed_before(left))) == ("open", {f"old-{number}" for number in range(20)})
    assert largest < 40_000  # answers of a day are kept
    assert list(path.parent.glob("*.new")) == []


WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pulumi_workspace365.lifecycle import journal, journal_store
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing, Subject
journal_store._SMALL = 3000
path, name = sys.argv[1:]
notes, start = journal.Journal(Path(path)), datetime(2026, 3, 1, tzinfo=UTC)
sys.stdin.readline()
notes.record_begin(Subject("urn", "https://x", f"{name}-open"), EnvironmentListing(start, {"a": None, name: None}))
for number in range(30):
    one = Subject("urn", "https://x", f"{name}-{number}")
    notes.record_begin(one, EnvironmentListing(start, {"a": None, f"{name}-{number}": "2026-03-01"}))
    notes.record_created(one, f"made-{name}-{number}", "id")
    notes.close(one)
    assert notes.pending_intent(Subject("urn", "https://x", f"{name}-open"))
"""


def test_processes_that_write_and_rewrite_at_once_lose_nothing(path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORK, str(path), name], stdin=subprocess.PIPE, text=True)
        for name in ("p", "q", "r")
    ]
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("now\n")
        worker.stdin.close()
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    notes = Journal(path)
    assert {intent.subject.folded: set(notes.listed_before(intent)) for intent in notes.open_intents()} == {
        f"{name}-open": {"a", name} for name in ("p", "q", "r")
    }
    assert all(events(path))  # each line is whole
    assert path.stat().st_size < 30_000


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace", "unlink", "close", "fchmod"])
def test_a_rewrite_that_dies_at_any_point_leaves_everything(path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed there, or a disk that fails: what was there before, or what it became."""

    class Killed(BaseException):
        pass

    monkeypatch.setattr(journal_store, "_SMALL", 1500)
    for raised in (Killed(), OSError(errno.EIO, "Input/output error")):
        for point in count():
            if path.exists():
                path.unlink()
            notes = Journal(path)
            notes.record_begin(subject("open"), listed("a", "b"))
            for _ in range(4):
                notes.record_begin(subject("settled"), listed("c"))
                notes.close(subject("settled"))
            calls = count()
            is_over = True
            with monkeypatch.context() as patched:
                for module in (os, Path):
                    if hasattr(module, call):
                        patched.setattr(module, call, _dying_at(getattr(module, call), point, raised, calls))
                try:
                    notes.close(subject("open that is not there"))
                    notes.record_begin(subject("another"), listed("d" * 300))
                except (Killed, errors.ConfigurationError):
                    is_over = False
                is_over = is_over and next(calls) <= point
            fresh = Journal(path)
            assert {"open", "another"} >= {intent.subject.folded for intent in fresh.open_intents()} >= {"open"}
            assert set(fresh.listed_before(fresh.open_intents()[0])) == {"a", "b"}
            fresh.record_begin(subject("afterwards"))
            assert names(path)[-1] == "afterwards"
            if is_over:
                break


def _dying_at(real: Callable[..., Any], point: int, raised: BaseException, calls: Iterator[int]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:
        if next(calls) == point:
            raise raised
        return real(*given, **more)

    return call


def test_a_rewrite_for_which_there_is_no_room_fails_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_store, "_SMALL", 500)
    real = os.open

    def full(name: Any, *given: Any, **more: Any) -> int:
        if str(name).endswith(".new"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(name, *given, **more)

    monkeypatch.setattr(os, "open", full)
    notes = Journal(path)
    for number in range(20):
        notes.record_begin(subject(str(number)))
        notes.close(subject(str(number)))
    notes.record_begin(subject("open"))
    assert names(path) == ["open"]


def test_reading_is_linear_in_what_was_added(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand intents are read once, and then each record as it comes."""
    path.parent.mkdir()
    path.write_bytes(
        b"".join(journal_records.encode(subject(str(number)).record("intent", at=START.isoformat())) for number in range(10_000))
    )
    read, decode = count(), journal_records.decode

    def counting(line: bytes) -> Any:
        next(read)
        return decode(line)

    monkeypatch.setattr(journal_file, "decode", counting)
    notes, other = Journal(path), Journal(path)
    for number in range(20):
        assert notes.pending_intent(subject(str(number)))
        assert len(notes.conflicting_intents(subject(str(number)))) == 1
        notes.record_in_state(subject(str(number)), f"made{number}", None, now=True)
    assert next(read) == 10_000
    assert len(other.open_intents()) == 9_980
    other.record_begin(subject("new"))
    assert notes.pending_intent(subject("new"))
    assert next(read) <= 20_100


def test_neither_a_preview_nor_an_update_without_changes_touches_it(
    serve: Serve, server: Server, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("W365_JOURNAL", str(path))
    environment = serve(EnvironmentProvider)
    with set_current(Call("create", "urn:contoso", hosted=True)):
        environment.create(**CREATE)
    new_run()

    def touched(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(journal_file.JournalFile, "read", touched)
    monkeypatch.setattr(journal_file.JournalFile, "lock", touched)
    caplog.clear()
    with set_current(Call("diff", "urn:contoso", hosted=True)):
        assert not environment.changes(**CREATE)
        environment.provider.preview_create(environment.inputs)
        environment.provider.preview_update(environment.id, environment.outs, environment.inputs)
    assert caplog.records == []
    assert server.management.count("createEnvironment") == 1


def test_a_journal_that_cannot_be_read_fails_neither_refresh_nor_delete(
    serve: Serve, server: Server, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment = serve(EnvironmentProvider)
    with set_current(Call("create", "urn:contoso", hosted=True)):
        monkeypatch.setenv("W365_JOURNAL", "off")
        environment.create(**CREATE)
        monkeypatch.setenv("W365_JOURNAL", str(path))
        path.mkdir(parents=True)
        new_run()
        for _ in range(3):
            assert environment.refresh()
        environment.delete()
    assert server.management.environments() == {}
    assert caplog.text.count("the journal of creates could not be brought up to date") == 1


NAMES = st.sampled_from(["a", "b", "c"])
LISTS = st.builds(lambda names, minutes: listed(*sorted(names), minutes=minutes), st.sets(NAMES), st.integers(0, 3))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), NAMES, LISTS),
        st.tuples(st.just("created"), NAMES, NAMES),
        st.tuples(st.just("suspect"), NAMES, st.lists(NAMES, max_size=2)),
        st.tuples(st.just("dismiss"), NAMES, st.just(INSTANCE)),
        st.tuples(st.just("close"), NAMES, st.none()),
        st.tuples(st.just("in_state"), NAMES, NAMES),
    ),
    max_size=15,
)


@given(ACTIONS)
def test_rewritten_records_mean_the_same(actions: list[tuple[str, str, Any]]) -> None:
    notes = Journal(None)
    for action, name, more in actions:
        match action:
            case "begin":
                notes.record_begin(subject(name), more)
            case "created":
                notes.record_created(subject(name), f"made-{more}", "id")
            case "suspect":
                notes.record_suspects(subject(name), more)
            case "dismiss":
                notes.dismiss(f"made-{name}", more)
            case "in_state":
                notes.record_in_state(subject(name), f"made-{more}", None, now=True)
            case _:
                notes.close(subject(name))
    before, after = notes._store.state, JournalState()
    records = before.records(datetime.now(UTC))
    for record in records:
        after.apply(journal_records.decode(journal_records.encode(record).rstrip(b"\n")))
    assert _meaning(after) == _meaning(before)
    assert len(after.records(datetime.now(UTC))) == len(records)


def _meaning(ledger: JournalState) -> Any:
    return [
        (_about(intent), [_of_a_name(ledger, intent, name) for name in ("a", "made-a", "made-b", "made-c")])
        for intent in ledger.open_intents()
    ]


def _about(intent: Intent) -> Any:
    return intent.subject, intent.began, intent.name, intent.environment_id, intent.suspects


def _of_a_name(ledger: JournalState, intent: Intent, name: str) -> Any:
    if intent.name is not None:
        return None
    lag = timedelta(seconds=60)
    return (
        ledger.list_of(intent.listed or "").get(name, "none"),
        ledger.is_answer_to_another(intent, name, lag),
        ledger.is_dismissed(intent, name),
    )
