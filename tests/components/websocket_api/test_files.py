"""A WebSocket API's file in a stack: what is wrong with it is told with its name, before anything is declared."""

from pathlib import Path

import pulumi
import pytest
from pydantic import ValidationError

from pulumi_workspace365_components import HandshakeArgs
from pulumi_workspace365_components.stack_files import strict_yaml, websocket_apis
from pulumi_workspace365_components.stack_files.settings import StackSettings
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


def test_a_folder_that_cannot_be_looked_at_is_not_one_that_is_missing(tmp_path: Path) -> None:
    """Else all APIs of the stack would be deleted."""
    settings = StackSettings(program=tmp_path, customers="dev", websocket_apis="dev")
    assert websocket_apis.load(settings) == []
    above = tmp_path / "websocket_apis"
    above.symlink_to("websocket_apis")
    with pytest.raises(
        pulumi.RunError, match=r"websocket_apis/dev: the folder cannot be read \(Too many levels of symbolic links\)"
    ):
        websocket_apis.load(settings)
    above.unlink()
    above.write_text("a file")
    with pytest.raises(pulumi.RunError, match=r"websocket_apis/dev: the folder cannot be read \(Not a directory\)"):
        websocket_apis.load(settings)
    above.unlink()
    above.mkdir()
    (above / "dev").write_text("a file")
    with pytest.raises(pulumi.RunError, match=r"websocket_apis/dev: the folder cannot be read \(Not a directory\)"):
        websocket_apis.load(settings)


def test_the_ending_of_a_file_may_be_written_in_capitals(tmp_path: Path) -> None:
    settings = StackSettings(program=tmp_path, customers="dev", websocket_apis="dev")
    (tmp_path / "websocket_apis/dev").mkdir(parents=True)
    (tmp_path / "websocket_apis/dev/chat.YAML").write_text(FILE.replace("${CHAT_BACKEND}", "a"))
    assert [api.key for api in websocket_apis.load(settings)] == ["chat"]


@pytest.mark.parametrize("name", [".", "..", "...", "a/b", "..\\x", ""])
def test_a_set_of_files_has_the_name_of_a_folder(name: str, tmp_path: Path) -> None:
    for names in ({"customers": name, "websocket_apis": "dev"}, {"customers": "dev", "websocket_apis": name}):
        with pytest.raises(ValidationError):
            StackSettings(program=tmp_path, **names)
    assert StackSettings(program=tmp_path, customers=".dev", websocket_apis="..dev..").folder == tmp_path / "customers/.dev"
