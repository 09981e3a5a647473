"""Examples in other languages, each in a folder of its own, as the Pulumi CLI runs them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_sandbox import workspace365

EXAMPLES = Path(__file__).parents[3] / "examples"
SIGN_ON_KEY = "open-sesame"
PLUGIN = ".venv/bin/pulumi-resource-workspace365"
TOOLS = {
    "yaml": ["pulumi", "pulumi-language-yaml"],
    "typescript": ["pulumi", "pulumi-language-nodejs", "npm"],
    "go": ["pulumi", "pulumi-language-go", "go"],
    "java": ["pulumi", "pulumi-language-java", "mvn", "javac"],
    "csharp": ["pulumi", "pulumi-language-dotnet", "dotnet"],
}
_WITHOUT_MEANING = {"--yes", "--skip-preview", "--generate-code=true", "--generate-code=false"}
"""Options that say how a test calls a command, not what the command does."""
_PROGRAM_FAILED = "Running program |an unhandled error occurred: program failed"
"""How Java's and Go's hosts begin to tell that the program ended with an error, if it was still running at a refusal."""


def where(*tools: str) -> pytest.MarkDecorator:
    """For a test that takes long where these commands are, and says what is missing where they are not."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    return pytest.mark.skip(reason=f"not on PATH: {', '.join(missing)}") if missing else pytest.mark.slow


@dataclass
class Program:
    """An example in a folder of its own, with the stack dev."""

    folder: Path
    environment: dict[str, str]
    log: list[str] = field(default_factory=list)
    """Each command that shows operations or a refusal, what it said, and what happened in between."""

    def run(self, *command: str, refused: bool = False) -> str:
        """What a command printed; it must succeed, or be refused."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == refused, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def pulumi(self, *arguments: str, refused: bool = False) -> str:
        output = self.run("pulumi", *arguments, "--non-interactive", "--color", "never", refused=refused)
        if outcome := _outcome(output):
            shown = [word for word in arguments if word not in _WITHOUT_MEANING and not word.startswith("--provider")]
            self.log += [f"$ pulumi {' '.join(shown)}", *outcome]
        return output

    def up(self) -> None:
        self.pulumi("up", "--yes", "--skip-preview")

    def preview(self) -> list[str]:
        """How many resources an update would create, change or leave: ``+ 7 to create``."""
        return _operations(self.pulumi("preview"))

    def configure(self, values: dict[str, str], secrets: dict[str, str]) -> None:
        plain = [word for item in values.items() for word in ("--plaintext", "=".join(item))]
        self.pulumi("config", "set-all", *plain, *[word for item in secrets.items() for word in ("--secret", "=".join(item))])

    def edit(self, file: str, before: str, after: str) -> None:
        text = (self.folder / file).read_text()
        assert before in text
        (self.folder / file).write_text(text.replace(before, after))

    def note(self, event: str) -> None:
        """Log what happens before the next command."""
        self.log.append(f"# {event}")

    def stored(self) -> str:
        """Everything that the engine keeps of the stack: state, history and backups."""
        return "".join(path.read_text() for path in (self.folder / "state").rglob("*.json"))

    def resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("pulumi", "stack", "export"))["deployment"]["resources"]
        return found

    def urn(self, type_token: str, name: str) -> str:
        [found] = [one["urn"] for one in self.resources() if one["type"] == type_token and one["urn"].endswith(f"::{name}")]
        return str(found)


def copied(example: str, folder: Path, environment: Callable[[Path], dict[str, str]]) -> Program:
    """The example with the installed plugin as its package, and a stack without configuration."""
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("node_modules", "sdks", "bin"))
    (folder / "state").mkdir()
    program = Program(folder, environment(folder) | {"PULUMI_BACKEND_URL": f"file://{folder}/state"})
    (folder / ".venv").symlink_to(sys.prefix)
    program.pulumi("package", "add", PLUGIN)
    program.pulumi("stack", "init", "dev")
    return program


def environment(language: str, folder: Path, server: workspace365.Server) -> Program:
    """The example of an environment, configured for a server."""
    program = copied(f"environment-{language}", folder, variables)
    keys = {"provisioningKey": server.management.state().keys.provisioning_key, "signOnKey": SIGN_ON_KEY}
    program.configure({"baseUrl": server.base_url}, keys)
    return program


def variables(folder: Path) -> dict[str, str]:
    """Of a shell that has no settings of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI", "W365_", "ARM_", "AZURE_"))}
    return kept | {
        "PULUMI_CONFIG_PASSPHRASE": "example",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "W365_SETTLE_SECONDS": "1",
        "W365_JOURNAL": str(folder / "journal.jsonl"),
        "W365_AUDIT": str(folder / "audit.jsonl"),
    }


def _outcome(output: str) -> list[str]:
    """The refusals of resources, or the numbers of operations; beside a refusal, those and the program's end depend on chance."""
    refusals = re.findall(
        rf"^  \S+ \(\S+\):\n(?:    warning: .*\n)*    (error: (?!\w+ failed$|{_PROGRAM_FAILED}).*)$", output, re.MULTILINE
    )
    return [re.sub(r"urn:\S+::", "", refusal) for refusal in refusals] or _operations(output)


def _operations(output: str) -> list[str]:
    _, found, rest = output.rpartition("\nResources:\n")
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()] if found else []
