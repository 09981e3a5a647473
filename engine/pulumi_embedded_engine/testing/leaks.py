"""What an operation must not leave behind: processes, open ports, and secrets in clear."""

import base64
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.resource.values import Secret, Value

MARK = "PULUMI_EMBEDDED_ENGINE_TEST"
"""The variable by which the processes of a test are known, whoever their parent is by now."""

_PROCESSES = Path("/proc")
_ENDING_SECONDS = 5
_SHORTEST = 8
_LISTENING = "0A"
_STATE, _INODE = 3, 9


def processes(mark: str) -> dict[int, str]:
    """The processes that carry a mark, but for this one, with their command lines; none where there is no /proc."""
    variable = f"{MARK}={mark}".encode()
    found = {}
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and variable in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return {pid: command for pid, command in found.items() if command}  # a zombie has none


def left_running(mark: str) -> dict[int, str]:
    """The processes that do not end by themselves within five seconds."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while (left := processes(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def listening() -> set[int]:
    """The ports on which this process listens; none where there is no /proc."""
    sockets = set()
    for entry in (_PROCESSES / "self" / "fd").glob("*"):
        try:
            sockets.add(entry.readlink().name)
        except OSError:
            continue
    ports = set()
    for table in ("tcp", "tcp6"):
        path = _PROCESSES / "self" / "net" / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[_STATE] == _LISTENING and f"socket:[{fields[_INODE]}]" in sockets:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def secret_texts(value: Value, *, secret: bool = False) -> Iterator[str]:
    """The secret texts in a value that are long enough to be recognised."""
    if isinstance(value, Secret):
        yield from secret_texts(value.value, secret=True)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secret_texts(item, secret=secret)
    elif isinstance(value, str) and secret and len(value) >= _SHORTEST:
        yield value


def encrypted_texts(value: Any, decrypt: Callable[[str], str]) -> Iterator[str]:
    """The encrypted texts in a value of a stack's configuration that are long enough to be recognised."""
    if isinstance(value, Mapping):
        if value.keys() == {"secure"} and isinstance(value["secure"], str):
            if len(text := decrypt(value["secure"])) >= _SHORTEST:
                yield text
        else:
            for item in value.values():
                yield from encrypted_texts(item, decrypt)
    elif isinstance(value, list):
        for item in value:
            yield from encrypted_texts(item, decrypt)


def find_cleartext_secrets(folder: Path, secrets: Iterable[str]) -> Iterator[str]:
    """Where in a folder secrets stand in clear or in base64: files, and in state the resources. Never the secrets."""
    searched = {form for secret in secrets for form in forms(secret)}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(form in text for form in searched):
            yield f"{path.relative_to(folder)}{_resources(text, searched)}"


def _resources(text: str, forms: set[str]) -> str:
    try:
        document = json.loads(text)
        resources = (document.get("checkpoint", {}).get("latest") or {}).get("resources") or []
    except (ValueError, AttributeError):
        return ""
    places = [
        f"{resource['urn'].rpartition('::')[2]}.{part}.{key}"
        for resource in resources
        for part in ("inputs", "outputs")
        for key, value in (resource.get(part) or {}).items()
        if any(form in json.dumps(value, ensure_ascii=False) for form in forms)
    ]
    return f" ({', '.join(places)})" if places else ""


def forms(secret: str) -> Iterator[str]:
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode()


def contains_secret(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text holds one of the secrets."""
    return any(secret in text for secret in secrets)
