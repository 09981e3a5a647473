"""A WebSocket API's file in a stack: what is wrong with it is told with its name, before anything is declared."""

from pathlib import Path

import pulumi
import pytest

from pulumi_workspace365_components import HandshakeArgs
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
    assert (args.service_url, args.handshake) == ("wss://chat.example.com", HandshakeArgs(xml="<policies />"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            FILE,
            r"chat.yaml, line 5: \${CHAT_BACKEND}: there is no environment variable CHAT_BACKEND; set it, or write the value.",
        ),
        (FILE.replace("${CHAT_BACKEND}", "a") + "pth: x", "chat.yaml, line 7: pth: there is no such field"),
        (FILE.replace("${CHAT_BACKEND}", "a") + "path: y", "chat.yaml, line 7, column 1: the field 'path' is given twice."),
        (
            FILE.replace("${CHAT_BACKEND}", "a").replace("{policy: handshake.xml}", "\n  limit:\n    calls: 0"),
            "chat.yaml, line 8: handshake.limit.calls: Input should be greater than or equal to 1",
        ),
        (
            FILE.replace("${CHAT_BACKEND}", "a").replace("policy: handshake.xml", "jwt: {audience: x}"),
            "chat.yaml, line 6: handshake.jwt.audiences: it is required; .*handshake.jwt.audience: there is no such field",
        ),
        (
            FILE.replace("${CHAT_BACKEND}", "a") + "diagnostics: {sampling: 101}",
            "line 7: diagnostics.sampling: it is a percentage",
        ),
        ("- chat", "chat.yaml: it holds fields; this one holds none."),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.delenv("CHAT_BACKEND", raising=False)
    with pytest.raises(pulumi.RunError, match=told):
        read(tmp_path, text)
