"""Every resource in a program of one's own, with the ways in which one may depend on another."""

from tests.scenarios.world import World, secure

KEY, PARAMETER, ENV_KEY = "sentinel-key-in-the-program", "sentinel-template-parameter", "sentinel-key-in-the-shell"

PROGRAM = """
import json

config = pulumi.Config()
key = config.require_secret("signOnKey")
person = {{"admin_first_name": "Carla", "admin_last_name": "Conti"}}

alpha = w365.Environment(
    "alpha", environment_name="alpha", admin_email="{email}", deletion_protection=False, **person)
w365.OAuth2SignOn(
    "alpha", environment=alpha, authority="https://login.example/alpha", client_id="one", key=key.apply(lambda text: text + "{key}"))
w365.ExchangeSettings("alpha", environment=alpha.name.apply(lambda name: name), server_type="Office365", revision={revision})
w365.SharePointSettings("alpha", environment=alpha, authentication_type="Online", default_url="https://alpha.sharepoint.example")
w365.Template("alpha", environment=alpha, configuration={{"tiles": [{{"secret": config.require_secret("parameter")}}]}})

beta = w365.Environment(
    "beta", environment_name="{beta}", admin_email="beta@beta.example", active=False, **person)
w365.OAuth2SignOn(
    "beta", environment=beta, authority="https://login.example/beta", client_id="two", key_from="env:BETA_KEY", key_version={version})

older = w365.Environment(
    "older", environment_name="Older", admin_email="o@older.example", adopt_existing=True, deletion_protection=False, **person)
kept = w365.Environment(
    "kept", environment_name="kept", admin_email="k@kept.example", deletion_protection=False, on_delete="deactivate", **person)

pulumi.export("names", Output.all(alpha.name, beta.name, older.name))
pulumi.export("listed", Output.all(alpha.is_active, w365.get_environments_output()).apply(lambda both: len(both[1]) >= 1))
pulumi.export("health", w365.get_health_output().apply(lambda health: str(health.overall_status)))
pulumi.export("licences", w365.get_licensing_output(alpha.name).apply(lambda told: told is not None))
pulumi.export("exported", w365.export_environment_output(alpha.name).apply(lambda document: sorted(document)[:1]))
pulumi.export("password", alpha.temporary_password)
"""
FIRST = {"email": "a@alpha.example", "key": "", "revision": 1, "beta": "beta", "version": 1}


def write(world: World, **edits: object) -> None:
    world.program(PROGRAM.format(**FIRST | edits))


def test_resources_of_a_program_live_their_whole_lives(world: World) -> None:
    world.secrets |= {"key of alpha": KEY, "template parameter": PARAMETER, "key of beta": ENV_KEY}
    world.variables["BETA_KEY"] = ENV_KEY
    world.configure({"workspace365:signOnKey": secure(KEY), "workspace365:parameter": secure(PARAMETER)})
    world.management.seed("older")
    write(world)

    made = world.run("up")
    held = world.management.environments()
    assert {name: one.is_active for name, one in held.items()} == {"older": True, "alpha": True, "beta": False, "kept": True}
    assert (held["alpha"].oauth2["Key"], held["beta"].oauth2["Key"]) == (KEY, ENV_KEY)
    assert held["alpha"].configuration == {"tiles": [{"secret": PARAMETER}]}
    assert world.management.count("createEnvironment") == 3
    assert {name: made.outputs[name] for name in ("names", "listed", "health", "licences", "exported", "password")} == {
        "names": ["alpha", "beta", "older"],
        "listed": True,
        "health": "OK",
        "licences": True,
        "exported": "[secret]",
        "password": "[secret]",
    }
    world.nothing_changes()

    # An environment is never renamed, and never replaced.
    write(world, beta="gamma")
    before = world.state()
    refused = world.run("up", code=1)
    assert any("environment_name: it cannot change from 'beta' to 'gamma'" in error for error in refused.errors)
    assert (world.state(), world.management.count("createEnvironment")) == (before, 3)

    world.management.clear_requests()
    write(world, email="another@alpha.example", key="-rotated", revision=2, version=2)
    world.variables["BETA_KEY"] = f"{ENV_KEY}-rotated"
    edited = world.up()
    assert edited.steps("update") == ["Environment alpha", "ExchangeSettings alpha", "OAuth2SignOn alpha", "OAuth2SignOn beta"]
    assert sorted(world.writes()) == ["setExchange alpha", "setOAuth2 alpha", "setOAuth2 beta"]
    held = world.management.environments()
    assert (held["alpha"].oauth2["Key"], held["beta"].oauth2["Key"]) == (f"{KEY}-rotated", f"{ENV_KEY}-rotated")

    # Deleted behind Pulumi's back, and deployed again with everything that was on it.
    world.management.delete("alpha")
    world.run("refresh", W365_ALLOW_VANISHED="5")
    assert [label for label in world.state() if "alpha" in label] == []
    again = world.up()
    assert again.steps("create") == [
        f"{kind} alpha" for kind in ("Environment", "ExchangeSettings", "OAuth2SignOn", "SharePointSettings", "Template")
    ]
    assert world.management.environment("alpha").configuration == {"tiles": [{"secret": PARAMETER}]}

    # Deletion protection is the engine's, and the provider's once more.
    world.up(W365_ALLOW_DELETE="beta")
    refused = world.run("destroy", code=1)
    assert any(
        "Environment 'beta' has deletion_protection=True" in error and "run `w365 migrate`" in error for error in refused.errors
    )
    assert "beta" in world.management.environments()
    world.run("destroy", W365_ALLOW_DELETE="beta")
    assert {name: one.is_active for name, one in world.management.environments().items()} == {"older": True, "kept": False}
    assert world.state() == {}
