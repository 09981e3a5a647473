"""The local servers of a project, as ``python -m sandbox serve`` runs them: found by the ports kept in ``.sandbox/``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365.documents.input_files import FileError
from pulumi_workspace365_cli import probe
from pulumi_workspace365_cli.errors import CommandError

_START = "run `python -m sandbox serve` in the project's folder, in another terminal"
_ELSEWHERE_TOO = (
    'For a project elsewhere run `eval "$(cd CLONE && .venv/bin/python -m sandbox variables)"`, CLONE being where the servers were started, '
    "and then the command without --sandbox."
)
_ELSEWHERE = (
    *("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "W365_PROVISIONING_KEY_FILE", "W365_HEALTH_API_KEY_FILE"),
    *("ARM_", "AZURE_"),
)
_AUDIENCE = "echo"
_STACK = _PASSPHRASE = "sandbox"  # noqa: S105  the stack holds only made-up secrets, and says so


def variables(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables with which commands connect only to the local servers.

    Raises:
        CommandError: there are none, or they do not answer.
    """
    state_folder = _state_folder(folder)
    ports = _ports(state_folder)
    keys = _keys(ports["management_port"])
    own = {
        "W365_BASE_URL": f"http://127.0.0.1:{ports['port']}",
        "W365_PROVISIONING_KEY": keys["provisioning_key"],
        "W365_HEALTH_API_KEY": keys["health_api_key"],
        "PULUMI_BACKEND_URL": (state_folder / "state").absolute().as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        "PULUMI_HOME": str(state_folder / "pulumi-home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_STACK": _STACK,
    }
    return {name: value for name, value in environ.items() if not name.startswith(_ELSEWHERE)} | own | _azure(state_folder)


def _azure(state_folder: Path) -> dict[str, str]:
    """How the local Azure is reached; nothing where the servers were started without it."""
    try:
        addresses: dict[str, str] = _document(state_folder / "addresses.json")["azure"]
        return {
            "ARM_ENDPOINT": addresses["arm_endpoint"],
            "ARM_SUBSCRIPTION_ID": addresses["subscription_id"],
            "ARM_TENANT_ID": addresses["tenant_id"],
            "ARM_CLIENT_ID": addresses["client_id"],
            "ARM_CLIENT_SECRET": addresses["client_secret"],
            "AZURE_AUTHORITY_HOST": addresses["authority_host"],
            "W365_CA_FILE": addresses["ca_file"],
            "W365_KEY_VAULT_ENDPOINT": addresses["key_vault_url"],
            "SANDBOX_BACKEND_PORT": addresses["backend_secure_url"].rpartition(":")[2].strip("/"),
            "SANDBOX_OPENID_CONFIG": addresses["openid_config"],
            "SANDBOX_WEBSOCKET_URL": addresses["gateway_url"].replace("https:", "wss:"),
            **_credentials(addresses["management_url"]),
        }
    except (FileError, KeyError, TypeError, AttributeError, probe.ProbeError):
        return {}


def _credentials(management: str) -> dict[str, str]:
    """What a good client shows the local gateway: the service's own key, and a token for the API of the sandbox's stack."""
    resources: dict[str, Any] = probe.fetch_json(f"{management}/state")["resources"]
    key = next(
        (item["properties"]["primaryKey"] for name, item in resources.items() if name.endswith("/subscriptions/master")), ""
    )
    token = probe.fetch_json(f"{management}/tokens", {"claims": {"aud": _AUDIENCE}, "lifetime": 3600})["token"]
    return {"SANDBOX_SUBSCRIPTION_KEY": key, "SANDBOX_AUTHORIZATION": f"Bearer {token}"}


def _state_folder(folder: Path) -> Path:
    for parent in (folder, *folder.parents):
        if input_files.is_file(parent / ".sandbox" / "ports.json"):
            return parent / ".sandbox"
    raise CommandError(f"There is no sandbox in {folder} or above: {_START}. {_ELSEWHERE_TOO}")


def _ports(state_folder: Path) -> dict[str, int]:
    path = state_folder / "ports.json"
    try:
        ports = _document(path)["workspace365"]
        return {name: int(ports[name]) for name in ("port", "management_port")}
    except (FileError, ValueError, KeyError, TypeError) as problem:
        raise CommandError(f"{path} cannot be read: start over with `python -m sandbox reset`, then {_START}.") from problem


def _document(path: Path) -> Any:
    return json_document.parse(
        input_files.decode_text(input_files.read_regular_file(path), input_files.display_path(path)),
        input_files.display_path(path),
    )


def _keys(port: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}/state"
    try:
        keys: dict[str, Any] = probe.fetch_json(address)["keys"]
        return {name: str(keys[name]) for name in ("provisioning_key", "health_api_key")}
    except (probe.ProbeError, KeyError, TypeError) as problem:
        raise CommandError(f"The sandbox's servers do not answer on 127.0.0.1:{port}: {_START}.") from problem
