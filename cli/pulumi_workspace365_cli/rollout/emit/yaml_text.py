"""The text of an emitted file: YAML that is the same each time, under a comment that says how it was made and tells whether it was edited."""

import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

_WIDTH = 140
_NUMBER = re.compile(r"[-+]?(?:0o[0-7]+|0x[0-9a-fA-F]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)")
"""Of YAML 1.2, which executors read. PyYAML writes YAML 1.1, in which some of these, such as 1e3, are texts without quotes."""
_SEAL = "# sha256 of the rest: "


class _Dumper(yaml.SafeDumper):
    """Indents lists, repeats what is equal instead of using anchors, and writes several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the signature of PyYAML
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  the signature of PyYAML
        super().increase_indent(flow, indentless=False)


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else "'" if _NUMBER.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def compose(made_by: str, notes: Iterable[str], documents: Sequence[Mapping[str, Any]], comments: Mapping[str, str]) -> str:
    """The file.

    Args:
        made_by: the command.
        notes: sentences for the comment.
        documents: those of the file.
        comments: by the text at the end of a line, what is noted behind it.
    """
    rest = "".join(f"{line}\n" for note in notes for line in _comment(note))
    parts = [
        yaml.dump(dict(one), Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=10_000, default_flow_style=False)
        for one in documents
    ]
    rest += parts[0] if len(parts) == 1 else "".join(f"---\n{part}" for part in parts)
    for text, comment in comments.items():
        rest = rest.replace(f"{text}\n", f"{text} # {comment}\n")
    return (
        f"# Made by `{made_by}`: change the plan and make this file again, rather than edit it.\n{_SEAL}{_digest(rest)}\n{rest}"
    )


def _comment(note: str) -> list[str]:
    return textwrap.wrap(
        note, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )


def is_untouched(text: str) -> bool:
    """Whether a file is one that was emitted, and is as it was emitted."""
    head, _, rest = text.replace("\r\n", "\n").partition("\n")
    seal, _, body = rest.partition("\n")
    return head.startswith("# Made by `w365 rollout ") and seal == f"{_SEAL}{_digest(body)}"


def _digest(rest: str) -> str:
    return hashlib.sha256(rest.encode()).hexdigest()
