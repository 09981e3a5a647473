"""The page of what was deployed: `w365 check` writes it in a process of its own, since the sandbox imports nothing of the product."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pulumi_workspace365_sandbox.runner.engine_events import Event
from pulumi_workspace365_sandbox.runner.project import Project, UsageError

_CHECK_FAILED = 3
_LONGEST_SECONDS = 600


def validate_path(file: Path) -> Path:
    """The file as an absolute path; UsageError when it cannot be one, or nothing is installed that writes it."""
    if importlib.util.find_spec("pulumi_workspace365_cli") is None:
        raise UsageError(
            "--report: `w365 check` writes the page, and is not installed beside the sandbox: install pulumi-workspace365 "
            "(not released yet: `make wheels` in a clone builds it)."
        )
    if not file.absolute().parent.is_dir():
        raise UsageError(f"--report: the folder of {file} does not exist.")
    if file.is_dir():
        raise UsageError(f"--report: {file} is a folder, not a file.")
    return file.absolute()


def write_report(
    file: Path, project: Project, stack: str, variables: Mapping[str, str], events: Iterable[Event], *, local: bool
) -> str:
    """Write the page; returns what went wrong, empty for nothing. It is written too when a check does not pass.

    Args:
        file: where to; it is overwritten.
        project: whose stack is checked.
        stack: its name.
        variables: the environment of the engine that deployed it.
        events: what the engine told of it, for what took how long.
        local: whether the project's local servers run, and are to be asked.
    """
    with tempfile.TemporaryDirectory(dir=project.folder) as scratch:
        log = Path(scratch) / "events"
        log.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
        return _checked(file, project, stack, variables, log, local=local)


def _checked(file: Path, project: Project, stack: str, variables: Mapping[str, str], log: Path, *, local: bool) -> str:
    where = ["--sandbox"] if local else []
    command = [
        sys.executable,
        "-m",
        "pulumi_workspace365_cli",
        "check",
        "--stack",
        stack,
        *where,
        "--events",
        str(log),
        f"--output=html={file}",
    ]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            [*command, "--output=text"],
            cwd=project.root,
            env=dict(variables),
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"The report {file} was not written: `w365 check` took longer than {_LONGEST_SECONDS} s."
    if done.returncode == 0:
        return ""
    last_line = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [f"exit code {done.returncode}"]
    if done.returncode == _CHECK_FAILED:
        return f"{last_line[0]} {file} tells more."
    return f"The report {file} was not written: {last_line[0].removeprefix('error: ')}"
