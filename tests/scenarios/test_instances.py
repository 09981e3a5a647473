"""Two instances in one program, whose keys change and whose addresses must not."""

import pytest

from tests.scenarios.conftest import MakeServer
from tests.scenarios.world import World

PROGRAM = """
person = {{"admin_email": "a@b.example", "admin_first_name": "Carla", "admin_last_name": "Conti", "deletion_protection": False}}
eu = w365.Instance("eu", base_url="{url}", provisioning_key="{key}")
here = w365.Environment("here", environment_name="contoso", **person)
there = w365.Environment("there", environment_name="contoso", opts=ResourceOptions(provider=eu), **person)
w365.ExchangeSettings("there", environment=there, server_type="Office365", opts=ResourceOptions(provider=eu))
"""


@pytest.mark.slow
def test_two_instances_and_their_keys(world: World, make_server: MakeServer) -> None:
    with make_server() as second:
        world.names = {second.base_url: "http://second"}

        def write(key: str) -> None:
            world.secrets["key of the second instance"] = key
            world.program(PROGRAM.format(url=second.base_url, key=key))

        write(second.provisioning_key)
        world.up()
        assert [list(server.management.environments()) for server in (world.server, second)] == [["contoso"], ["contoso"]]
        world.nothing_changes()

        # New keys revoke the old ones at once. No resource changes.
        world.rotate("sentinel-rotated-key")
        second.management.change_keys(provisioning_key="sentinel-second-rotated-key")
        write("sentinel-second-rotated-key")
        rotated = world.up()
        assert rotated.changes == {"update": 1, "same": 4}
        assert rotated.steps("update") == []

        second.management.change("contoso", is_active=False)
        seen = world.run("refresh")
        assert seen.keys("Environment there") == ("active", world.property("is_active"))
        repaired = world.up()
        assert repaired.steps("update") == ["Environment there"]
        assert second.management.environment("contoso").is_active

        # The address of an instance is part of what a resource is.
        moved = world.up(code=1, W365_BASE_URL=second.base_url)
        assert any("it lives on" in error and "but this run is configured for" in error for error in moved.errors)
        gone = world.run("refresh", code=1, W365_BASE_URL=second.base_url)
        assert any("it lives on" in error for error in gone.errors)
        assert "Environment here" in world.state()
        world.run("destroy")
        assert [server.management.environments() for server in (world.server, second)] == [{}, {}]
