"""The resources, in memory and on disk: what was answered survives a kill."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter

from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.support import input_files, private_files

_RESOURCES = TypeAdapter(dict[str, Resource])


class Store:
    """Resources by folded id: Azure's names differ in more than case."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "resources.json"
        self.resources: dict[str, Resource] = {}
        if self._path.exists():
            self.resources = input_files.validated(self._path, _RESOURCES.validate_json)
        try:
            highest = max((int(item.etag.strip('W/"'), 36) for item in self.resources.values()), default=0)
        except ValueError as error:
            raise input_files.FileError(self._path, "it has an etag that is not one of the sandbox") from error
        self._changes = count(highest + 1)

    def etag(self) -> str:
        return f'W/"{_base36(next(self._changes))}"'

    def find(self, id_: str) -> Resource | None:
        return self.resources.get(id_.casefold())

    def save(self, *changed: Resource) -> None:
        for resource in changed:
            self.resources[resource.id.casefold()] = resource
        self._write()

    def delete(self, *ids: str) -> None:
        """Resources and everything below them."""
        prefixes = tuple(f"{id_.casefold()}/" for id_ in ids)
        self.resources = {key: item for key, item in self.resources.items() if not f"{key}/".startswith(prefixes)}
        self._write()

    def clear(self) -> None:
        self.restore({})

    def restore(self, resources: dict[str, Resource]) -> None:
        self.resources = resources
        self._write()

    def below(self, prefix: str, kind: str) -> Iterator[Resource]:
        """The resources of a kind under an id, sorted by name."""
        folded = f"{prefix.casefold()}/"
        resources = [item for key, item in self.resources.items() if key.startswith(folded) and item.kind == kind]
        return iter(sorted(resources, key=lambda item: item.name.casefold()))

    def _write(self) -> None:
        private_files.replace(self._path, json.dumps({key: item.model_dump() for key, item in self.resources.items()}).encode())


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits.rjust(8, "0")
