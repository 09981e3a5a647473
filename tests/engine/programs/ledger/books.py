"""A provider in a module of its own. What it manages are files, so that somebody else can change them."""

import json
from pathlib import Path

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

WORLD = Path("world")


class AccountProvider(ResourceProvider):
    def check(self, _olds, news):
        failures = [] if news["balance"] >= 0 else [CheckFailure("balance", "must not be negative")]
        return CheckResult(news, failures)

    def diff(self, _id, olds, news):
        changed = [key for key in ("owner", "balance", "tags") if olds.get(key) != news.get(key)]
        return DiffResult(changes=bool(changed))

    def create(self, props):
        WORLD.mkdir(exist_ok=True)
        id_ = f"acc-{props['owner']}"
        (WORLD / id_).write_text(json.dumps({key: props[key] for key in ("owner", "balance", "tags")}, sort_keys=True))
        return CreateResult(id_, {**props, "iban": f"XX00-{props['owner']}"})

    def read(self, id_, props):
        if not (WORLD / id_).exists():
            return ReadResult("", {})
        found = json.loads((WORLD / id_).read_text())
        return ReadResult(id_, {**props, **found})

    def update(self, id_, _olds, news):
        (WORLD / id_).write_text(json.dumps({key: news[key] for key in ("owner", "balance", "tags")}, sort_keys=True))
        return UpdateResult({**news, "iban": f"XX00-{news['owner']}"})

    def delete(self, id_, _props):
        (WORLD / id_).unlink()


class Account(Resource, module="bank", name="Account"):
    iban: pulumi.Output[str]

    def __init__(self, name, owner, balance, tags=None, opts=None):
        super().__init__(AccountProvider(), name, {"owner": owner, "balance": balance, "tags": tags or {}, "iban": None}, opts)
