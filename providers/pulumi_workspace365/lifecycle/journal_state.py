"""The state that the journal's records describe: which creates are open, and what is known of names that may be theirs.

Records are JSON objects with an ``event``:

===========  ==========================================================  ==================================================
event        fields                                                      meaning
===========  ==========================================================  ==================================================
list         id, added {name: date}, base, gone [name]                   a list that was read; with ``base``, how it differs
intent       owner, instance, folded, at, skew, list, listed, until      a create is about to be sent
created      owner, instance, folded, name, id, at                       the server's answer, or what was found to be it
suspected    owner, instance, folded, names                              it was not found; which of these may be it
closed       owner, instance, folded                                     nothing to recognise (any more)
answered     instance, name, at                                          a ``created`` whose intent is closed
gone         instance, name                                              it does not exist any more: its name may be given again
dismissed    instance, name                                              no open create made this environment
rewritten    id                                                          a file that took the place of another begins here
===========  ==========================================================  ==================================================

Times are ISO 8601. Journals written before lists were noted hold only intent (without list), created (without at), suspected and closed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pulumi_workspace365.lifecycle.journal_fields import dates, moment, seconds, text, texts
from pulumi_workspace365.lifecycle.journal_records import Intent, Record, Subject

_ANSWER_RETENTION = timedelta(days=1)
"""How long an answer outlives its intent: a run that began before it may still note an intent that it explains."""


@dataclass(frozen=True)
class _List:
    """A list by its difference from another one, so that a thousand intents do not hold a thousand copies."""

    base: str | None
    added: Mapping[str, str | None]
    removed: frozenset[str]


@dataclass(frozen=True)
class _Answer:
    order: int
    at: datetime | None


class JournalState:
    """The meaning of all records so far, kept up record by record."""

    def __init__(self) -> None:
        self._open: dict[Subject, Intent] = {}
        self._alike: dict[tuple[str, str, str], dict[Subject, None]] = {}
        self._lists: dict[str, _List] = {}
        self._answers: dict[str, dict[str, _Answer]] = {}
        self._dismissed: dict[str, dict[str, int]] = {}
        self._order = 0
        self._events: dict[str, Callable[[Record], None]] = {
            "list": self._list,
            "intent": self._intent,
            "created": self._created,
            "suspected": self._suspected,
            "closed": lambda record: self._drop(_subject(record)),
            "answered": self._record_answer,
            "gone": self._record_removal,
            "dismissed": self._dismiss,
        }

    def apply(self, record: Record) -> None:
        """Take one more record. Events that are not known are passed over.

        Raises:
            ValueError: the record does not match its event, and was not applied; the text is the reason.
        """
        self._order += 1
        event = self._events.get(record["event"])
        try:
            if event:
                event(record)
        except KeyError as problem:
            raise ValueError(f"{record['event']!r} lacks {problem.args[0]!r}") from problem
        except ValueError as problem:
            raise ValueError(f"{record['event']!r} has the wrong form: {problem}") from problem

    def open_intents(self) -> list[Intent]:
        """The open intents, oldest first."""
        return list(self._open.values())

    def get(self, subject: Subject) -> Intent | None:
        """The open intent of a subject."""
        return self._open.get(subject)

    def intents_matching(
        self, instance: str, *, owner: str | None = None, folded: str | None = None, name: str | None = None
    ) -> list[Intent]:
        """The open intents of an instance that have one of these: the resource, the folded name, the server's name."""
        keys = (("owner", owner), ("folded", folded), ("name", name))
        found = [self._alike.get((instance, kind, value), {}) for kind, value in keys if value]
        return [self._open[subject] for subject in dict.fromkeys(subject for some in found for subject in some)]

    def has_list(self, id_: str) -> bool:
        """Whether a list of that id is recorded."""
        return id_ in self._lists

    def list_of(self, id_: str) -> dict[str, str | None]:
        """A list's creation dates by name."""
        chain: list[_List] = []
        at: str | None = id_
        while at is not None and (found := self._lists.get(at)):
            chain.append(found)
            at = found.base
        dates: dict[str, str | None] = {}
        for item in reversed(chain):
            for name in item.removed:
                dates.pop(name, None)
            dates.update(item.added)
        return dates

    def is_answer_to_another(self, intent: Intent, name: str, lag: timedelta) -> bool:
        """Whether the server gave that name to another create, at the earliest ``lag`` before the intent's list was read."""
        answer = self._answers.get(intent.subject.instance, {}).get(name)
        if answer is None or intent.name == name:
            return False
        earliest = intent.listed_at or intent.began
        return answer.order > intent.order or (answer.at is not None and answer.at >= earliest - lag)

    def answered_names(self, instance: str) -> dict[str, datetime]:
        """The names with which the server answered, and when."""
        return {name: answer.at for name, answer in self._answers.get(instance, {}).items() if answer.at}

    def has_answer(self, instance: str, name: str) -> bool:
        """Whether a create was answered with that name."""
        return name in self._answers.get(instance, {})

    def is_dismissed(self, intent: Intent, name: str) -> bool:
        """Whether a person declared, after the intent, that it did not create that environment."""
        return self._dismissed.get(intent.subject.instance, {}).get(name, 0) > intent.order

    def records(self, now: datetime) -> list[Record]:
        """The fewest records of the same meaning, in their order."""
        unnamed = [intent for intent in self._open.values() if intent.name is None]
        first = {intent.subject.instance: intent.order for intent in reversed(unnamed)}
        records: list[tuple[int, Record]] = []
        for intent in self._open.values():
            records += self._records_of(intent)
        for instance, answers in self._answers.items():
            read = [intent.listed_at or intent.began for intent in unnamed if intent.subject.instance == instance]
            earliest = min([*read, now]) - _ANSWER_RETENTION
            records += [
                (answer.order, {"event": "answered", "instance": instance, "name": name, "at": _text(answer.at)})
                for name, answer in answers.items()
                if (answer.order > first.get(instance, answer.order) or (answer.at and answer.at >= earliest))
                and not any(intent.name == name for intent in self.intents_matching(instance, name=name))
            ]
        for instance, names in self._dismissed.items():
            records += [
                (order, {"event": "dismissed", "instance": instance, "name": name})
                for name, order in names.items()
                if order > first.get(instance, order)
            ]
        ordered = [record for _, record in sorted(records, key=lambda item: item[0])]
        return [*self._needed_lists(unnamed), *ordered]

    def _records_of(self, intent: Intent) -> Iterator[tuple[int, Record]]:
        listed = {"list": intent.listed, "listed": _text(intent.listed_at)} if intent.name is None else {}
        record = intent.subject.record("intent", at=_text(intent.began), until=_text(intent.until), skew=intent.skew, **listed)
        yield intent.order, record
        if intent.watched:
            yield intent.order, intent.subject.record("suspected", names=intent.suspects)
        if intent.name is not None:
            answer = self._answers.get(intent.subject.instance, {}).get(intent.name) or _Answer(intent.order, None)
            fields = {"name": intent.name, "id": intent.environment_id, "at": _text(answer.at)}
            yield answer.order, intent.subject.record("created", **fields)

    def _needed_lists(self, unnamed: list[Intent]) -> Iterator[Record]:
        needed = dict.fromkeys(intent.listed for intent in unnamed if intent.listed in self._lists)
        base, before = None, None
        for id_ in needed:
            if id_ is not None:
                dates = self.list_of(id_)
                yield list_record(id_, dates, base, before)
                base, before = id_, dates

    def _list(self, record: Record) -> None:
        id_, added, removed, base = text(record["id"]), dates(record["added"]), record.get("gone", []), record.get("base")
        item = _List(base, added, frozenset(texts(removed)))
        if base is None or text(base) in self._lists:  # else its base was damaged, and nothing is known by it
            self._lists.setdefault(id_, item)

    def _intent(self, record: Record) -> None:
        subject, listed = _subject(record), record.get("list")
        intent = Intent(
            subject,
            moment(record["at"]),
            moment(record["until"]) if "until" in record else None,
            seconds(record.get("skew", 0.0)),
            listed if listed is not None and text(listed) in self._lists else None,
            moment(record["listed"]) if "listed" in record else None,
            order=self._order,
        )
        self._drop(subject)
        self._keep(intent)

    def _created(self, record: Record) -> None:
        subject, name = _subject(record), text(record["name"])
        at = moment(record["at"]) if "at" in record else None
        id_ = None if record.get("id") is None else text(record["id"])
        self._answers.setdefault(subject.instance, {})[name] = _Answer(self._order, at)
        intent = self._open.get(subject)
        if intent:
            self._unlink(intent)
            self._keep(replace(intent, name=name, environment_id=id_, watched=False, suspects=()))

    def _suspected(self, record: Record) -> None:
        subject, names = _subject(record), texts(record["names"])
        intent = self._open.get(subject)
        if intent and intent.name is None:
            self._open[subject] = replace(intent, watched=True, suspects=names)

    def _record_answer(self, record: Record) -> None:
        instance, name = text(record["instance"]), text(record["name"])
        at = None if record.get("at") is None else moment(record["at"])
        self._answers.setdefault(instance, {})[name] = _Answer(self._order, at)

    def _record_removal(self, record: Record) -> None:
        self._answers.get(text(record["instance"]), {}).pop(text(record["name"]), None)

    def _dismiss(self, record: Record) -> None:
        instance, name = text(record["instance"]), text(record["name"])
        self._dismissed.setdefault(instance, {})[name] = self._order

    def _drop(self, subject: Subject) -> None:
        intent = self._open.pop(subject, None)
        if intent:
            self._unlink(intent)

    def _keep(self, intent: Intent) -> None:
        self._open[intent.subject] = intent
        for key in _keys(intent):
            self._alike.setdefault(key, {})[intent.subject] = None

    def _unlink(self, intent: Intent) -> None:
        for key in _keys(intent):
            alike = self._alike.get(key, {})
            alike.pop(intent.subject, None)
            if not alike:
                self._alike.pop(key, None)


def list_record(
    id_: str, dates: Mapping[str, str | None], base: str | None = None, before: Mapping[str, str | None] | None = None
) -> Record:
    """The record of a list; as the difference from the list ``base``, which held ``before``, where that is shorter."""
    if base is not None and before is not None:
        added = {name: date for name, date in dates.items() if name not in before or before[name] != date}
        removed = [name for name in before if name not in dates]
        if len(added) + len(removed) < len(dates):
            return {"event": "list", "id": id_, "base": base, "added": added, "gone": removed}
    return {"event": "list", "id": id_, "added": dict(dates)}


def _keys(intent: Intent) -> Iterator[tuple[str, str, str]]:
    values = {"owner": intent.subject.owner, "folded": intent.subject.folded, "name": intent.name}
    return ((intent.subject.instance, kind, value) for kind, value in values.items() if value)


def _subject(record: Record) -> Subject:
    return Subject(text(record["owner"]), text(record["instance"]), text(record["folded"]))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
