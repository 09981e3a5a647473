"""Runs the real Pulumi CLI in a folder of its own: file backend, passphrase, nothing from the network."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PASSPHRASE = "correct horse"
PROGRAMS = Path(__file__).parent / "programs"
RECORDED = Path(__file__).parent / "recorded"
POSITIONS = {"sourcePosition", "stackTrace"}


def available() -> bool:
    return shutil.which("pulumi") is not None and shutil.which("pulumi-language-python") is not None


@dataclass
class PulumiCLI:
    """A copy of a program, with a state of its own, run by the CLI on PATH."""

    directory: Path
    stack: str = "dev"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"file://{self.directory / 'state'}"

    def environment(self) -> dict[str, str]:
        (self.directory / "state").mkdir(exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI")}
        return inherited | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": self.url,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.directory / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.extra,
        }

    def popen(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.directory,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """The command's output; fails the test when it ends with another code."""
        process = self.popen(*arguments)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == code, f"pulumi {' '.join(arguments)} ended with {process.returncode}:\n{output}"
        return output

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        text = self.run("stack", "export", *(["--show-secrets"] if show_secrets else []))
        document: dict[str, Any] = json.loads(text)
        return document


def copy_program(name: str, directory: Path) -> PulumiCLI:
    shutil.copytree(PROGRAMS / name, directory, dirs_exist_ok=True)
    return PulumiCLI(directory)


def without_positions(value: Any) -> Any:
    """Without the source positions, which name folders of the machine that ran the program."""
    if isinstance(value, dict):
        return {name: without_positions(item) for name, item in value.items() if name not in POSITIONS}
    return [without_positions(item) for item in value] if isinstance(value, list) else value
