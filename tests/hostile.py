"""Files that nobody wrote in good faith, or that something tore: what a reader of ours refuses in one sentence, soon."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

_TEN = range(10)
_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join(f'*a{level - 1}' for _ in _TEN)}]\n" for level in range(1, 12)
)
_MERGES = "a0: &a0 {x: y}\n" + "".join(
    f"a{level}: &a{level} {{k{level}: 1, <<: [{', '.join(f'*a{level - 1}' for _ in _TEN)}]}}\n" for level in range(1, 12)
)

YAML: Mapping[str, bytes] = {
    "whole number that is none": b"key: !!int foo\n",
    "binary number without digits": b"key: 0b_\n",
    "5000 digits": b"key: " + b"9" * 5000 + b"\n",
    "5000 hexadecimal digits": b"key: 0x" + b"f" * 5000 + b"\n",
    "infinite": b"key: .inf\n",
    "no number": b"key: .nan\n",
    "too large": b"key: 1.0e+999\n",
    "flag that is none": b"key: !!bool maybe\n",
    "binary": b"key: !!binary AAAA\n",
    "object of Python": b"key: !!python/object/apply:os.system ['true']\n",
    "set": b"!!set {key, environment}\n",
    "ordered map": b"!!omap [key: x]\n",
    "tag of its own": b"key: !own x\n",
    "deep in braces": b"key: " + b"[" * 100_000,
    "deep in mappings": b"{a: " * 100_000,
    "deep by indents": "".join(" " * level + "a:\n" for level in range(1500)).encode(),
    "deep in dashes": b"- " * 100_000,
    "alias bomb": _BOMB.encode(),
    "merge bomb": _MERGES.encode(),
    "alias of itself": b"key: &a [*a]\n",
    "alias of nothing": b"key: *b\n",
    "merge of no mapping": b"key: {<<: 3}\n",
    "given twice": b"key: a\nkey: b\n",
    "mapping as a name": b"? {a: b}\n: c\n",
    "alias as a name": b"key: &a x\n*a : y\n",
    "50000 names": "".join(f"k{number}: v\n" for number in range(50_000)).encode(),
    "100000 values": b"key: [" + b"x," * 100_000 + b"]\n",
    "too large a file": b"#" * (5 * 1024 * 1024),
    "UTF-16": "key: x\n".encode("utf-16"),
    "UTF-16 without mark": "key: x\n".encode("utf-16-le"),
    "no UTF-8": b"key: \xff\xfe\n",
    "half a surrogate pair": b"key: \xed\xa0\x80\n",
    "NUL": b"key: \x00\n",
    "escaped NUL": b'key: "\\0"\n',
    "escape character": b"key: \x1b[31m\n",
    "C1 control": "key: \x9b31m\n".encode(),
    "tab for an indent": b"key:\n\t- a\n",
    "two documents": b"key: a\n---\nkey: b\n",
    "empty": b"",
    "only comments": b"# nothing\n",
    "a text": b"nothing\n",
    "a list": b"- a\n",
    "unclosed": b"key: [\n",
    "unclosed quote": b'key: "a\n',
    "another YAML": b"%YAML 9.9\n---\nkey: a\n",
    "unknown directive": b"%FOO\n",
    "colons": b":" * 100_000,
    "unknown escape": b'key: "\\q"\n',
}

JSON: Mapping[str, bytes] = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and whole": b'{"version": 3, "deployment": ' + b"[" * 900 + b"]" * 900 + b"}",
    "no number": b'{"version": NaN}',
    "infinite": b'{"version": -Infinity}',
    "too large": b'{"version": 1e999}',
    "5000 digits": b'{"version": ' + b"9" * 5000 + b"}",
    "given twice": b'{"version": 3,\n "version": 4}',
    "given twice, spelled otherwise": b'{"version": 3,\n "\\u0076ersion": 4}',
    "torn": b'{"version": 3, "deployment": {"resou',
    "junk": b"\x1f\x8b\x08junk",
    "NUL": b'{"version": 3}\x00',
    "control in a text": b'{"version": "\x07"}',
    "no UTF-8": b'{"version": "\xff"}',
    "empty": b"",
    "spaces": b" \n ",
    "nothing": b"null",
    "a text": b'"version"',
    "a number": b"3",
    "a list": b"[]",
    "an object": b"{}",
    "two": b'{"version": 3}{"version": 3}',
}


def _socket(path: Path) -> None:
    import socket  # noqa: PLC0415  only here

    with socket.socket(socket.AF_UNIX) as bound:
        at = Path.cwd()
        os.chdir(path.parent)  # such names are short
        try:
            bound.bind(path.name)
        finally:
            os.chdir(at)


def _linked_pipe(path: Path) -> None:
    os.mkfifo(path.with_name(f"{path.name}.pipe"))
    path.symlink_to(f"{path.name}.pipe")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


KINDS: Mapping[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "link to a pipe": _linked_pipe,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "folder": lambda path: path.mkdir(),
    "socket": _socket,
    "link to nothing": lambda path: path.symlink_to("nowhere"),
    "link to itself": _loop,
}
"""What a file's name can stand for instead of a file; each makes one at a path that is free."""

NAMES: tuple[str, ...] = (
    "plain",
    "\x1b[31mred",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x1b]52;c;Y2xpcA==\x07clipboard",
    "\x1b]0;title\x1b\\",
    "\x1b[2J\x1b[H",
    "\x9b31mC1",
    "\x9d0;title\x9c",
    "bell\x07",
    "back\x08\x08\x08\x08ed",
    "line\rLINE",
    "two\nlines",
    "two\r\nlines",
    "\x0b\x0c\x1c\x1d\x1e\x85",
    "\u2028\u2029",
    "NUL\x00",
    "DEL\x7f",
    "right to left \u202egpj.exe",
    "isolate \u2066a\u2069",
    "marks \u200e\u200f\u061c",
    "zero\u200bwidth\u200c\u200d\u2060\ufeff",
    "soft\u00adhyphen",
    "filler\u3164\u115f\u1160\uffa0\u034f\u2800",
    "tag\U000e0041\U000e007f",
    "private\ue000",
    "half \ud800",
    "[red]rich[/red] [link=https://evil.example]x[/link]",
    "::error::injected",
    "::add-mask::x",
    "  ::set-output name=a::b",
    "::stop-commands::token",
    "x\n::error file=a,line=1::b",
    "%0A::error::x",
    "##vso[task.setvariable variable=PATH]/evil",
    "text ##[error]x",
    "##teamcity[message text='x']",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1,2)",
    "\t=1+1",
    "\uff1d1+1",
    "<script>alert(1)</script>",
    "]]><x/>&y;",
    "| a | b |\n|---|",
    "[x](javascript:alert(1)) ![y](https://evil.example)",
    "`code` *bold* _it_ ~~no~~ # h",
    "\ufffe\uffff",
)
"""What a server may call something."""


def commands(text: str) -> list[str]:
    """What GitHub Actions, Azure Pipelines or TeamCity would take for commands in a job's log."""
    found = [line for line in text.splitlines() if re.match(r"\s*::[\w-]+[^:]*::", line)]
    return found + re.findall(r"##\w*\[", text)
