"""A change of a stack's secrets, which are in two files: the checkpoint, and the configuration of the project.

What both are to be is written to a third file first, as a whole. From then on the change is a fact: whoever takes the stack's lock
next completes it, and needs no passphrase for that. Before, nothing has changed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.store.checkpoint import CheckpointFile, digest
from pulumi_embedded_engine.store.files import exists, json_bytes, sync_directory, write_atomically, write_text_in_place


@dataclass(frozen=True)
class TextChange:
    """A file, what it holds, and what it is to hold."""

    path: Path
    before: bytes
    after: str


def begin(path: Path, before: bytes, after: bytes, configuration: TextChange) -> None:
    """Decide on a change.

    Args:
        path: where the decision is written.
        before: the checkpoint.
        after: what it is to be.
        configuration: the file that has the stack's salt.

    Raises:
        StateError: it cannot be written; nothing has changed.
    """
    decided = {
        "checkpoint": {"from": digest(before), "to": after.decode("utf-8", "surrogatepass")},
        "configuration": {
            "path": str(configuration.path.resolve()),
            "from": digest(configuration.before),
            "to": configuration.after,
        },
    }
    with accessing(path):
        write_atomically(path, json_bytes(decided))


def finish(path: Path, checkpoint_file: CheckpointFile) -> None:
    """Complete a change that was decided on, if there is one.

    Raises:
        StateError: a file is neither what it was nor what it is to be, or cannot be written.
    """
    try:
        decided = input_files.parse_json(input_files.read_regular_file(path, largest=input_files.DOCUMENT_BYTES), str(path))
    except input_files.FileError as error:
        if not exists(path):
            return
        raise StateError(f"{error}; a change of the stack's secrets provider was being completed") from error
    checkpoint, configuration = decided["checkpoint"], decided["configuration"]
    stored = _state(checkpoint_file.digest(), checkpoint)
    file = Path(configuration["path"])
    configured = _state(digest(_content(file)), configuration)
    if "other" in (stored, configured):
        _give_up(path, file, stored, configured)
    with accessing(path):
        if stored == "from":
            checkpoint_file.replace(_bytes(checkpoint["to"]))
        if configured == "from":
            write_text_in_place(file, configuration["to"])
        path.unlink()
        sync_directory(path.parent)


def _give_up(path: Path, file: Path, stored: str, configured: str) -> None:
    if stored == "from":  # the checkpoint goes first: nothing has changed yet
        path.unlink()
        raise StateError(f"{file} was changed while the stack's secrets were: nothing else has changed, run the command again")
    what = "the stack" if stored == "other" else f"{file}"
    raise StateError(
        f"{what} was changed by another program while its secrets were encrypted anew; {path} holds what both files were to be: "
        "restore the one that was changed, or take what is meant from there, then delete that file"
        + (f" ({configured} configuration)" if configured != "other" else "")
    )


def _state(actual: str, expected: Any) -> str:
    """Whether a file is what it was (from), what it is to be (to), or something else (other)."""
    return "to" if actual == digest(_bytes(expected["to"])) else "from" if actual == expected["from"] else "other"


def _content(path: Path) -> bytes:
    return path.read_bytes() if exists(path) else b""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
