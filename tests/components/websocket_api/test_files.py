"""A WebSocket API's file in a stack: what is wrong with it is told with its name, before anything is declared."""

from pathlib import Path
from types import ModuleType

import pulumi
import pytest

from tests.docs import pages

FILE = """
key: chat
service: {resource_group: platform, name: contoso-apim}
path: chat
service_url: wss://${CHAT_BACKEND}
handshake: {policy: handshake.xml}
"""


@pytest.fixture
def strict_yaml(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The stack's readers, as its program finds them."""
    monkeypatch.syspath_prepend(pages.ROOT / "stacks")
    import strict_yaml  # noqa: PLC0415  a program's module, importable only beside it

    monkeypatch.setattr(strict_yaml, "shown", lambda path: path.name)
    return strict_yaml


def read(strict_yaml: ModuleType, folder: Path, text: str) -> object:
    from websocket_files import WebSocketFile  # noqa: PLC0415  likewise

    (folder / "chat.yaml").write_text(text)
    return strict_yaml.read_folder(folder, WebSocketFile, "it holds fields", variables=True)[folder / "chat.yaml"]


def test_a_variable_in_a_value_is_filled_in(strict_yaml: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_BACKEND", "chat.example.com")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handshake.xml").write_text("<policies />")
    args = read(strict_yaml, tmp_path, FILE).component_args()  # type: ignore[attr-defined]
    assert (args.service_url, args.handshake) == ("wss://chat.example.com", "<policies />")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FILE, r"chat.yaml: \${CHAT_BACKEND}: there is no environment variable CHAT_BACKEND; set it, or write the value."),
        (FILE.replace("${CHAT_BACKEND}", "a") + "pth: x", "chat.yaml: pth: there is no such field"),
        (FILE.replace("${CHAT_BACKEND}", "a") + "path: y", "chat.yaml line 4, column 1: the field 'path' is given twice."),
        ("- chat", "chat.yaml: it holds fields; this one holds none."),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name(
    strict_yaml: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.delenv("CHAT_BACKEND", raising=False)
    with pytest.raises(pulumi.RunError, match=told):
        read(strict_yaml, tmp_path, text)
