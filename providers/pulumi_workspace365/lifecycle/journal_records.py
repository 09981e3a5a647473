"""The journal's records: of open creates, and of the list of environments that was read before each; and their encoding, one per line.

A line is the CRC-32 of the JSON in eight hexadecimal digits, a space, the JSON. Lines without a checksum are those of former versions.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """What is created: the resource (its URN), on which instance, under which folded name."""

    owner: str
    instance: str
    folded: str

    def record(self, event: str, **more: object) -> Record:
        """A record about it; fields that are ``None`` are left out."""
        about = {"event": event, "owner": self.owner, "instance": self.instance, "folded": self.folded}
        return about | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True)
class EnvironmentListing:
    """A list of environments as it was read: when reading began, and the creation date of each name, as sent."""

    at: datetime
    dates: Mapping[str, str | None]

    @cached_property
    def digest(self) -> str:
        """The same for lists of the same content."""
        return hashlib.sha256(json.dumps(sorted(self.dates.items()), default=str).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Intent:
    """A create that began and is not known to be recorded in state.

    Attributes:
        subject: what was to be created.
        began: when, by the clock of the machine that sent it.
        until: the last moment at which its request can have worked, where one was noted (an intent taken from a stack's pending
            operations): then there is no list, and only an environment with a creation date can be recognised as its work.
        skew: seconds by which the instance's clock was ahead of that one, where it was known.
        listed: the id of the list that was read before it was sent.
        listed_at: when that list was read.
        name: the server's name of the environment, once it is known.
        environment_id: its id, if the server returned it.
        watched: whether the list was watched for the settle time and showed nothing that is certainly its work. What is seen later is for a
            person to judge.
        suspects: names of which a person has to say whether one is it.
        order: its place among the journal's records.
    """

    subject: Subject
    began: datetime
    until: datetime | None = None
    skew: float = 0.0
    listed: str | None = None
    listed_at: datetime | None = None
    name: str | None = None
    environment_id: str | None = None
    watched: bool = False
    suspects: tuple[str, ...] = ()
    order: int = 0


def encode(record: Record) -> bytes:
    """The line of a record, with its line feed."""
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


class InvalidRecordError(ValueError):
    """A complete line is not a valid record."""


def decode(line: bytes) -> Record:
    """The record of a line.

    Raises:
        InvalidRecordError: it is whole, but no record.
        ValueError: it is damaged.
    """
    line = line.removesuffix(b"\r")  # an editor or git may have changed the ends of lines
    text, is_checked = line, not line.startswith(b"{")
    if is_checked:
        checksum, _, text = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            raise ValueError("the checksum is wrong")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise (InvalidRecordError if is_checked else ValueError)("no JSON that can be read") from problem
    if not isinstance(record, dict) or not isinstance(record.get("event"), str):
        raise InvalidRecordError("no record")
    return record
