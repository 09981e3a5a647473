"""A dynamic resource whose server is a folder of files, and which does what its inputs tell it to."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

WORLD = Path(os.environ.get("WORLD", "world"))
META = {"__provider", "token"}


class ThingProvider(ResourceProvider):
    """Inputs: `fail` (create, update, delete, check, read), `slow` (seconds), `forces` (properties that replace), `dbr`."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        if news.get("fail") == "check":
            return CheckResult(news, [CheckFailure("fail", "it was told to"), CheckFailure("", "and so the whole is wrong")])
        return CheckResult(news, [])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = [key for key in sorted(olds.keys() | news.keys()) if key not in META and olds.get(key) != news.get(key)]
        replaces = [key for key in changed if key in (news.get("forces") or [])]
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=bool(news.get("dbr")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        _act("create", props)
        id_ = f"id-{props['key']}"
        outs = {**_plain(props), "token": f"token-{props['key']}"}
        _file(id_).write_text(json.dumps(outs))
        return CreateResult(id_, outs)

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        _act("update", news)
        outs = {**_plain(news), "token": f"token-{news['key']}"}
        _file(id_).write_text(json.dumps(outs))
        return UpdateResult(outs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        _act("delete", props)
        _file(id_).unlink(missing_ok=True)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        _act("read", props)
        if not _file(id_).exists():
            return ReadResult("", {})
        found = json.loads(_file(id_).read_text())
        inputs = {key: found[key] for key in props if key in found and key not in META}
        return ReadResult(id_, found, inputs)


def _act(operation: str, props: dict[str, Any]) -> None:
    if props.get("slow"):
        (WORLD / f"{operation}-{props['key']}-started").touch()
        time.sleep(props["slow"])
    if props.get("fail") == operation and not (WORLD / "healed").exists():
        raise Exception(f"the {operation} of {props['key']} was told to fail")  # noqa: TRY002  as users write it


def _plain(props: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != "__provider"}


def _file(id_: str) -> Path:
    return WORLD / f"{id_}.json"


class Thing(Resource, module="world", name="Thing"):
    token: pulumi.Output[str]
    size: pulumi.Output[Any]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ThingProvider(), name, {"size": None, "token": None, **props}, opts)
