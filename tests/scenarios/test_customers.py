"""The project's own program: a customer per file, from its first preview to its end."""

from tests.scenarios.world import World, secure

KEY = "sentinel-sign-on-key-of-contoso"
ENV_KEY = "sentinel-sign-on-key-of-fabrikam"
SIGN_ON = {"authority": "https://login.example/contoso", "client_id": "6f1f6f0e-0000-4000-8000-00000000c001"}


def settle(world: World) -> None:
    world.stacks()
    rings(world, "canary", "broad")
    world.management.set_options(sanitiser="strip")
    world.variables["FABRIKAM_KEY"] = ENV_KEY
    world.secrets |= {"sign-on key": KEY, "sign-on key of the shell": ENV_KEY}
    contoso(world)
    fabrikam(world)
    world.customer("northwind", lifecycle="suspended", exchange={"server_type": "Office365"})
    world.customer("tailspin", ring="late", exchange={"server_type": "Office365"})


def rings(world: World, *names: str) -> None:
    world.configure(
        {
            "workspace365:customers": "customers",
            "workspace365:rings": list(names),
            "workspace365:contosoSignOnKey": secure(KEY),
        }
    )


def contoso(world: World, *, url: str = "https://contoso.sharepoint.com") -> None:
    """A customer with everything, and a name that the server does not take as it is."""
    world.customer(
        "contoso",
        ring="canary",
        environment="Contoso Holding",
        sign_on={**SIGN_ON, "key_from": "config:contosoSignOnKey", "key_expires": "2090-06-30"},
        exchange={"server_type": "Office365", "default_ews_url": "https://outlook.example/ews"},
        share_point={"authentication_type": "Online", "default_url": url},
    )


def fabrikam(world: World, lifecycle: str = "active") -> None:
    sign_on = {**SIGN_ON, "key_from": "env:FABRIKAM_KEY"}
    world.customer("fabrikam", lifecycle=lifecycle, sign_on=sign_on, share_point={"authentication_type": "OAuth2"})


def active(world: World) -> dict[str, bool]:
    return {name: environment.is_active for name, environment in world.management.environments().items()}


def test_customers_come_change_are_repaired_and_go(world: World) -> None:
    settle(world)

    preview = world.run("preview", W365_PROVISIONING_KEY=None, W365_HEALTH_API_KEY=None)
    assert preview.planned("create")[0:3] == [
        "CustomerEnvironment contoso",
        "CustomerEnvironment fabrikam",
        "CustomerEnvironment northwind",
    ]
    assert world.management.count() == 0

    made = world.up()
    assert made.changes == {"create": 13}
    assert active(world) == {"ContosoHolding": True, "fabrikam": True, "northwind": False}
    held = world.management.environment("ContosoHolding")
    assert (held.oauth2["Key"], held.sharepoint["DefaultUrl"]) == (KEY, "https://contoso.sharepoint.com")
    assert world.management.environment("fabrikam").oauth2["Key"] == ENV_KEY
    assert "asked for environment 'Contoso Holding', got 'ContosoHolding'" in made.notes
    assert made.outputs["environments"]["contoso"]["name"] == "ContosoHolding"
    assert made.outputs["temporaryPasswords"] == "[secret]"
    assert '"outcome": "done"' in (world.folder / "audit.jsonl").read_text()

    world.nothing_changes()

    # Resumed, suspended, another ring; an administrator, which is used at creation only, and a SharePoint address, used once.
    rings(world, "canary", "broad", "late")
    contoso(world, url="https://contoso-new.sharepoint.com")
    fabrikam(world, lifecycle="suspended")
    successor = {"email": "new@northwind.example", "first_name": "Nora", "last_name": "-"}
    world.customer("northwind", admin=successor, exchange={"server_type": "OnPremises"})
    edited = world.up()
    assert active(world) == {"ContosoHolding": True, "fabrikam": False, "northwind": True, "tailspin": True}
    assert edited.steps("update") == [
        *("Environment fabrikam", "Environment northwind", "ExchangeSettings northwind", "SharePointSettings contoso")
    ]
    if world.host == "ours":  # the SDK's own host shows warnings only
        assert "admin_email is used only when an environment is created" in edited.notes
    assert "has no effect on an environment in use" in edited.notes

    # A file that vanishes is no way to lose a customer.
    (world.folder / "stacks/customers/customers/fabrikam.yaml").unlink()
    before = world.state()
    refused = world.run("preview", code=1)
    assert "protect" in "\n".join(refused.errors)
    assert world.state() == before

    fabrikam(world, lifecycle="retired")
    retired = world.up()
    assert retired.steps("update") == ["Environment fabrikam"]
    assert active(world)["fabrikam"] is False

    # Behind Pulumi's back: one deactivated, one made anew, one deleted.
    world.management.change("ContosoHolding", is_active=False)
    world.management.recreate("northwind")
    world.management.delete("tailspin")
    seen = world.run("refresh", W365_ALLOW_VANISHED="4")
    assert seen.keys("Environment contoso") == ("active", "is_active")
    assert "Environment tailspin" not in world.state()

    (world.folder / "stacks/customers/customers/fabrikam.yaml").unlink()
    repaired = world.up()
    assert active(world) == {"ContosoHolding": True, "northwind": True, "tailspin": True}
    assert world.management.environment("northwind").exchange == {"ServerType": "OnPremises"}
    assert repaired.steps("delete") == [
        "CustomerEnvironment fabrikam",
        "Environment fabrikam",
        "OAuth2SignOn fabrikam",
        "SharePointSettings fabrikam",
    ]
    assert world.management.count("createEnvironment") == 5

    refused = world.run("destroy", code=1)
    assert "protect" in "\n".join(refused.errors)
    assert len(active(world)) == 3
    world.up(W365_ALLOW_DELETE="*")
    world.run("destroy", W365_ALLOW_DELETE="*")
    assert active(world) == {}
    assert world.state() == {}
