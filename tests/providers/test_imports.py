"""What a program and a preview pay for: neither needs what judges arguments or talks to servers."""

import subprocess
import sys

_UNCHANGED = """
from pulumi.dynamic import Config, ConfigureRequest
from pulumi_workspace365.exchange import ExchangeSettingsProvider
given = {"environment": "contoso", "incarnation": "2026", "server_type": SERVER_TYPE}
provider = ExchangeSettingsProvider()
provider.configure(ConfigureRequest(Config({"w365:baseUrl": "https://portal.example.com"}, "test")))
checked = provider.check({**given, "server_type": "Office365", "instance": "https://portal.example.com"}, given)
assert bool(checked.failures) == (SERVER_TYPE == "Elsewhere")
changed = provider.diff("contoso", {**checked.inputs, "server_type": "Office365"}, checked.inputs).changes
assert changed == (SERVER_TYPE != "Office365")
"""
_HOST = "from pulumi_dynamic_host import lazy_import; lazy_import.defer('pulumi.automation')\n"
_HEAVY = {"pydantic", "httpcore", "httpx"}


def loaded(code: str) -> set[str]:
    code += "\nimport sys; print(' '.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_a_program_declares_resources_without_what_judges_arguments_or_calls_servers() -> None:
    modules = loaded(
        "import pulumi_workspace365 as w; w.Environment, w.OAuth2SignOn, w.ExchangeSettings, w.SharePointSettings, w.Template"
    )
    assert "pulumi_workspace365.template" in modules
    assert not modules & _HEAVY


def test_what_is_unchanged_is_not_judged_again_and_what_changed_is() -> None:
    assert not loaded(f"{_HOST}SERVER_TYPE = 'Office365'\n{_UNCHANGED}") & {*_HEAVY, "yaml"}
    assert loaded(f"SERVER_TYPE = 'Elsewhere'\n{_UNCHANGED}") & _HEAVY == {"pydantic"}


def test_arguments_that_need_no_conversion_are_judged_without_pydantic() -> None:
    assert not loaded(f"SERVER_TYPE = 'OnPremises'\n{_UNCHANGED}") & _HEAVY


_FIRST_LIST = """
import socketserver, sys, threading, time
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.configuration import Settings

class Server(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        while "pulumi_workspace365.api.answers" not in sys.modules:
            time.sleep(0.01)
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n[]")

assert "pydantic" not in sys.modules
with socketserver.TCPServer(("127.0.0.1", 0), Server) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = Client(Settings(f"http://127.0.0.1:{server.server_address[1]}", "made-up-key", None, max_retries=0))
    assert "pydantic" not in sys.modules
    assert client.list_environments() == []
    server.shutdown()
"""


def test_what_reads_answers_is_loaded_while_the_first_one_is_waited_for() -> None:
    assert "pydantic" in loaded(_FIRST_LIST)


def test_the_http_client_does_without_the_command_line_of_its_library() -> None:
    modules = loaded("import pulumi_workspace365.api.http_client\nimport httpx; assert callable(httpx.main)")
    assert "httpx" in modules
    assert not modules & {"httpx._main", "click", "rich", "pygments"}
