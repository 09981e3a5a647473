"""Providers of other people, for the tests of the host: what each does is asked for in its resource's properties."""

import contextlib
import datetime as dt
import logging
import os
import sys
import threading
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

log = logging.getLogger("sample_providers.trees")


class Frost(Exception):
    """Says what is wrong; a host that knows the attribute shows the text alone."""

    is_expected = True


class TreeProvider(ResourceProvider):
    """Does what ``do`` says."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [CheckFailure("pin", f"{news['pin']} is too short")] if news.get("do") == "fail check" else []
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        if news.get("do") == "engine decides":
            return DiffResult()
        result = DiffResult(
            changes=olds.get("size") != news.get("size") or olds.get("kind") != news.get("kind"),
            replaces=["kind"] if olds.get("kind") != news.get("kind") else [],
            stables=["root"],
            delete_before_replace=True,
        )
        if news.get("do") == "say the difference":
            result.detailed = {"size": "update"}  # type: ignore[attr-defined]  # the host's protocol
        return result

    def create(self, props: dict[str, Any]) -> Any:
        return _CREATES[props.get("do", "grow")](props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        result = UpdateResult({**news, "root": "deep"})
        if news.get("do") == "half update":
            result.reasons = ["still bare"]  # type: ignore[attr-defined]  # the host's protocol
        return result

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        if id_ == "felled":
            return ReadResult("", {})
        if id_ == "outputs only":
            return ReadResult(id_, {"size": 1, "root": "deep"})
        return ReadResult(id_, {**props, "size": 1, "root": "deep"}, {"size": 1})


class ForeseeingProvider(TreeProvider):
    """Tells a preview what the outputs will be."""

    def preview_create(self, props: dict[str, Any]) -> dict[str, Any]:
        return {**props, "root": pulumi.output.UNKNOWN, "height": 1}

    def preview_update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        return {**olds, **news, "id_seen": id_}


class StrictProvider(TreeProvider):
    """Refuses to work without its setting."""

    def configure(self, req: Any) -> None:
        if not req.config.get("sample_providers:gardener"):
            raise Frost("set sample_providers:gardener")


class ShareableProvider(TreeProvider):
    """Serves several stacks of one host, each by an instance of its own."""

    is_shareable = True

    def configure(self, req: Any) -> None:
        self._gardener = req.config.get("sample_providers:gardener")

    def create(self, props: dict[str, Any]) -> Any:
        if props.get("do") != "gardener":
            return super().create(props)
        from pulumi_dynamic_host import context  # noqa: PLC0415  optional for a provider

        log.warning("%s waters with %s", self._gardener, props.get("pin"))
        print(f"{self._gardener} prints")
        return CreateResult(
            "tree-1", {**props, "gardener": self._gardener, "fresh_since": context.current().connection.fresh_since}
        )


class Tree(Resource, module="sample_providers", name="Tree"):
    """What the live programs grow."""

    root: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        foreseeing = props.pop("foreseeing", False)
        super().__init__(ForeseeingProvider() if foreseeing else TreeProvider(), name, {**props, "root": None}, opts)


def _grow(props: dict[str, Any]) -> CreateResult:
    return CreateResult("tree-1", {**props, "root": "deep"})


def _half(props: dict[str, Any]) -> CreateResult:
    result = _grow(props)
    result.reasons = ["no leaves yet", f"watered with {props.get('pin')}"]  # type: ignore[attr-defined]  # the host's protocol
    return result


def _raise(problem: BaseException) -> Any:
    raise problem


def _sleep(props: dict[str, Any]) -> CreateResult:
    """Leaves a mark at the start, and one at the end unless it was cut off."""
    folder = Path(props["folder"])
    (folder / f"{props['mark']}.started").write_text(str(os.getpid()))
    time.sleep(props["seconds"])
    print("slept well")
    (folder / f"{props['mark']}.ended").touch()
    return _grow(props)


_barrier = threading.Barrier(20)


def _together(props: dict[str, Any]) -> CreateResult:
    """Succeeds if twenty of these run at once."""
    _barrier.wait(timeout=props["seconds"])
    return _grow(props)


def _context(props: dict[str, Any]) -> CreateResult:
    from pulumi_dynamic_host import context  # noqa: PLC0415  optional for a provider

    call = context.current()
    known = {
        "timeout": call.timeout,
        "urn": call.urn,
        "operation": call.operation,
        "hosted": call.hosted,
        "preview": call.preview,
    }
    return CreateResult("tree-1", {**props, "context": known})


def _wait_for_cancel(props: dict[str, Any]) -> CreateResult:
    from pulumi_dynamic_host import context  # noqa: PLC0415  optional for a provider

    Path(props["folder"], f"{props['mark']}.started").touch()
    cancelled = context.current().cancelled.wait(props["seconds"])
    return CreateResult("tree-1", {**props, "root": "cut short" if cancelled else "deep"})


def _hold(props: dict[str, Any]) -> CreateResult:
    from pulumi_dynamic_host import context  # noqa: PLC0415  optional for a provider

    with context.current().request_grace_period(60):
        return _sleep(props)


def _talk(props: dict[str, Any]) -> CreateResult:
    log.info("watering with %s", props["pin"])
    log.warning("dry soil")
    log.debug("seeds counted")
    logging.getLogger("somebody.elses").info("GET /rain")
    logging.getLogger("somebody.elses").warning("the well is low")
    print(f"printed {props['pin']}")
    return _grow(props)


def _bug(props: dict[str, Any]) -> Any:
    def deeper(key: str) -> Any:
        return os.environ[key]

    with contextlib.suppress(ZeroDivisionError):
        return deeper(props["pin"])


_CREATES: dict[str, Any] = {
    "grow": _grow,
    "half": _half,
    "frost": lambda props: _raise(Frost(f"it froze while pin was {props['pin']}")),
    "bug": _bug,
    "exit": lambda _: sys.exit(3),
    "unstorable": lambda props: CreateResult("tree-1", {**props, "root": "deep", "planted": dt.datetime.now(dt.UTC)}),
    "nothing": lambda _: None,
    "empty id": lambda props: CreateResult("", props),
    "sleep": _sleep,
    "hold": _hold,
    "together": _together,
    "context": _context,
    "wait for cancel": _wait_for_cancel,
    "talk": _talk,
    "folder": lambda props: CreateResult("tree-1", {**props, "path0": sys.path[0], "cwd": str(Path.cwd())}),
    "automation": lambda props: CreateResult("tree-1", {**props, "stack": pulumi.automation.Stack.__name__}),
}

try:
    from pulumi_dynamic_host import registry
except ModuleNotFoundError:  # on another host there is nothing to register with
    pass
else:
    registry.register("pulumi-python:dynamic/sample_providers:Tree", TreeProvider, ["size", "kind"])
