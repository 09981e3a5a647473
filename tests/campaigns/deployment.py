"""A Pulumi project in a folder of its own, deployed by either engine to a sandbox server; everything it writes stays in that folder."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pulumi_embedded_engine.store.backend import Backend
from pulumi_workspace365.api import naming
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365_sandbox.workspace365 import Server
from tests import fork_server

EngineName = Literal["embedded", "pulumi"]
Front = Literal["dynamic", "native"]
"""Whether the program's resources are dynamic ones or the package's."""

PROJECT, STACK = "campaign", "dev"
SECRETS = {
    "W365_PROVISIONING_KEY": "sentinel-provisioning-5b0c",
    "W365_HEALTH_API_KEY": "sentinel-health-93d1",
    "CAMPAIGN_KEY": "sentinel-sign-on-key-77aa",
    "CAMPAIGN_KEY_FROM": "sentinel-fetched-key-e2f4",
}
HIDDEN_IN_TEMPLATE = "sentinel-app-parameter-41c8"
TEMPLATE = {
    "apps": [{"id": 1, "appId": 2, "parameters": HIDDEN_IN_TEMPLATE}],
    "tileGroups": [],
    "exportImportInfo": {"version": 1},
}
PASSPHRASE = "sentinel-passphrase-0d6e"


_ARM = 'if [ -f "{0}" ]; then WARM_ARM=$(cat "{0}"); export WARM_ARM; rm "{0}"; fi\n'
"""Lines of the launcher: hand on to the host what ``Deployment.arm`` left for one run."""


def engines_here() -> list[EngineName]:
    """The engines that this machine has."""
    return ["embedded", "pulumi"] if shutil.which("pulumi") and shutil.which("pulumi-language-python") else ["embedded"]


@dataclass(frozen=True)
class Wanted:
    """What the program asks for of one environment.

    ``parts``: sign-on, sign-on from, exchange, sharepoint, template. ``adopts``: the name of an environment to take over.
    """

    active: bool = True
    parts: tuple[str, ...] = ()
    adopts: str = ""


@dataclass(frozen=True)
class Outcome:
    """One finished run of an engine."""

    code: int
    output: str


@dataclass
class Deployment:
    """A project and its stack. ``extra``: further environment variables. ``preload``: a library for the embedded engine and the host."""

    folder: Path
    server: Server
    engine: EngineName = "embedded"
    extra: dict[str, str] = field(default_factory=dict)
    preload: Path | None = None
    front: Front = "dynamic"
    _runs: int = 0
    _engine_arm: str = ""

    def prepare(self) -> "Deployment":
        """Write the project and create its stack."""
        self.folder.mkdir(parents=True)
        shutil.copy(Path(__file__).parent / "program" / "__main__.py", self.folder)
        launcher = self.folder / "host/pulumi-resource-pulumi-python"
        host = fork_server.HOST if self.engine == "pulumi" and not self.preload else fork_server.host(self.preload)
        launcher.parent.mkdir()
        launcher.write_text(
            f'#!/bin/sh\necho $$ > "{self.folder}/host.pid"\n{_ARM.format(self._host_arm)}exec "{host / launcher.name}" "$@"\n',
            encoding="utf-8",
        )
        launcher.chmod(0o700)
        settings = {
            "name": PROJECT,
            "runtime": {"name": "python", "options": {"virtualenv": str(Path(self._python).parents[1])}},
            "plugins": {"providers": [{"name": "pulumi-python", "path": str(launcher.parent)}, *self._plugin]},
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(settings), encoding="utf-8")  # which is YAML too
        assert self.run("stack", "init", STACK).code == 0, self.output
        self.want({})
        return self

    @property
    def _plugin(self) -> list[dict[str, str]]:
        if self.front == "dynamic":
            return []
        prefix, _ = fork_server.prefix_and_host(self.engine)
        return [{"name": "workspace365", "path": str(prefix / "bin")}]

    @property
    def _python(self) -> str:
        """That of a warm environment. The CLI's host is the real one, which ends by itself when the CLI is killed."""
        return str(fork_server.python(self.preload))

    @property
    def _host_arm(self) -> Path:
        return self.folder / "host.arm"

    def arm(self, victim: Literal["host", "engine"], fault: Literal["kill", "fail"], number: int, log: Path) -> None:
        """Have ``preload`` kill the next run's host or (embedded) engine after so many calls, or fail its file calls from that one on.

        ``log`` gets a line for each call that is counted.
        """
        if victim == "host":
            self._host_arm.write_text(f"{fault}:{number}:{log}", encoding="utf-8")
        else:
            self._engine_arm = f"{fault}:{number}:{log}"

    def want(self, environments: Mapping[str, Wanted]) -> None:
        """Set what the program asks for, by environment name."""
        told = {name: asdict(wanted) for name, wanted in environments.items()}
        (self.folder / "environments.json").write_text(json.dumps(told), encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the engine; what it prints is kept in ``output``."""
        engine = ["pulumi"] if self.engine == "pulumi" else [self._python, "-m", "pulumi_embedded_engine"]
        return self._started([*engine, *arguments, "--non-interactive", "--color", "never"])

    def w365(self, *arguments: str) -> Outcome:
        """Run the ``w365`` command."""
        code = self._started([str(fork_server.python()), "-m", "pulumi_workspace365_cli", *arguments]).wait(timeout=600)
        return Outcome(code, self.output)

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        self._runs += 1
        environment = self.environment | ({"WARM_ARM": self._engine_arm} if self._engine_arm else {})
        self._engine_arm = ""
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> Outcome:
        """Run the engine to its end."""
        code = self.start(*arguments).wait(timeout=600)
        return Outcome(code, self.output)

    def up(self, *flags: str) -> Outcome:
        return self.run("up", "--yes", "--skip-preview", "--stack", STACK, *flags)

    def changes(self) -> str:
        """What a further ``up`` would do; empty for nothing."""
        done = self.run("preview", "--expect-no-changes", "--stack", STACK)
        return "" if done.code == 0 else done.output

    @property
    def output(self) -> str:
        """What the last run printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def _log(self) -> Path:
        return self.folder / f"output-{self._runs}.txt"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the engine's process: none of this machine's settings, all of the campaign's."""
        foreign = ("PULUMI", "W365", "CI", "GITHUB", "ARM_", "AZURE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {
            **inherited,
            "PULUMI_BACKEND_URL": f"file://{self.folder}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.server.variables,
            **SECRETS,
            "CAMPAIGN_FRONT": self.front,
            "CAMPAIGN_TEMPLATE": json.dumps(TEMPLATE),
            "W365_JOURNAL": str(self.journal),
            "W365_AUDIT": str(self.folder / "audit.jsonl"),
            "W365_BACKUP_DIR": str(self.folder.with_name(f"{self.folder.name}-backups")),
            "W365_SETTLE_SECONDS": "3",
            **self.extra,
        }

    def recorded(self) -> dict[str, dict[str, Any]]:
        """The environments in state: the server's name and the outputs (secrets encrypted), by resource name."""
        document = Backend(self.folder).stack(PROJECT, STACK).export()
        resources = document["deployment"].get("resources") or []
        return {
            resource["urn"].rpartition("::")[2]: {"id": resource["id"], **resource["outputs"]}
            for resource in resources
            if resource["type"].endswith(":Environment")
        }

    def restore_checkpoint(self) -> bool:
        """Mend what a CLI left torn, as docs/safety.md says: its attributes, or its checkpoint by the copy; whether there was need."""
        checkpoint = self.folder / f".pulumi/stacks/{PROJECT}/{STACK}.json"
        attributes = checkpoint.with_name(f"{checkpoint.name}.attrs")
        if attributes.exists() and not _is_json(attributes):
            attributes.unlink()
            return True
        copy = checkpoint.with_name(f"{checkpoint.name}.bak")
        if not copy.exists() or (checkpoint.exists() and _is_json(checkpoint)):
            return False
        shutil.copyfile(copy, checkpoint)
        return True

    def noted(self) -> set[str]:
        """The folded names of creates that the journal holds open: the next run will look for them."""
        return {intent.subject.folded for intent in Journal(self.journal).open_intents()}


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def reset(server: Server, **options: Any) -> None:
    """An empty server that takes the campaign's keys, and shows a create that is sent twice as a second environment."""
    server.management.reset()
    server.management.change_keys(
        provisioning_key=SECRETS["W365_PROVISIONING_KEY"], health_api_key=SECRETS["W365_HEALTH_API_KEY"]
    )
    server.management.set_options(on_collision="number", **options)


def strays(deployment: Deployment, *, journal_counts: bool = False) -> list[str]:
    """What is on the server twice, or unrecorded in state (``journal_counts``: and not noted in the journal either)."""
    problems, seen = [], set[str]()
    recorded = {outputs["id"] for outputs in deployment.recorded().values()}
    noted = deployment.noted() if journal_counts else set()
    for name, environment in deployment.server.management.environments().items():
        folded = naming.collision_key(environment.requested_name)
        if folded in seen:
            problems.append(f"{name}: on the server twice")
        if name not in recorded and folded not in noted:
            problems.append(f"{name}: on the server, but not in state")
        seen.add(folded)
    return problems


def differences(deployment: Deployment, wanted: Mapping[str, Wanted]) -> list[str]:
    """Where the server is not what the program asks for."""
    problems, environments = [], deployment.server.management.environments()
    recorded = deployment.recorded()
    for name, asked in wanted.items():
        outputs = recorded.get(name)
        environment = environments.get(outputs["id"]) if outputs else None
        if environment is None:
            problems.append(f"{name}: missing on the server or in state")
            continue
        is_set = {
            "active": environment.is_active == asked.active,
            "sign-on": environment.oauth2.get("Key") == SECRETS["CAMPAIGN_KEY"],
            "sign-on from": environment.oauth2.get("Key") == SECRETS["CAMPAIGN_KEY_FROM"],
            "exchange": environment.exchange.get("ServerType") == "Office365",
            "sharepoint": environment.sharepoint.get("AuthenticationType") == "Online",
            "template": environment.configuration.get("apps") == TEMPLATE["apps"],
        }
        problems += [f"{name}: {part} is not as wanted" for part in ("active", *asked.parts) if not is_set[part]]
    return problems + [f"{name}: recorded, but not wanted" for name in recorded if name not in wanted]


def leaks(deployment: Deployment, passwords: Iterable[str] = ()) -> list[str]:
    """Files of the project in which a secret stands in the clear. ``passwords``: temporary ones of environments that are gone."""
    told = [environment.temporary_password for environment in deployment.server.management.environments().values()]
    needles = [needle.encode() for needle in {*SECRETS.values(), HIDDEN_IN_TEMPLATE, PASSPHRASE, *told, *passwords}]
    found = []
    for path in sorted(deployment.folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        found += [f"{path.name} holds {needle[:12].decode()}…" for needle in needles if needle in data]
    return found


def traces(output: str) -> list[str]:
    """Lines of what an engine printed that show code of ours instead of a sentence. The CLI's own host shows where it was interrupted."""
    ours = re.compile(
        r'^\s+(\S+\.py:\d+ in |File ".*/pulumi_workspace365/)|\bInternal error\b|^error: \w+ failed: \w+(Error|Exception)\b'
    )
    return [line for line in output.splitlines() if ours.search(line)]
