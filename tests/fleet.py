"""A project with many stacks on a sandbox server, for rollouts: each stack has some environments of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

from pulumi_workspace365_sandbox.workspace365 import Server
from tests import fork_server
from tests.campaigns.deployment import EngineName

_PYTHON = sys.executable
"""Not a warm one, whose process ends a moment after it was killed."""
PASSPHRASE = "sentinel-fleet-passphrase"
SECRET = "sentinel-fleet-secret"
PROGRAM = """\
import os
import time
from pathlib import Path

import pulumi
import pulumi_workspace365 as w365

config = pulumi.Config()
if config.get_bool("broken"):
    raise ValueError("this stack is broken")
if config.get_bool("waits") and not pulumi.runtime.is_dry_run():
    Path("reached").touch()
    while not Path("go").exists():
        time.sleep(0.01)
for name in config.require_object("environments"):
    w365.Environment(
        name,
        environment_name=name,
        admin_email="admin@customer.example",
        admin_first_name="Carla",
        admin_last_name="-",
        active=config.get_bool("active", True),
        deletion_protection=config.get_bool("protected", False),
    )
pulumi.export("note", config.get("note"))
pulumi.export("secret", pulumi.Output.secret(os.environ["FLEET_SECRET"]))
"""


@dataclass
class Fleet:
    """The project in a folder; everything that it writes stays there. ``path``: what PATH is for its engine."""

    folder: Path
    server: Server
    engine: EngineName = "embedded"
    path: str = "/usr/bin:/bin"
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def prepare(self, stacks: Mapping[str, Sequence[str]]) -> "Fleet":
        """Write the project; each stack has these environments, and none is deployed yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prefix, host = fork_server.prefix_and_host(self.engine)
        settings = {
            "name": "fleet",
            "runtime": {"name": "python", "options": {"virtualenv": str(prefix)}},
            "plugins": {"providers": [{"name": "pulumi-python", "path": str(host)}]},
        }
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
        (self.folder / "__main__.py").write_text(PROGRAM)
        (self.folder / "state").mkdir()
        for name, environments in stacks.items():
            self._run("stack", "init", name)
            self.configure(name, environments=list(environments))
        return self

    def configure(self, stack: str, **config: Any) -> None:
        """Change settings of a stack; those that are ``None`` are removed."""
        settings = self.stacks.setdefault(stack, {})
        settings.update(config)
        path = self.folder / f"Pulumi.{stack}.yaml"
        document = yaml.safe_load(path.read_text()) if path.exists() else {}
        document["config"] = {
            key if ":" in key else f"fleet:{key}": value for key, value in settings.items() if value is not None
        }
        path.write_text(yaml.safe_dump(document))

    def plan(self, text: str) -> None:
        """Write rollout.yaml."""
        (self.folder / "rollout.yaml").write_text(text, encoding="utf-8")

    def start(self, *arguments: str, output: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start ``w365 rollout`` in a process of its own."""
        command = [_PYTHON, "-m", "pulumi_workspace365_cli", "rollout", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def records(self) -> list[Path]:
        """The records of all rollouts, the oldest first."""
        return sorted((self.folder / ".w365/rollouts").glob("*.jsonl"))

    def events(self, record: Path | None = None) -> list[dict[str, Any]]:
        """The events of a rollout, by default of the latest; without a line that is not whole."""
        found = record or next(iter(self.records()[::-1]), None)
        lines = found.read_bytes().split(b"\n")[:-1] if found else []
        return [json.loads(line) for line in lines]

    def history(self, stack: str) -> list[dict[str, Any]]:
        """The finished updates of a stack, the newest first."""
        entries: list[dict[str, Any]] = json.loads(self._run("stack", "history", "--json", "--stack", stack))
        return entries

    def leaks(self) -> list[str]:
        """Files in which a secret stands in the clear."""
        needles = [needle.encode() for needle in (SECRET, PASSPHRASE, self.server.variables["W365_PROVISIONING_KEY"])]
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return [str(path) for path in files if any(needle in path.read_bytes() for needle in needles)]

    @property
    def environ(self) -> dict[str, str]:
        """The variables of its commands and engines."""
        foreign = ("PULUMI", "W365", "CI", "GITHUB", "ARM_", "AZURE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**inherited, **self.variables, "PATH": self.path}

    @property
    def variables(self) -> dict[str, str]:
        """Its own variables."""
        return {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **self.server.variables,
            "FLEET_SECRET": SECRET,
            "W365_JOURNAL": str(self.folder / "journal.jsonl"),
            "W365_SETTLE_SECONDS": "3",
        }

    def _run(self, *arguments: str) -> str:
        engine = ["pulumi"] if self.engine == "pulumi" else [str(fork_server.python()), "-m", "pulumi_embedded_engine"]
        done = subprocess.run(
            [*engine, *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
