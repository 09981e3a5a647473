"""What is released: only what ships, and it works without the rest of the project."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import workspace365

from .conftest import Installed

SHIPPED = {
    "pulumi_workspace365",
    "pulumi_dynamic_host",
    "pulumi_workspace365_components",
    "pulumi_workspace365_cli",
    "pulumi_embedded_engine",
}
PROGRAM = """
import pulumi
from pulumi_workspace365 import Environment, ExchangeSettings

contoso = Environment(
    "contoso",
    environment_name="contoso",
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
)
ExchangeSettings("contoso", environment=contoso, server_type="Office365")
pulumi.export("name", contoso.name)
"""


def test_the_wheel_holds_what_ships_and_nothing_else(dist: Path) -> None:
    [path] = dist.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        launchers = [info for info in wheel.infolist() if info.filename.endswith("/pulumi-resource-pulumi-python")]
    assert {name.partition("/")[0] for name in names} == SHIPPED
    # Without it the CLI takes every installed package whose name begins with pulumi- for a plugin that each program needs.
    assert "pulumi_workspace365/pulumi-plugin.json" in names
    suffixes = {Path(name).suffix or Path(name).name for name in names}
    assert suffixes == {".py", ".json", ".md", ".typed", "pulumi-resource-pulumi-python"}
    assert all(info.external_attr >> 16 & 0o111 for info in launchers)


def test_the_sdist_holds_what_the_wheel_is_made_of(dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        top = {name.split("/")[1] for name in sdist.getnames()}
    wanted = {
        "providers",
        "host",
        "components",
        "cli",
        "engine",
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        ".gitignore",
    }
    assert top == wanted


@pytest.mark.slow
def test_the_quickstart_runs_from_the_wheel(installed: Installed) -> None:
    told = installed.run("w365", "init")
    assert "Next: " in told
    (installed.folder / "__main__.py").write_text(PROGRAM)
    (installed.folder / "state").mkdir()
    own = {"PULUMI_BACKEND_URL": f"file://{installed.folder}/state", "PULUMI_CONFIG_PASSPHRASE": "quickstart"}
    engine = ("python", "-m", "pulumi_embedded_engine")
    installed.run(*engine, "stack", "init", "dev", variables=own)
    preview = installed.run(*engine, "preview", "--stack", "dev", variables=own | {"W365_BASE_URL": "http://127.0.0.1:9"})
    assert "3 to create" in preview  # without a key, and with no server there
    with workspace365.running() as server:
        keys = server.management.state().keys
        own |= {"W365_BASE_URL": server.base_url, "W365_PROVISIONING_KEY": keys.provisioning_key, "W365_JOURNAL": "off"}
        assert "3 created" in installed.run(*engine, "up", "--yes", "--stack", "dev", variables=own)
        assert "3 unchanged" in installed.run(*engine, "up", "--yes", "--stack", "dev", variables=own)
        assert list(server.management.environments()) == ["contoso"]
        assert "contoso" in installed.run("w365", "environments", variables=own)


def test_its_python_finds_the_wheel_and_not_this_checkout(installed: Installed) -> None:
    where = installed.run("python", "-c", "import pulumi_workspace365 as w; print(w.__file__)")
    assert str(installed.folder) in where
