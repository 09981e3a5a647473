"""The write-ahead log of creates, so that no run repeats a create that an earlier one may have sent.

Before a create is sent the list that was read and the intent are on disk; afterwards what the server answered, and in the end that the
environment is known to be in state. No secrets. The file is ``W365_JOURNAL``; by default it is kept beside the Pulumi CLI's own files,
and nowhere in CI, where the disk is not persistent. Without a file, the journal contains only the creates of its own process.

The module ``journal_store`` keeps the records, ``journal_state`` interprets them, ``journal_file`` reads and writes them.
"""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.lifecycle.journal_fields import FARTHEST
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing, Intent, Record, Subject
from pulumi_workspace365.lifecycle.journal_state import list_record
from pulumi_workspace365.lifecycle.journal_store import JournalStore

_LONGEST_ID = 1000


class Journal:
    """The journal of one file, or of this process. Safe to share between threads; the file also between processes.

    Every method that writes raises ``errors.ConfigurationError`` when the record is not safely on disk, and every other one when the
    file cannot be read.

    Args:
        path: the file; ``None`` for a journal that ends with the process.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._store = JournalStore(path)
        self._mutex = threading.RLock()
        self._noted: dict[str, EnvironmentListing] = {}
        self._in_state: list[tuple[Subject, str]] = []
        self._recorded: dict[tuple[str, str], str | None] = {}

    @property
    def is_durable(self) -> bool:
        """Whether a later run will know what is noted."""
        return self.path is not None

    def open_intents(self) -> list[Intent]:
        """The open intents of all stacks and instances, oldest first; their ``suspects`` are those found so far and not dismissed."""
        with self._mutex:
            state = self._store.read()
            return [
                replace(intent, suspects=tuple(name for name in intent.suspects if not state.is_dismissed(intent, name)))
                for intent in state.open_intents()
            ]

    def pending_intent(self, subject: Subject) -> Intent | None:
        """The open intent of this subject."""
        with self._mutex:
            return self._store.read().get(subject)

    def conflicting_intents(self, subject: Subject) -> list[Intent]:
        """The open intents that a create of the subject must not be sent over: of the same resource, or of the same folded name."""
        with self._mutex:
            return self._store.read().intents_matching(subject.instance, owner=subject.owner, folded=subject.folded)

    def record_begin(
        self,
        subject: Subject,
        listed: EnvironmentListing | None = None,
        instead: Iterable[Subject] = (),
        skew: float | None = None,
    ) -> None:
        """Note that the create is about to be sent.

        Args:
            subject: what is created.
            listed: the list that was read before; noted once, however many intents refer to it.
            instead: intents that had no effect, and are over with this one.
            skew: seconds by which the instance's clock is ahead of the one here, where that is known.

        Raises:
            errors.ConfigurationError: also if a complete line cannot be parsed, because it may record this create.
        """
        with self._writing() as records:
            self._store.require_readable()
            records += [other.record("closed") for other in instead if other != subject]
            fields: dict[str, object] = {}
            if listed:
                records.extend(self._list(subject.instance, listed))
                fields = {"list": listed.digest, "listed": listed.at.isoformat()}
            valid_skew = skew if skew is not None and abs(skew) < FARTHEST else None
            records.append(subject.record("intent", at=_now(), skew=valid_skew, **fields))

    def record_recovered(self, subject: Subject, not_before: datetime, not_after: datetime) -> bool:
        """Record a create from a stack's pending operations; False if an intent of this subject is already open.

        There is no list to compare with: only an environment of the folded name that is dated within the time is recognised, and any other
        that is dated within it is suspected.

        Args:
            subject: the resource's URN, its instance and the folded name that it wants.
            not_before: the earliest moment at which the environment can have been made (with time zone).
            not_after: the latest.
        """
        with self._writing() as records:
            if self._store.state.get(subject):
                return False
            records.append(subject.record("intent", at=not_before.isoformat(), until=not_after.isoformat()))
        return True

    def record_created(self, subject: Subject, name: str, environment_id: str | None, *, answered: bool = True) -> None:
        """Note the server's answer, which has just come; or (not ``answered_names``) what was found to be the work of the intent."""
        with self._writing() as records:
            id_ = environment_id if len(environment_id or "") < _LONGEST_ID else None  # it is no GUID, and in state all the same
            records.append(subject.record("created", name=name, id=id_, at=_now() if answered else None))

    def record_suspects(self, subject: Subject, names: Iterable[str]) -> None:
        """Note that the list was watched for the work of the intent, and which environments of it a person has to look at."""
        with self._writing() as records:
            intent, found = self._store.state.get(subject), tuple(names)
            if intent and not (intent.watched and intent.suspects == found):
                records.append(subject.record("suspected", names=found))

    def dismiss(self, name: str, instance: str) -> list[Intent]:
        """Note that no create that is open now made this environment; returns the intents that it can stop no more."""
        with self._writing() as records:
            unnamed = [
                intent
                for intent in self._store.state.open_intents()
                if intent.subject.instance == instance and intent.name is None
            ]
            over = self._store.state.intents_matching(instance, name=name)
            records += [intent.subject.record("closed") for intent in over]
            if unnamed:
                records.append({"event": "dismissed", "instance": instance, "name": name})
            return over + unnamed

    def close(self, *subjects: Subject) -> None:
        """Note that there is nothing to recognise (any more)."""
        with self._mutex:
            is_open = any(self._store.read().get(subject) for subject in subjects)
        if is_open:
            with self._writing() as records:
                records += [subject.record("closed") for subject in subjects if self._store.state.get(subject)]

    def record_in_state(self, subject: Subject, name: str, creation_date: str | None, *, now: bool) -> None:
        """The subject is recorded in state as the environment ``name``: its create needs no recognition any more.

        Args:
            subject: the resource and the requested name.
            name: the server's name of the environment.
            creation_date: its date in state.
            now: note it at once, if an intent is open; else with the next intent, without reading the file.
        """
        with self._mutex:
            self._in_state.append((subject, name))
            self._recorded[subject.instance, name] = creation_date
            if now and not self._settled():
                self._in_state.clear()
            elif now:
                with self._writing():
                    """Notes what is settled."""

    def record_gone(self, name: str, instance: str) -> None:
        """Note that an environment does not exist any more: what has its name from now on is another one's work."""
        with self._mutex:
            is_known = self._store.read().has_answer(instance, name)
        if is_known:
            with self._writing() as records:
                records.append({"event": "gone", "instance": instance, "name": name})

    def recorded_creation_date(self, instance: str, name: str) -> tuple[bool, str | None]:
        """Whether this run knows that the environment is in the state, and the creation date there."""
        with self._mutex:
            return (instance, name) in self._recorded, self._recorded.get((instance, name))

    def recorded_names(self, instance: str) -> set[str]:
        """The environments that this run knows to be in the state."""
        with self._mutex:
            return {name for its, name in self._recorded if its == instance}

    def listed_before(self, intent: Intent) -> dict[str, str | None]:
        """The creation dates by name on the list that was read before the intent; none where no list was noted."""
        with self._mutex:
            return self._store.state.list_of(intent.listed) if intent.listed else {}

    def answered_names(self, instance: str) -> dict[str, datetime]:
        """The names in the server's responses, with times, as far as they are still recorded."""
        with self._mutex:
            return self._store.state.answered_names(instance)

    def other_intents(self, intent: Intent, name: str, folded: str | None) -> list[Intent]:
        """Other open intents of the instance that were answered with that name, or want this folded name and were not answered."""
        with self._mutex:
            alike = self._store.state.intents_matching(intent.subject.instance, name=name, folded=folded)
            return [other for other in alike if other.subject != intent.subject and other.name in {None, name}]

    def is_explained(self, intent: Intent, name: str, lag: timedelta) -> bool:
        """Whether the intent certainly did not create that environment: it was the response to another create, or a person dismissed it."""
        with self._mutex:
            return self._store.state.is_dismissed(intent, name) or self._store.state.is_answer_to_another(intent, name, lag)

    @contextmanager
    def exclusive_lock(self, subject: Subject, seconds: float) -> Iterator[None]:
        """Keep other processes from creating the same name on the same instance; one that was orphaned still holds it.

        Raises:
            errors.Unavailable: another process holds it for longer than ``seconds``.
        """
        key = hashlib.sha256(f"{subject.instance}\n{subject.folded}".encode()).hexdigest()[:32]
        with self._store.try_lock(key, seconds) as is_held:
            if not is_held:
                raise errors.Unavailable(
                    f"Another process is creating an environment of this name on {subject.instance}, and has been for {seconds:g} s. "
                    "Nothing was sent: run it again."
                )
            yield

    def _list(self, instance: str, listed: EnvironmentListing) -> list[Record]:
        """The record of a list, unless it is there."""
        if self._store.state.has_list(listed.digest):
            return []
        base = self._noted.get(instance)
        self._noted[instance] = listed
        if base and self._store.state.has_list(base.digest):
            return [list_record(listed.digest, listed.dates, base.digest, base.dates)]
        return [list_record(listed.digest, listed.dates)]

    def _settled(self) -> list[Subject]:
        """Open intents whose environment is known to be in state."""
        state = self._store.read()
        found: dict[Subject, None] = {}
        for subject, name in self._in_state:
            found |= {intent.subject: None for intent in state.intents_matching(subject.instance, name=name)}
            found |= {subject: None} if state.get(subject) else {}
        return list(found)

    @contextmanager
    def _writing(self) -> Iterator[list[Record]]:
        """Gathers records, which are on disk when the block is left. Nothing is noted if it raises."""
        with self._mutex, self._store.lock():
            records = [subject.record("closed") for subject in self._settled()]
            yield records
            self._store.append(records)
            self._in_state.clear()


_journals: dict[Path | None, Journal] = {}
_journals_lock = threading.Lock()


def location(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of the journal, ``None`` where it is off.

    Raises:
        errors.ConfigurationError: there is no home to keep it in, or it is named by a relative path.
    """
    setting = environ.get("W365_JOURNAL", "").strip()
    if setting.casefold() == "off" or (not setting and environ.get("CI")):
        return None
    try:
        path = Path(setting).expanduser() if setting else default_folder(environ) / "journal.jsonl"
    except RuntimeError as problem:
        raise errors.ConfigurationError(
            "There is no place for the journal of creates, because this user has no home folder. Set W365_JOURNAL to a file."
        ) from problem
    if not path.is_absolute():
        raise errors.ConfigurationError(
            f"W365_JOURNAL names {input_files.display_path(path)}, a relative path: commands that run in different folders would not see each other's "
            "creates. Give an absolute path, as in W365_JOURNAL=$PWD/journal.jsonl."
        )
    return path


def default_folder(environ: Mapping[str, str]) -> Path:
    """The folder beside the Pulumi CLI's own files.

    Raises:
        RuntimeError: this user has no home folder.
    """
    return Path(environ.get("PULUMI_HOME") or str(Path.home() / ".pulumi")).absolute() / "workspace365"


def get_journal(environ: Mapping[str, str] = os.environ) -> Journal:
    """The process's journal; one that ends with the process where the file is off.

    Raises:
        errors.ConfigurationError: there is no home to keep it in.
    """
    return _of(location(environ))


def process_journal() -> Journal:
    """A journal that ends with the process."""
    return _of(None)


def _of(path: Path | None) -> Journal:
    with _journals_lock:
        if path not in _journals:
            _journals[path] = Journal(path)
        return _journals[path]


def _now() -> str:
    return datetime.now(UTC).isoformat()
