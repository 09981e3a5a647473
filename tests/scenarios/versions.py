"""The versions of the Pulumi CLI and SDK that recordings were made with, and those that are installed."""

import importlib.metadata
import json
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

Versions = dict[str, str]


@cache
def cli() -> str:
    """That of the CLI on PATH; empty where none is."""
    if shutil.which("pulumi") is None:
        return ""
    said = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix("v")


def sdk() -> str:
    return importlib.metadata.version("pulumi")


def installed() -> Versions:
    """What a recording that is made now is made with."""
    return {"cli": cli(), "sdk": sdk()}


def recorded(paths: Iterable[Path]) -> list[Versions]:
    """The different ones in recordings."""
    found = {json.dumps(json.loads(path.read_text(encoding="utf-8"))["made"], sort_keys=True) for path in paths}
    return [json.loads(text) for text in sorted(found)]


def number(version: str) -> tuple[int, ...]:
    """For comparisons; of pre-releases only the number."""
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdecimal())
