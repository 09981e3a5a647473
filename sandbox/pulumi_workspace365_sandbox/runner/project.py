"""A Pulumi project and what the sandbox keeps for it: `.sandbox/` beside its Pulumi.yaml, and nothing anywhere else."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi_workspace365_sandbox.support import input_files, private_files

_CHECKOUT = Path(__file__).resolve().parents[3]
_IN_CHECKOUT = (_CHECKOUT / "sandbox" / "pyproject.toml").is_file()
HERE = _CHECKOUT if _IN_CHECKOUT else Path()
"""The project that is meant where none is named: this repository, or the folder in which an installed package is run."""
COMMAND = "python -m sandbox" if _IN_CHECKOUT else "python -m pulumi_workspace365_sandbox"
"""How this is run, for messages."""
PASSPHRASE = "sandbox"  # of a stack whose secrets are made up; committed with it  # noqa: S105
_REAL_ACCOUNTS = ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_STACK", "W365_PROVISIONING_KEY_FILE")
_REAL_CLOUD = ("ARM_", "AZURE_")
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
_LOOPBACK = "127.0.0.1,localhost"


class UsageError(Exception):
    """The command line asks for something that cannot be; exit code 2."""


@dataclass(frozen=True)
class Project:
    """The project in `root`."""

    root: Path
    name: str

    @classmethod
    def at(cls, root: Path) -> "Project":
        """The project whose Pulumi.yaml is in this folder; UsageError when there is none."""
        path = root.resolve() / "Pulumi.yaml"
        try:
            name = input_files.top_level(path).get("name")
        except FileNotFoundError:
            raise UsageError(f"There is no Pulumi.yaml in {root}: give the project's folder with --program.") from None
        except input_files.FileError as error:
            raise UsageError(f"{error}.") from error
        if not name or not _NAME.fullmatch(name):
            raise UsageError(f"{path} is not a Pulumi project: it has no `name`, of letters, digits, `-`, `_` and `.`.")
        return cls(path.parent, name)

    @property
    def folder(self) -> Path:
        """Where state, servers' data and locks are kept."""
        return self.root / ".sandbox"

    @property
    def backend_url(self) -> str:
        return (self.folder / "state").absolute().as_uri()

    def has_stack(self, stack: str) -> bool:
        """Whether the project's own backend knows this stack."""
        return (self.folder / "state/.pulumi/stacks" / self.name / f"{stack}.json").exists()

    def has_configuration(self, stack: str) -> bool:
        """Whether the project has a file for this stack."""
        settings = input_files.top_level(self.root / "Pulumi.yaml")
        folders = (self.root, self.root / (settings.get("stackConfigDir") or "."))
        return any((folder / f"Pulumi.{stack}.yaml").exists() for folder in folders)

    def prepare(self) -> None:
        """Make the folders; what is in them is for their owner only. UsageError when they cannot be made."""
        try:
            private_files.make_folder(self.folder / "state")
            private_files.restrict_to_owner(self.folder, private_files.FOLDER)
        except OSError as error:
            raise UsageError(f"{error.filename} cannot be a folder of the sandbox ({error.strerror}).") from error

    def local_variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """An environment in which both engines keep to `.sandbox/` and to this machine, whatever the user's own says."""
        inherited = {
            key: value for key, value in environment.items() if key not in _REAL_ACCOUNTS and not key.startswith(_REAL_CLOUD)
        }
        return inherited | self.unproxied(environment) | self._own_variables()

    @staticmethod
    def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
        """The variables that keep calls to this machine from a proxy."""
        return {key: ",".join(filter(None, [environment.get(key), _LOOPBACK])) for key in ("NO_PROXY", "no_proxy")}

    def user_variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The user's environment as it is; the sandbox's backend only where it names no other."""
        own = self._own_variables()
        if {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & environment.keys():
            del own["PULUMI_CONFIG_PASSPHRASE"]
        if "PULUMI_BACKEND_URL" in environment:
            own = {"PULUMI_DEBUG_COMMANDS": own["PULUMI_DEBUG_COMMANDS"]}
        return own | dict(environment)

    def _own_variables(self) -> dict[str, str]:
        return {
            "PULUMI_BACKEND_URL": self.backend_url,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(self.folder / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # without it the CLI has no --event-log
        }

    def empty(self) -> None:
        """Remove everything the sandbox keeps; the lock files stay, for others may be waiting for them."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.suffix != ".lock":
                path.unlink()
