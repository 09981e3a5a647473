"""What only resources of the package can do, and its component for customers, on each engine."""

import pytest

from tests.scenarios.conftest import ENGINES, MakeWorld

KEY = "sentinel-key-in-the-program"
PROGRAM = """
class Customer(pulumi.ComponentResource):
    name: Output[str]
    isActive: Output[bool]

    def __init__(self, name, inputs, opts=None):
        super().__init__("workspace365:index:CustomerEnvironment", name, {{"name": None, "isActive": None, **inputs}}, opts, remote=True)

person = {{"adminEmail": "a@contoso.example", "adminFirstName": "Carla", "adminLastName": "Conti"}}
customer = Customer("contoso", {{
    "environmentName": "contoso", **person, "active": {active}, "deletionProtection": {protected},
    "signOn": {{"authority": "https://login.example/contoso", "clientId": "one", "key": Output.secret("{key}")}},
    "exchange": {{"serverType": "{server_type}"}}}})
older = w365.Environment("older", environment_name="older", deletion_protection=False, active={active},
    opts=ResourceOptions(import_="older", ignore_changes=["active"]))
pulumi.export("names", Output.all(customer.name, customer.isActive, older.name))
"""
FIRST = {"active": True, "protected": True, "server_type": "Office365", "key": KEY}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_customer_of_any_language_and_an_import_live_their_whole_lives(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine, "native")
    world.secrets["key of contoso"] = KEY
    world.management.seed("older")

    def write(**edits: object) -> None:
        world.program(PROGRAM.format(**FIRST | edits))

    write(server_type="Office")
    refused = world.run("preview", code=1)
    assert "server_type: Input should be 'Office365' or 'OnPremises'" in "\n".join(
        [*refused.errors, refused.stdout, refused.stderr]
    )
    write()
    made = world.run("up")
    assert made.outputs["names"] == ["contoso", True, "older"]
    assert list(world.management.environments()) == ["older", "contoso"]
    assert world.management.environment("contoso").oauth2["Key"] == KEY
    assert sorted(label for label in world.state() if "contoso" in label) == [
        "CustomerEnvironment contoso",
        "Environment contoso",
        "ExchangeSettings contoso",
        "OAuth2SignOn contoso",
    ]
    write()
    world.nothing_changes()

    write(active=False)
    changed = world.up()
    assert changed.steps("update") == ["Environment contoso"]
    assert {name: one.is_active for name, one in world.management.environments().items()} == {"older": True, "contoso": False}
    protected = world.run("destroy", code=1)
    assert any("protect" in error for error in protected.errors)
    write(active=False, protected=False)
    world.management.seed("older")  # which nothing protected
    world.up()
    world.run("destroy")
    assert world.management.environments() == {}
    assert world.state() == {}
