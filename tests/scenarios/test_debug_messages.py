"""What was sent, for whoever asks: the milliseconds in it differ, so nothing is held to a recording."""

import base64
import html

import pytest

from pulumi_workspace365_sandbox.workspace365 import faults
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.test_errors import ENVIRONMENT
from tests.scenarios.world import secure


@pytest.mark.parametrize("engine", ENGINES)
def test_each_request_is_a_message_beside_its_resource(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(ENVIRONMENT)
    world.management.inject(faults.Status(operation="listEnvironments", status=503, times=1))
    done = world.up("--debug")
    shown = world.neutral(done.stdout + done.stderr)
    assert "list the environments: GET http://server/Provisioning/Environment/: HTTP 503" in shown
    assert "list the environments: again in" in shown
    assert "create environment 'contoso': POST http://server/Provisioning/" in shown
    refreshed = world.run("refresh")
    assert "HTTP 200" not in refreshed.stdout + refreshed.stderr


KEY, SECOND_LINE = "sentinel[bold](a|b)*$1\\d%s<k>&'\"^7", "second-line-of-it-77aa-0c1d"
PARAMETER = f"first-line-of-it-55bb-9e8f\n{SECOND_LINE}"
PROGRAM = """
config = pulumi.Config()
alpha = w365.Environment(
    "alpha", environment_name="alpha", admin_email="a@b.example", admin_first_name="A", admin_last_name="B", deletion_protection=False)
w365.OAuth2SignOn(
    "alpha", environment=alpha, authority="https://login.example/alpha", client_id="one", key=config.require_secret("signOnKey"))
w365.Template("alpha", environment=alpha, configuration={"apps": [{"pin": config.require_secret("parameter")}]})
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_no_secret_is_shown_to_whoever_debugs_while_the_server_repeats_it(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    coded = base64.b64encode(KEY.encode()).decode()
    world.secrets |= {"sign-on key": KEY, "beginning of it": KEY[:14], "in capitals": KEY.upper(), "in base64": coded[3:-3]}
    world.secrets |= {"parameter": PARAMETER, "first line": PARAMETER.partition("\n")[0], "second line": SECOND_LINE}
    world.secrets["provisioning key in capitals"] = world.secrets["provisioning key"].upper()
    world.variables["W365_LOG"] = "debug"
    world.configure({"workspace365:signOnKey": secure(KEY), "workspace365:parameter": secure(PARAMETER)})
    world.program(PROGRAM)
    keys = "; ".join([KEY, KEY.upper(), html.escape(KEY), coded, world.secrets["provisioning key in capitals"]])
    for operation, status, text in (
        ("setOAuth2", 500, keys),
        ("setOAuth2", 400, keys),
        ("importEnvironment", 400, f"{SECOND_LINE}; {PARAMETER}; {PARAMETER.upper()}"),
    ):
        fault = faults.Status.model_validate(
            {"operation": operation, "status": status, "text": text, "form": "object", "times": 1}
        )
        world.management.inject(fault)
    world.up("--debug", code=1)
    world.up("--debug", "--diff")
    world.run("refresh", "--debug")
    world.run("destroy", "--debug")
