"""A ``pulumi`` on PATH that keeps states as files and may kill who runs it, at the n-th command: what a real engine cannot be asked to do.

FAKE_STATES: the folder. FAKE_KILL: ``N`` kills before the n-th command has done anything, ``N+`` after it; ``N~`` kills, and the command goes on once
there is a file ``go``. A preview compares the customers' files and
the rings of the stack with the state. Secrets are encrypted for one stack each; another's are refused.
"""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
STATES = Path(os.environ.get("FAKE_STATES", "."))


def main() -> None:
    arguments = sys.argv[1:]
    stack = arguments[arguments.index("--stack") + 1] if "--stack" in arguments else ""
    kill = os.environ.get("FAKE_KILL", "")
    number = _counted()
    if kill == str(number):
        os.kill(os.getppid(), signal.SIGKILL)
        return
    if kill == f"{number}~":
        os.kill(os.getppid(), signal.SIGKILL)
        while not (STATES / "go").exists():
            time.sleep(0.01)
    text = _done(arguments, stack)
    if kill == f"{number}+":
        os.kill(os.getppid(), signal.SIGKILL)
    sys.stdout.write(text)


def _counted() -> int:
    with (STATES / "commands").open("a+") as file:
        file.write(" ".join(sys.argv[1:]) + "\n")
        file.seek(0)
        return len(file.readlines())


def _done(arguments: list[str], stack: str) -> str:
    path = STATES / f"{stack}.json"
    match arguments[:2]:
        case ["stack", "ls"]:
            return json.dumps([{"name": found.stem} for found in sorted(STATES.glob("*.json"))])
        case ["stack", "export"]:
            document = json.loads(path.read_text())
            return json.dumps(_decrypted(document, stack) if "--show-secrets" in arguments else document)
        case ["stack", "import"]:
            whole = json.dumps(_encrypted(json.load(sys.stdin), stack))
            path.with_suffix(".new").write_text(whole)
            path.with_suffix(".new").rename(path)
            return ""
        case ["preview", _]:
            return json.dumps(_preview(json.loads(path.read_text()), stack))
    sys.exit(f"error: unknown command {arguments}")


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def _decrypted(value: Any, stack: str) -> Any:
    if _is_secret(value):
        return {SIGNATURE: SECRET, "plaintext": bytes.fromhex(value["ciphertext"].removeprefix(f"{stack}:")).decode()}
    if isinstance(value, dict):
        return {key: _decrypted(item, stack) for key, item in value.items()}
    return [_decrypted(item, stack) for item in value] if isinstance(value, list) else value


def _encrypted(value: Any, stack: str) -> Any:
    if _is_secret(value):
        if "plaintext" in value:
            return {SIGNATURE: SECRET, "ciphertext": f"{stack}:{value['plaintext'].encode().hex()}"}
        if not value["ciphertext"].startswith(f"{stack}:"):
            sys.exit("error: the ciphertext is of another stack")
    if isinstance(value, dict):
        return {key: _encrypted(item, stack) for key, item in value.items()}
    return [_encrypted(item, stack) for item in value] if isinstance(value, list) else value


def _preview(document: dict[str, Any], stack: str) -> dict[str, Any]:
    rings = re.findall(r"[a-z]+", Path(f"Pulumi.{stack}.yaml").read_text().partition("rings: ")[2].partition("]")[0])
    files = [path.read_text() for path in Path("customers/production").glob("*.yaml")]
    of_ring = {re.findall("key: (.*)", text)[0] for text in files if re.findall("ring: (.*)", text)[0].split(" ")[0] in rings}
    prefix = f"urn:pulumi:{stack}::shop::"
    there = [item["urn"] for item in document["deployment"]["resources"]]
    assert all(urn.startswith(prefix) for urn in there), there
    deployed = {urn.rpartition("::")[2] for urn in there if "Environment::" in urn}
    component = f"{prefix}workspace365:index:CustomerEnvironment::"
    steps = [{"op": "same", "urn": f"{prefix}pulumi:pulumi:Stack::shop-{stack}"}]
    steps += [{"op": "create", "urn": f"{component}{key}"} for key in of_ring - deployed]
    steps += [{"op": "delete", "urn": f"{component}{key}"} for key in deployed - of_ring]
    ops = [step["op"] for step in steps]
    return {"steps": steps, "changeSummary": {op: ops.count(op) for op in ops}}


main()
