"""Examples in other languages, each in a folder of its own, as the Pulumi CLI runs them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
PLUGIN = ".venv/bin/pulumi-resource-workspace365"
TOOLS = {
    "yaml": ["pulumi", "pulumi-language-yaml"],
    "typescript": ["pulumi", "pulumi-language-nodejs", "npm"],
    "go": ["pulumi", "pulumi-language-go", "go"],
}


def where(*tools: str) -> pytest.MarkDecorator:
    """For a test that takes long where these commands are, and says what is missing where they are not."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    return pytest.mark.skip(reason=f"not on PATH: {', '.join(missing)}") if missing else pytest.mark.slow


@dataclass
class Program:
    """An example in a folder of its own, with the stack dev."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, refused: bool = False) -> str:
        """What a command printed; it must succeed, or be refused."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == refused, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def pulumi(self, *arguments: str, refused: bool = False) -> str:
        return self.run("pulumi", *arguments, "--non-interactive", "--color", "never", refused=refused)

    def up(self) -> None:
        self.pulumi("up", "--yes", "--skip-preview")

    def preview(self) -> dict[str, int]:
        """What an update would do with how many resources: create, same, update, delete."""
        answer = self.pulumi("preview", "--json")
        summary: dict[str, int] = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])["changeSummary"]
        return summary

    def configure(self, values: dict[str, str], secrets: dict[str, str]) -> None:
        plain = [word for item in values.items() for word in ("--plaintext", "=".join(item))]
        self.pulumi("config", "set-all", *plain, *[word for item in secrets.items() for word in ("--secret", "=".join(item))])

    def edit(self, file: str, before: str, after: str) -> None:
        text = (self.folder / file).read_text()
        assert before in text
        (self.folder / file).write_text(text.replace(before, after))

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
