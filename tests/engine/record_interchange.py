"""Records what the CLI makes of the programs ``interchange`` and ``configured``: ``python -m tests.engine.record_interchange``."""

import json
import shutil
import tempfile
from pathlib import Path

from tests.engine.cli import RECORDED, PulumiCLI, copy_program, without_positions


def record(cli: PulumiCLI, target: Path) -> None:
    cli.extra["HOOKS"] = "1"
    cli.run("stack", "init", "dev")
    configure(cli)
    cli.run("up", "--yes", "--skip-preview")
    shutil.copy(cli.directory / "Pulumi.dev.yaml", target / "Pulumi.dev.yaml")
    stored = json.loads((cli.directory / "state/.pulumi/stacks/interchange/dev.json").read_text(encoding="utf-8"))
    write(target / "checkpoint.json", stored)
    write(target / "export.json", cli.export())
    write(target / "export-show-secrets.json", cli.export(show_secrets=True))


def record_configured(cli: PulumiCLI, target: Path) -> None:
    kept = (cli.directory / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    cli.run("stack", "init", "dev")
    (cli.directory / "Pulumi.dev.yaml").write_text(kept, encoding="utf-8")  # the CLI writes values back in its own spelling
    cli.run("preview")
    shutil.copy(cli.directory / "received.json", target / "received.json")


def configure(cli: PulumiCLI) -> None:
    cli.run("config", "set", "--secret", "password", 'hunter2 "ü"')
    cli.run("config", "set", "--path", "nested.list[0].key", "v")
    cli.run("config", "set", "--path", "--secret", "nested.hidden", "v2")
    cli.run("config", "set", "flag", "true")
    cli.run("config", "set", "aws:region", "eu-west-1")


def write(path: Path, document: object) -> None:
    text = json.dumps(without_positions(document), indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def destination(name: str) -> Path:
    (RECORDED / name).mkdir(parents=True, exist_ok=True)
    return RECORDED / name


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        record(copy_program("interchange", Path(folder) / "interchange"), destination("interchange"))
        record_configured(copy_program("configured", Path(folder) / "configured"), destination("configured"))
