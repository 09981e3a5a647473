"""The environments and keys of one instance: in memory for speed, in one SQLite file so that they survive restarts."""

import secrets
import sqlite3
import string
import uuid
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from pulumi_workspace365_sandbox.support import input_files, private_files
from pulumi_workspace365_sandbox.workspace365.records import Environment, Keys
from pulumi_workspace365_sandbox.workspace365.request_bodies import NewEnvironment

FILE = "workspace365.sqlite"


class Store:
    """Write-through: every change is one synced transaction before it is answered. `folder` None keeps nothing on disk."""

    def __init__(self, folder: Path | None) -> None:
        try:
            self._database = _open(folder)
            rows = self._database.execute("SELECT document FROM environments ORDER BY number").fetchall()
            self.environments = {item.name: item for item in (Environment.model_validate_json(row[0]) for row in rows)}
            self.instance_id = self._get_or_insert("instance_id", str(uuid.uuid4()))
            self.keys = Keys(
                provisioning_key=self._get_or_insert("provisioning_key", str(uuid.uuid4())),
                health_api_key=self._get_or_insert("health_api_key", str(uuid.uuid4())),
            )
        except (sqlite3.Error, ValidationError) as error:
            problem = str(error) if isinstance(error, sqlite3.Error) else "it has an invalid environment"
            raise input_files.FileError(
                (folder or Path()) / FILE, f"it cannot be used as the server's database ({problem})"
            ) from error
        self._names = {name.casefold() for name in self.environments}

    def _get_or_insert(self, key: str, fresh: str) -> str:
        with self._database:
            self._database.execute("INSERT OR IGNORE INTO instance VALUES (?, ?)", (key, fresh))
        row: tuple[str] = self._database.execute("SELECT value FROM instance WHERE key = ?", (key,)).fetchone()
        return row[0]

    def replace_keys(self, keys: Keys) -> None:
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO instance VALUES (?, ?)", keys.model_dump().items())
        self.keys = keys

    def is_name_taken(self, name: str) -> bool:
        """Whether an environment has this name, case ignored."""
        return name.casefold() in self._names

    def save(self, environment: Environment) -> None:
        with self._database:
            self._database.execute(
                "INSERT INTO environments (name, document) VALUES (?1, ?2)"
                " ON CONFLICT (name) DO UPDATE SET document = excluded.document",
                (environment.name, environment.model_dump_json()),
            )
        self.environments[environment.name] = environment
        self._names.add(environment.name.casefold())

    def delete(self, name: str) -> Environment:
        """Remove an environment; KeyError when there is none of exactly this name."""
        environment = self.environments[name]
        with self._database:
            self._database.execute("DELETE FROM environments WHERE name = ?", (name,))
        del self.environments[name]
        self._names.discard(name.casefold())
        return environment

    def clear(self) -> None:
        with self._database:
            self._database.execute("DELETE FROM environments")
        self.environments.clear()
        self._names.clear()

    def close(self) -> None:
        self._database.close()


def _open(folder: Path | None) -> sqlite3.Connection:
    if folder is None:
        database = sqlite3.connect(":memory:")
    else:
        private_files.make_folder(folder)
        path = folder / FILE
        for written in (path, *folder.glob(f"{FILE}-*")):  # SQLite's own files beside it get its mode when they are made
            if written.exists():
                input_files.refuse_other_than_files(written, written.stat().st_mode)
            private_files.create(written)
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
    database.executescript(
        "CREATE TABLE IF NOT EXISTS instance (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS environments (number INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, document TEXT NOT NULL);"
    )
    return database


def new_environment(request: NewEnvironment, name: str, *, is_active: bool, creation_date: str | None = None) -> Environment:
    """An environment as the server makes it: a new id, the moment of creation (now if left out) and a temporary password."""
    return Environment(
        name=name,
        id=str(uuid.uuid4()),
        creation_date=creation_date or timestamp(),
        requested_name=request.EnvironmentName,
        email_address=request.EmailAddress,
        first_name=request.FirstName,
        last_name=request.LastName,
        temporary_password="".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12)) + "!1",
        is_active=is_active,
    )


def timestamp(moment: datetime | None = None) -> str:
    """A moment (UTC; now if left out) in ISO 8601 with an offset and seven fractional digits, as the published export shows it."""
    now = moment or datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H:%M:%S.%f}0+00:00"
