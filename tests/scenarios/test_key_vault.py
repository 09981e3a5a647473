"""Keys that customers' files keep in Key Vault: from their first preview to their end, and everything that may be wrong with one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.azure import LocalAzure, faults
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import World

FIRST, SECOND = "sentinel-first-key-in-the-vault", "sentinel-second-key-in-the-vault"
ID = "https://contoso-vault.vault.azure.net/secrets/sign-on"
EXPIRES = int(datetime(2090, 6, 30, 12, tzinfo=UTC).timestamp())
SIGN_ON = {"authority": "https://login.example/contoso", "client_id": "6f1f6f0e-0000-4000-8000-00000000c001"}
FILE = "stacks/customers/customers/contoso.yaml"
BUNDLE = {"value": FIRST, "id": f"{ID}/{'0' * 32}", "attributes": {"enabled": True}}


@pytest.fixture(scope="session")
def cloud_process() -> Iterator[LocalAzure]:
    with azure.running() as cloud:
        yield cloud


@pytest.fixture
def cloud(cloud_process: LocalAzure) -> LocalAzure:
    cloud_process.management.reset()
    return cloud_process


def settle(world: World, cloud: LocalAzure) -> None:
    world.stacks()
    world.variables |= cloud.variables
    world.secrets |= {"first key": FIRST, "second key": SECOND, "client secret": cloud.client_secret}
    customer(world)


def customer(world: World, key_from: str = "keyvault:contoso-vault/sign-on", **more: Any) -> None:
    world.customer("contoso", sign_on={**SIGN_ON, "key_from": key_from, **more})


@pytest.fixture(params=ENGINES)
def world(make_world: MakeWorld, cloud: LocalAzure, request: pytest.FixtureRequest) -> World:
    world = make_world(request.param)
    settle(world, cloud)
    return world


@pytest.fixture
def embedded(make_world: MakeWorld, cloud: LocalAzure) -> World:
    world = make_world("embedded")
    settle(world, cloud)
    return world


def sign_on(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.state()["OAuth2SignOn contoso"]
    return found


def sent_key(world: World) -> str:
    return str(world.management.environment("contoso").oauth2["Key"])


def reads(cloud: LocalAzure) -> int:
    """How often the secret was read, without the client's question who signs in."""
    return len(cloud.management.requests(operation="GET secrets", status=200))


def test_a_key_in_the_vault_is_sent_renewed_and_never_kept(world: World, cloud: LocalAzure) -> None:
    version = cloud.management.set_secret(ID, FIRST, exp=EXPIRES)
    preview = world.run("preview")
    assert "OAuth2SignOn contoso" in preview.planned("create")
    assert reads(cloud) == 1

    world.up()
    assert sent_key(world) == FIRST
    inputs, outputs = sign_on(world)["inputs"], sign_on(world)["outputs"]
    for kept in (inputs, outputs):
        assert (kept["key_from"], kept["key_expires"]) == (f"keyvault:contoso-vault/sign-on/{version}", "2090-06-30")
        assert not kept.get("key")
    world.nothing_changes()

    newer = cloud.management.set_secret(ID, SECOND, exp=EXPIRES + 86400)
    seen = world.run("preview")
    assert seen.planned("update") == ["OAuth2SignOn contoso"]
    assert {"key_from", "key_expires"} <= {*seen.keys("OAuth2SignOn contoso")}
    assert sent_key(world) == FIRST
    world.up()
    assert (sent_key(world), sign_on(world)["inputs"]["key_from"]) == (SECOND, f"keyvault:contoso-vault/sign-on/{newer}")
    world.nothing_changes()

    customer(world, f"keyvault:contoso-vault/sign-on/{version}")
    assert world.up().steps("update") == ["OAuth2SignOn contoso"]
    assert sent_key(world) == FIRST

    cloud.management.clear_requests()
    world.run("refresh")
    assert reads(cloud) == 0
    world.customer("contoso", lifecycle="retired", sign_on={**SIGN_ON, "key_from": "keyvault:contoso-vault/sign-on"})
    world.up()
    (world.folder / FILE).unlink()
    gone = world.up()
    assert "OAuth2SignOn contoso" in gone.steps("delete")
    assert world.management.environments() == {}


def test_customers_who_share_a_secret_ask_for_it_once(embedded: World, cloud: LocalAzure) -> None:
    cloud.management.set_secret(ID, FIRST)
    for name in ("contoso", "fabrikam", "tailspin"):
        embedded.customer(name, sign_on={**SIGN_ON, "key_from": "keyvault:contoso-vault/sign-on", "key_expires": "2090-01-01"})
    embedded.run("preview")
    assert reads(cloud) == 1


def refusal(world: World) -> str:
    """The one sentence that a preview ends with."""
    refused = world.run("preview", code=255 if world.engine.name == "pulumi" else 1)
    assert world.management.count() == 0
    return next(error for error in refused.errors if FILE in error)


PLACE = f"{FILE}, line 11: sign_on.key_from: secret 'sign-on' of key vault contoso-vault.vault.azure.net"


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        (None, "is not there: correct the vault, the name or the version in the reference, or add the secret."),
        ({"enabled": False}, "is disabled: enable it, or add a version that is."),
        ({"exp": 1_000_000_000}, "expired on 2001-09-09: add a new version that has not."),
        (
            {"nbf": EXPIRES},
            "is not valid before 2090-06-30: wait until then, change its activation date, or name an earlier version.",
        ),
    ],
    ids=["missing", "disabled", "expired", "premature"],
)
def test_a_secret_that_cannot_be_used_is_said_with_file_line_and_field(
    embedded: World, cloud: LocalAzure, attributes: dict[str, Any] | None, says: str
) -> None:
    if attributes is not None:
        cloud.management.set_secret(ID, FIRST, **attributes)
    assert f"{PLACE} {says}" in refusal(embedded)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            faults.Status(status=403, operation="GET secrets", code="Forbidden", message="The user does not have secrets get."),
            (
                "must not be read (HTTP 403, Forbidden: The user does not have secrets get): give the identity that deploys the role Key "
                "Vault Secrets User on the vault, and let its firewall accept this machine."
            ),
        ),
        (
            faults.Status(status=429, operation="GET secrets", code="Throttled", retry_after=60),
            "was not given out, because the vault is asked too often (HTTP 429): try again later.",
        ),
        (faults.Reset(operation="GET secrets"), "cannot be reached: "),
        (faults.SecretBody(form="huge"), "cannot be read, because the answer cannot be read: it is larger than 1 MiB: "),
        (faults.SecretBody(form="html"), "cannot be read, because its answer is none of Key Vault (HTTP 200): "),
        (faults.SecretBody(form="deep"), "cannot be read, because its answer cannot be handled ("),
        (faults.SecretBody(members={}), "cannot be read, because "),
        *(
            (faults.SecretBody(members={**BUNDLE, **wrong}), "cannot be read, because its answer cannot be handled (")
            for wrong in ({"attributes": {"enabled": True, "exp": "soon"}}, {"attributes": {"nbf": "soon"}}, {"id": 5})
        ),
        (faults.SecretBody(members={**BUNDLE, "value": ""}), "has no value: add a version that has one."),
        (faults.SecretBody(members={**BUNDLE, "value": None}), "has no value: add a version that has one."),
        *(
            (faults.SecretBody(members={**BUNDLE, "id": other}), "cannot be read, because the answer is of another secret: ")
            for other in (
                f"https://evil.vault.azure.net/secrets/sign-on/{'0' * 32}",
                ID.replace("sign-on", "another") + f"/{'0' * 32}",
                ID.replace("secrets", "keys") + f"/{'0' * 32}",
                f"{ID}/1",
                ID,
            )
        ),
    ],
)
def test_a_vault_that_refuses_or_lies_is_said_in_one_sentence(
    embedded: World, cloud: LocalAzure, fault: faults.AnyFault, says: str
) -> None:
    cloud.management.set_secret(ID, FIRST)
    cloud.management.inject(fault)
    assert f"{PLACE} {says}" in refusal(embedded)


def test_another_version_than_the_one_named_is_refused(embedded: World, cloud: LocalAzure) -> None:
    customer(embedded, f"keyvault:contoso-vault/sign-on/{'1' * 32}")
    cloud.management.inject(faults.SecretBody(members=BUNDLE))
    assert (
        f"in version {'1' * 32} of key vault contoso-vault.vault.azure.net cannot be read, because the answer is of another"
        in refusal(embedded)
    )


def test_a_vault_that_is_not_there_is_said(embedded: World) -> None:
    embedded.variables["W365_KEY_VAULT_ENDPOINT"] = "https://127.0.0.1:1"
    assert f"{PLACE} cannot be reached: no connection (" in refusal(embedded)


def test_an_identity_that_cannot_sign_in_is_said(embedded: World) -> None:
    embedded.variables["ARM_CLIENT_SECRET"] = "wrong"
    told = refusal(embedded)
    assert f"{FILE}, line 11: sign_on.key_from: Could not sign in to https://vault.azure.net with the client secret" in told
    assert "Set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or run `az login`." in told


def test_a_file_and_a_vault_that_disagree_on_the_expiry_are_an_error(embedded: World, cloud: LocalAzure) -> None:
    cloud.management.set_secret(ID, FIRST, exp=EXPIRES)
    customer(embedded, key_expires="2089-01-01")
    assert (
        f"{FILE}, line 11: sign_on.key_expires: the file says 2089-01-01, but the secret in Key Vault expires on 2090-06-30: leave "
        "key_expires out, or correct one of them."
    ) in refusal(embedded)
    customer(embedded, key_expires="2090-06-30")
    embedded.run("preview")


def test_a_version_that_is_switched_off_between_preview_and_update_changes_nothing(embedded: World, cloud: LocalAzure) -> None:
    cloud.management.set_secret(ID, FIRST)
    cloud.management.inject(faults.Status(status=403, operation="GET secrets", code="SecretDisabled", skip=1))
    failed = embedded.up(code=1)
    assert any("key_from: secret 'sign-on' in version" in error and "is disabled" in error for error in failed.errors)
    assert any("Nothing was sent." in error for error in failed.errors)
    assert embedded.management.environment("contoso").oauth2 == {}


def test_a_vault_elsewhere_is_refused_where_only_this_machine_may_be_asked(embedded: World) -> None:
    embedded.variables.pop("W365_KEY_VAULT_ENDPOINT")
    assert "keyvault: " in refusal(embedded)


def test_without_a_key_in_a_vault_nothing_of_azure_is_imported(embedded: World, cloud: LocalAzure) -> None:
    customer(embedded, "env:CONTOSO_KEY")
    program = embedded.folder / "stacks/__main__.py"
    program.write_text(
        program.read_text()
        + "\nimport sys\npulumi.export('loaded', sorted({'azure', 'pulumi_workspace365.key_vault.reader'} & {*sys.modules}))\n"
    )
    made = embedded.up(CONTOSO_KEY=FIRST)
    assert made.outputs["loaded"] == []
    assert cloud.management.requests() == []


def test_the_file_that_the_tests_write_has_the_lines_that_they_expect(embedded: World) -> None:
    lines = (embedded.folder / FILE).read_text().splitlines()
    assert yaml.safe_load(lines[10]) == {"key_from": "keyvault:contoso-vault/sign-on"}


PROVISIONING_ID = "https://contoso-vault.vault.azure.net/secrets/provisioning"
PROVISIONING = "keyvault:contoso-vault/provisioning"


def test_the_provisioning_key_may_be_in_the_vault_too(world: World, cloud: LocalAzure) -> None:
    key = world.variables.pop("W365_PROVISIONING_KEY")
    customer(world, "env:CONTOSO_KEY")
    world.variables["CONTOSO_KEY"] = FIRST
    world.configure({"workspace365:customers": "customers", "w365:provisioningKey": PROVISIONING})
    cloud.management.set_secret(PROVISIONING_ID, key)
    world.run("preview")
    assert reads(cloud) == 0
    world.up()
    assert (sent_key(world), reads(cloud)) == (FIRST, 1)
    world.rotate("sentinel-rotated-provisioning-key")
    world.variables.pop("W365_PROVISIONING_KEY")
    cloud.management.set_secret(PROVISIONING_ID, "sentinel-rotated-provisioning-key")
    world.run("refresh")


def test_a_provisioning_key_that_the_vault_does_not_give_is_said_and_nothing_is_sent(embedded: World, cloud: LocalAzure) -> None:
    customer(embedded, "env:CONTOSO_KEY")
    failed = embedded.up(code=1, W365_PROVISIONING_KEY=PROVISIONING, CONTOSO_KEY=FIRST)
    assert any(
        "w365:provisioningKey (W365_PROVISIONING_KEY): secret 'provisioning' of key vault contoso-vault.vault.azure.net is not there"
        in error
        for error in failed.errors
    ), failed.errors
    wrong = embedded.up(code=1, W365_PROVISIONING_KEY="keyvault:contoso-vault", CONTOSO_KEY=FIRST)
    assert any(
        "w365:provisioningKey (W365_PROVISIONING_KEY): it must be keyvault:VAULT/SECRET or keyvault:VAULT/SECRET/VERSION."
        in error
        for error in wrong.errors
    ), wrong.errors
    assert embedded.management.count() == 0
    assert cloud.management.requests(operation="GET secrets", status=404) != []
