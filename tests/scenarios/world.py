"""A project, a stack and a server: everything a scenario needs to run operations the way a person does, and to see what became of them."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.runner import engine_events, engines
from pulumi_workspace365_sandbox.runner.engines import Engine
from pulumi_workspace365_sandbox.runner.project import PASSPHRASE
from tests import fork_server, program_files
from tests.scenarios.trace import Call, Trace, neutral, told

ROOT = Path(__file__).resolve().parents[2]
SALT: str = yaml.safe_load((ROOT / "stacks/Pulumi.sandbox.yaml").read_text())["encryptionsalt"]
NAME, STACK = "workspace365", "dev"
Host = Literal["ours", "stock", "native"]
"""Who serves the resources: our host or the SDK's as dynamic ones, or our host as those of the package."""
Operation = Literal["preview", "up", "refresh", "destroy"]

_FLAGS: dict[str, list[str]] = {
    "preview": [],
    "up": ["--yes"],
    "refresh": ["--yes", "--skip-preview"],
    "destroy": ["--yes", "--skip-preview"],
}


def engine_for(name: str) -> Engine:
    if name == "pulumi":
        return engines.choose_engine("pulumi", os.environ)
    return Engine("embedded", (str(fork_server.python()), "-m", "pulumi_embedded_engine"), "")


@cache
def _crypt() -> PassphraseSecrets:
    return PassphraseSecrets(PASSPHRASE, SALT)


def secure(value: str) -> dict[str, str]:
    """A secret of the stack's configuration."""
    return {"secure": _crypt().encrypt(value)}


@dataclass(frozen=True)
class Outcome:
    """What one operation did and said. Texts are as the engine wrote them; nothing is masked."""

    code: int
    account: engine_events.EventSummary
    events: list[dict[str, Any]]
    calls: list[Call]
    stdout: str
    stderr: str

    @property
    def errors(self) -> list[str]:
        """What a person reads as errors: of resources, of the program, of the engine."""
        said = [str(item) for item in self.account.diagnostics if item.severity == "error"]
        return said or [line.removeprefix("error: ") for line in self.stderr.splitlines() if line.startswith("error: ")]

    @property
    def warnings(self) -> list[str]:
        return [str(item) for item in self.account.diagnostics if item.severity == "warning"]

    @property
    def notes(self) -> str:
        """Everything that was said and is no error, as one text."""
        return "\n".join(str(item) for item in self.account.diagnostics if item.severity != "error")

    @property
    def changes(self) -> dict[str, int]:
        return {op: count for op, count in self.account.changes.items() if count}

    def steps(self, op: str) -> list[str]:
        """The resources to which this happened: `Environment contoso`, sorted."""
        return self._labels(op, planned=False)

    def planned(self, op: str) -> list[str]:
        return self._labels(op, planned=True)

    def _labels(self, op: str, *, planned: bool) -> list[str]:
        done = (step for step in self.account.done if step.op == op and step.planned == planned)
        return sorted({step.label for step in done if not step.is_engine_internal})

    def keys(self, label: str) -> tuple[str, ...]:
        """The properties that the operation changed, or found changed, in a resource."""
        return next(step.keys for step in self.account.done if step.label == label and step.keys)

    @property
    def outputs(self) -> dict[str, Any]:
        return self.account.outputs


@dataclass
class World:
    """One stack of one project in a folder of its own. `variables`: what the person's shell has set."""

    folder: Path
    engine: Engine
    host: Host
    server: workspace365.Server
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """What must be found nowhere in the clear, by what it is."""
    both_fronts: bool = False
    """Whether Pulumi.yaml names the package's plugin for whatever host."""
    names: dict[str, str] = field(default_factory=dict)
    """What else differs from run to run, and what stands for it in the trace."""
    trace: Trace = field(default_factory=Trace)
    stack: str = STACK
    """The stack that operations are of; `use` changes it."""

    def __post_init__(self) -> None:
        keys = self.server.management.state().keys  # a scenario before may have rotated them
        self.secrets |= {"provisioning key": keys.provisioning_key, "health key": keys.health_api_key}
        self.variables |= {
            "W365_BASE_URL": self.server.base_url,
            "W365_PROVISIONING_KEY": keys.provisioning_key,
            "W365_HEALTH_API_KEY": keys.health_api_key,
            "W365_SETTLE_SECONDS": "1",
            "W365_JOURNAL": str(self.folder / "journal.jsonl"),
            "W365_AUDIT": str(self.folder / "audit.jsonl"),
        }
        self._make_stack()

    def _make_stack(self) -> None:
        """As `pulumi stack init` does."""
        path = self.state_file
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "state/.pulumi/meta.yaml").write_text("version: 1\n")
        path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": f"organization/{NAME}/{self.stack}", "latest": None}}))
        self.configure({})

    def use(self, stack: str, config: Mapping[str, Any] | None = None, salt: str = SALT) -> None:
        """Go on with another stack of the project; with a configuration it is a new one, without resources."""
        self.stack = stack
        if config is not None:
            self._make_stack()
            self.configure(config, salt)

    @property
    def management(self) -> workspace365.ManagementClient:
        return self.server.management

    @property
    def state_file(self) -> Path:
        return self.folder / f"state/.pulumi/stacks/{NAME}/{self.stack}.json"

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources in the stack's state as a trace has them, by type and name: `Environment contoso`."""
        checkpoint = json.loads(self.state_file.read_text())["checkpoint"]
        resources = (checkpoint.get("latest") or {}).get("resources") or []
        return {engine_events.Step("", resource["urn"]).label: neutral(resource, self._names()) for resource in resources}

    def neutral(self, text: str) -> str:
        """A text as a trace has it: `http://server` instead of the server's address."""
        return str(neutral(text, self._names()))

    def property(self, name: str) -> str:
        """The name that a property of ours has in events and state."""
        return to_camel_case(name) if self.host == "native" else name

    # The project.

    def project(self, *, main: str = "") -> None:
        """Write Pulumi.yaml, with or without the entry that names our host."""
        prefix, host_folder = fork_server.prefix_and_host(self.engine.name)
        python = {"name": "python", "options": {"virtualenv": str(prefix)}}
        entries = [{"name": "pulumi-python", "path": str(host_folder)}]
        entries += [{"name": "workspace365", "path": str(prefix / "bin")}] if self.host == "native" or self.both_fronts else []
        host = {"providers": entries}
        document: dict[str, Any] = {"name": NAME, "runtime": python}
        document |= {"main": main, "stackConfigDir": main} if main else {}
        document |= {"plugins": host} if self.host != "stock" else {}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(document))

    def program(self, text: str) -> None:
        """Write the program."""
        self.project()
        front = (
            "from pulumi_workspace365 import native as w365" if self.host == "native" else "import pulumi_workspace365 as w365"
        )
        head = f"import pulumi\nfrom pulumi import Output, ResourceOptions\n{front}\n"
        program_files.write(self.folder / "__main__.py", head + textwrap.dedent(text))

    def stacks(self) -> None:
        """The project's own program, without its customers."""
        self.project(main="stacks")
        shutil.copytree(
            ROOT / "stacks", self.folder / "stacks", ignore=shutil.ignore_patterns("__pycache__", "customers", "*.yaml")
        )
        self.configure({"workspace365:customers": "customers"})

    def configure(self, config: Mapping[str, Any], salt: str = SALT) -> None:
        """Write the stack's configuration."""
        folder = self.folder / "stacks" if (self.folder / "stacks").exists() else self.folder
        document = {"encryptionsalt": salt, "config": dict(config)}
        (folder / f"Pulumi.{self.stack}.yaml").write_text(yaml.safe_dump(document))

    def customer(self, key: str, **fields: Any) -> Path:
        """Write a customer's file; `environment` is its name, the administrator is made up."""
        path = self.folder / f"stacks/customers/customers/{key}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        admin = {"email": f"admin@{key}.example", "first_name": "Carla", "last_name": "Conti"}
        document = {"key": key, "environment": {"name": fields.pop("environment", key)}, "admin": admin, **fields}
        path.write_text(yaml.safe_dump(document))
        return path

    # Operations.

    def environment(self, more: Mapping[str, str | None]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
        own: dict[str, str | None] = {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_DEBUG_GRPC": str(self.folder / "calls"),
            **self.variables,
            **more,
        }
        return {name: value for name, value in {**kept, **own}.items() if value is not None}

    def start(self, operation: Operation, *flags: str, **variables: str | None) -> subprocess.Popen[str]:
        """Start an operation without waiting for its end, which nobody compares."""
        arguments = [operation, *_FLAGS[operation], *flags, "--stack", self.stack, "--non-interactive", "--color", "never"]
        return subprocess.Popen(
            [*self.engine.command, *arguments],
            cwd=self.folder,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, operation: Operation, *flags: str, code: int = 0, **variables: str | None) -> Outcome:
        """Run an operation and add it to the trace. The test fails when it ends with another code or shows a secret.

        `variables`: those of the shell that are otherwise this time, None for not set.
        """
        for name in ("events", "calls"):
            (self.folder / name).unlink(missing_ok=True)
        process = self.start(operation, *flags, "--event-log", str(self.folder / "events"), **variables)
        stdout, stderr = process.communicate(timeout=200)
        seen = _lines(self.folder / "events")
        account = engine_events.EventSummary(refreshing=operation == "refresh")
        for event in seen:
            account.add(event)
        calls = told(_lines(self.folder / "calls"))
        outcome = Outcome(process.returncode, account, seen, calls, stdout, stderr)
        assert outcome.code == code, f"{operation} ended with {outcome.code}:\n{stdout}\n{stderr}"
        self.look_for_secrets(stdout + stderr)
        command = " ".join([operation, *flags])
        self.trace.add(command, outcome.code, seen, calls, state=self.state_file, stderr=stderr, names=self._names())
        return outcome

    def up(self, *flags: str, code: int = 0, **variables: str | None) -> Outcome:
        """Without the preview before it."""
        return self.run("up", "--skip-preview", *flags, code=code, **variables)

    def nothing_changes(self) -> None:
        """A preview and an update without any change, and without a request that could change something."""
        before = self.writes()
        outcome = self.run("up", "--expect-no-changes")
        assert set(outcome.changes) <= {"same"}, outcome.changes
        assert self.writes() == before, self.writes()

    def writes(self) -> list[str]:
        """The requests that were to change something: `createEnvironment contoso`."""
        requests = self.management.requests()
        return [f"{request.operation} {request.environment}" for request in requests if request.method != "GET"]

    # Secrets.

    def look_for_secrets(self, printed: str = "") -> None:
        """No secret is in anything that was printed, nor in any file but the debug log and the program itself."""
        made = {f"temporary password of {name}": one.temporary_password for name, one in self.management.environments().items()}
        unread = {self.folder / "calls", self.folder / "__main__.py"}
        files = [path for path in self.folder.rglob("*") if path.is_file() and path not in unread and path.suffix != ".pyc"]
        texts = {"what was printed": printed, **{str(path): path.read_text(errors="replace") for path in files}}
        found = [
            f"{what} in {where}"
            for what, value in (self.secrets | made).items()
            for where, text in texts.items()
            if value in text
        ]
        assert not found, found

    def rotate(self, key: str) -> None:
        """A new provisioning key: on the server, and in the shell."""
        self.secrets["provisioning key"] = self.variables["W365_PROVISIONING_KEY"] = key
        self.management.change_keys(provisioning_key=key)

    def _names(self) -> dict[str, str]:
        known = self.names | {
            str(self.folder): "<project>",
            str(ROOT): "<repository>",
            sys.prefix: "<python>",
            str(fork_server.prefix()): "<python>",
            self.server.base_url: "http://server",
        }
        return known | {value: f"<{what}>" for what, value in self.secrets.items()}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
