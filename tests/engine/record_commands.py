"""Records the Pulumi CLI's own commands and flags from its help: `python -m tests.engine.record_commands` where one is on PATH.

`python -m tests.engine.record_commands page` writes which of them the embedded engine has.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi_embedded_engine
from pulumi_embedded_engine import cli as embedded

FILE = Path(pulumi_embedded_engine.__path__[0]) / "pulumi_commands.json"
_COMMAND = re.compile(r"  ([a-z][\w-]*) +\S")
_FLAG = re.compile(r"  (?:(-\w), |    )(--[\w-]+)(?: (\S+))?(?: {2,}.*)?")
_ALIASES = re.compile(r"\nAliases:\n  ([^\n]+)")
_NO_COMMANDS = {"help"}

Json = dict[str, Any]


def help_of(path: list[str]) -> str:
    return subprocess.run(["pulumi", *path, "--help"], capture_output=True, text=True, check=True).stdout


def flags(section: str) -> list[str]:
    """Flags as `--name`, `--name -n`, with `=` after those that take a value, and `[=]` where it may be left out."""
    found = []
    for short, name, kind in (match.groups() for match in map(_FLAG.fullmatch, section.splitlines()) if match):
        value = "[=]" if kind and "[=" in kind else "=" if kind else ""
        found.append(f"{name}{value}{f' {short}' if short else ''}")
    return sorted(found)


def sections(text: str) -> Json:
    """The parts of a help text by their headings."""
    parts = re.split(r"(?m)^(\S[^\n]*):\n", text)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def commands(path: list[str]) -> Json:
    """A command and all below it, by their path."""
    text = help_of(path)
    parts = sections(text)
    aliases = _ALIASES.search(text)
    names = [name.strip() for name in aliases[1].split(",")] if aliases else []
    own = {"aliases": [name for name in names if name != path[-1]] if path else [], "flags": flags(parts.get("Flags", ""))}
    found = {" ".join(path): own}
    listed = "".join(part for heading, part in parts.items() if heading.endswith("Commands"))
    for name in (match[1] for match in map(_COMMAND.match, listed.splitlines()) if match):
        if name not in _NO_COMMANDS and [*path, name] != path:
            found |= commands([*path, name])
    return found


def table() -> Json:
    version = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"version": version.removeprefix("v"), "commands": commands([])}


# The page.

PAGE = FILE.with_name("README.md")
_BEGIN, _END = "<!-- commands -->\n", "<!-- end of commands -->"


def section() -> str:
    """The commands of the CLI that the engine has, and the flags of each."""
    known = json.loads(FILE.read_text(encoding="utf-8"))["commands"]
    parser = embedded._parser()
    lines = ["", "| command | flags |", "|---|---|"]
    for path, command in known.items():
        if not path or (below := parser.subparser(path.split())) is None:
            continue
        names = [text.partition(" ")[0].partition("[")[0].rstrip("=") for text in command["flags"]]
        done = [f"`{name}`" for name in names if name in below.flags and name != "--help"]
        lines.append(f"| `{path}` | {', '.join(done)} |")
    return "\n".join([*lines, "", ""])


def page() -> str:
    """The page with the section as it has to be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{section()}{_END}{after}"


if __name__ == "__main__":
    if sys.argv[1:] == ["page"]:
        PAGE.write_text(page(), encoding="utf-8")
        sys.exit()
    made = table()
    lines = [f"{json.dumps(path)}: {json.dumps(command)}" for path, command in sorted(made["commands"].items())]
    text = ",\n".join(lines)
    FILE.write_text(f'{{"version": {json.dumps(made["version"])}, "commands": {{\n{text}\n}}}}\n', encoding="utf-8")
