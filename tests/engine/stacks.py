"""A project whose stacks are made by importing a deployment: for commands that need neither program nor provider."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from pulumi_embedded_engine import cli as embedded
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.store.stack_store import StackStore
from tests.engine.cli import PASSPHRASE, PulumiCLI
from tests.engine.conftest import SALT

Json = dict[str, Any]
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hush"'}
CIPHERTEXT = PassphraseSecrets(PASSPHRASE, SALT).encrypt("hush")
CONFIGURATION = f"""# of the stack
encryptionsalt: {SALT}
config:
  shop:plain: value  # stays
  shop:key:
    secure: {CIPHERTEXT}
  shop:list:
    - secure: {CIPHERTEXT}
    - {{name: x, secret: {{secure: "{CIPHERTEXT}"}}}}
"""


def urn(name: str, kind: str = "shop:index:Thing", stack: str = "dev", project: str = "shop") -> str:
    return f"urn:pulumi:{stack}::{project}::{kind}::{name}"


def deployment(stack: str = "dev", project: str = "shop") -> Json:
    """The document of a stack with a provider, a component with a child, dependencies of every kind, and a secret."""

    def at(name: str, kind: str = "shop:index:Thing") -> str:
        return urn(name, kind, stack, project)

    root, provider = at(f"{project}-{stack}", "pulumi:pulumi:Stack"), at("default", "pulumi:providers:shop")
    group = at("group", "shop:index:Group")
    common = {"custom": True, "type": "shop:index:Thing", "parent": root, "provider": f"{provider}::p-1"}
    reference = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", "urn": at("a"), "id": "id-a"}
    resources = [
        {"urn": root, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": provider, "custom": True, "id": "p-1", "type": "pulumi:providers:shop", "parent": root},
        {**common, "urn": at("a"), "id": "id-a", "inputs": {"password": SECRET}, "outputs": {"password": SECRET}},
        {
            **common,
            "urn": at("b"),
            "id": "id-b",
            "inputs": {"a": reference},
            "dependencies": [at("a")],
            "propertyDependencies": {"a": [at("a")]},
            "deletedWith": at("a"),
        },
        {"urn": group, "custom": False, "type": "shop:index:Group", "parent": root},
        {**common, "urn": at("child", "shop:index:Group$shop:index:Thing"), "id": "id-child", "parent": group},
    ]
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-01-02T03:04:05Z", "magic": "", "version": ""},
            "secrets_providers": {"type": "passphrase", "state": {"salt": SALT}},
            "resources": resources,
        },
    }


@dataclass
class Stacks:
    """A project in a folder of its own, and the engine that is asked."""

    directory: Path
    engine: str = "embedded"
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, directory: Path, engine: str = "embedded") -> "Stacks":
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        return cls(directory, engine)

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in PulumiCLI(self.directory).environment().items() if name != "PULUMI_STACK"}
        return inherited | self.variables

    def ask(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """A command's exit code and what it said."""
        if self.engine == "pulumi":
            done = subprocess.run(
                ["pulumi", "--non-interactive", "--color", "never", *arguments],
                cwd=self.directory,
                env=self.environment(),
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=120,
            )
            return done.returncode, done.stdout
        output = io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch.object(sys, "stdin", io.StringIO(stdin)),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            code = embedded.main(["-C", str(self.directory), *arguments])
        return code, output.getvalue()

    def done(self, *arguments: str, stdin: str = "") -> str:
        """What a command said that succeeds."""
        code, output = self.ask(*arguments, stdin=stdin)
        assert code == 0, output
        return output

    def create(self, stack: str = "dev", configuration: str = f"encryptionsalt: {SALT}\n") -> None:
        """A stack with that configuration, and the resources of `deployment`."""
        (self.directory / f"Pulumi.{stack}.yaml").write_text(configuration)
        self.done("stack", "init", stack)
        self.put(deployment(stack), stack)

    def put(self, document: Json, stack: str = "dev") -> None:
        path = self.directory / "document.json"
        path.write_text(json.dumps(document))
        self.done("stack", "import", "--file", str(path), "--stack", stack)
        path.unlink()

    def export(self, stack: str = "dev") -> Json:
        """The deployment of a stack, secrets in clear."""
        text = self.done("stack", "export", "--show-secrets", "--stack", stack)
        exported: Json = json.loads(text)["deployment"]
        return exported

    def resources(self, stack: str = "dev") -> list[Json]:
        """The resources of a stack, without times."""
        found = self.export(stack).get("resources") or []
        return [{key: value for key, value in item.items() if key not in {"created", "modified"}} for item in found]

    def store(self, stack: str = "dev", project: str = "shop") -> StackStore:
        return Backend.from_url(f"file://{self.directory / 'state'}").stack(project, stack)
