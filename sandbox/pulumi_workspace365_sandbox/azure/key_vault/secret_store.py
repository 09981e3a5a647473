"""The secrets of all vaults with their versions, in memory and on disk: what was answered survives a kill."""

import json
import time
import uuid
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pulumi_workspace365_sandbox.support import input_files, private_files

NAME = r"^[0-9A-Za-z-]{1,127}$"
"""Of a secret."""
_LONGEST = 25 * 1024


class Attributes(BaseModel):
    """What somebody who sets a secret may say of it. Times are seconds since 1970."""

    model_config = ConfigDict(extra="forbid", strict=True)
    enabled: bool = True
    nbf: int | None = None
    exp: int | None = None


class NewSecret(BaseModel):
    """The body of Set Secret."""

    model_config = ConfigDict(extra="forbid", strict=True)
    value: str = Field(max_length=_LONGEST)
    contentType: str | None = Field(default=None, max_length=255)  # noqa: N815  as on the wire
    attributes: Attributes = Field(default_factory=Attributes)
    tags: dict[str, str] = Field(default={}, max_length=15)


class SecretVersion(NewSecret):
    """One version of a secret."""

    name: str
    version: str
    created: int
    updated: int

    def properties(self, vault_url: str, *, versioned: bool = True) -> dict[str, object]:
        """What an answer tells of it, without its value."""
        id_ = f"{vault_url}/secrets/{self.name}" + (f"/{self.version}" if versioned else "")
        times = {
            "created": self.created,
            "updated": self.updated,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        }
        told: dict[str, object] = {"id": id_, "attributes": self.attributes.model_dump(exclude_none=True) | times}
        return told | ({"contentType": self.contentType} if self.contentType else {}) | ({"tags": self.tags} if self.tags else {})


_SECRETS = TypeAdapter(dict[str, list[SecretVersion]])


class SecretStore:
    """Versions of secrets, oldest first, by vault and folded name."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "secrets.json"
        self._secrets: dict[str, list[SecretVersion]] = {}
        if self._path.exists():
            self._secrets = input_files.validated(self._path, _SECRETS.validate_json)

    def versions(self, vault: str, name: str) -> list[SecretVersion]:
        return self._secrets.get(_key(vault, name), [])

    def names(self, vault: str) -> list[str]:
        """The names of a vault's secrets as they were first written, sorted."""
        prefix = _key(vault, "")
        return sorted(versions[0].name for key, versions in self._secrets.items() if key.startswith(prefix))

    def set(self, vault: str, name: str, new: NewSecret) -> SecretVersion:
        """Add a version."""
        now, known = int(time.time()), self.versions(vault, name)
        made = SecretVersion(
            **new.model_dump(), name=known[0].name if known else name, version=uuid.uuid4().hex, created=now, updated=now
        )
        self._secrets[_key(vault, name)] = [*known, made]
        self._write()
        return made

    def update(self, secret: SecretVersion, attributes: Attributes) -> None:
        secret.attributes, secret.updated = attributes, int(time.time())
        self._write()

    def delete(self, vault: str, name: str) -> None:
        self._secrets.pop(_key(vault, name), None)
        self._write()

    def clear(self) -> None:
        if self._secrets:
            self._secrets = {}
            self._write()

    def _write(self) -> None:
        told = {key: [item.model_dump() for item in versions] for key, versions in self._secrets.items()}
        private_files.replace(self._path, json.dumps(told).encode())


def _key(vault: str, name: str) -> str:
    return f"{vault.casefold()}/{name.casefold()}"
