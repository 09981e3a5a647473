"""A WebSocket API's file in a stack: what is wrong with it is told with its name, before anything is declared."""

from pathlib import Path

import pulumi
import pytest

from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.websocket_apis import WebSocketFile

FILE = """
key: chat
service: {resource_group: platform, name: contoso-apim}
path: chat
service_url: wss://${CHAT_BACKEND}
handshake: {policy: handshake.xml}
"""


def read(folder: Path, text: str) -> WebSocketFile:
    (folder / "Pulumi.yaml").touch()  # files are told from here
    (folder / "apis").mkdir()
    (folder / "apis/chat.yaml").write_text(text)
    return strict_yaml.read_folder(folder / "apis", WebSocketFile, "it holds fields", variables=True)[folder / "apis/chat.yaml"]


def test_a_variable_in_a_value_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_BACKEND", "chat.example.com")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handshake.xml").write_text("<policies />")
    args = read(tmp_path, FILE).component_args()
    assert (args.service_url, args.handshake) == ("wss://chat.example.com", "<policies />")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            FILE,
            r"chat.yaml, line 5: \${CHAT_BACKEND}: there is no environment variable CHAT_BACKEND; set it, or write the value.",
        ),
        (FILE.replace("${CHAT_BACKEND}", "a") + "pth: x", "chat.yaml, line 7: pth: there is no such field"),
        (FILE.replace("${CHAT_BACKEND}", "a") + "path: y", "chat.yaml, line 7, column 1: the field 'path' is given twice."),
        ("- chat", "chat.yaml: it holds fields; this one holds none."),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.delenv("CHAT_BACKEND", raising=False)
    with pytest.raises(pulumi.RunError, match=told):
        read(tmp_path, text)
