"""Sets and removes single values in the text of Pulumi.<stack>.yaml, and keeps comments, order and everything else."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.store.files import exists, write_text_in_place
from pulumi_embedded_engine.workspace.config_paths import is_secure
from pulumi_embedded_engine.workspace.yaml_file import YamlFile, compose, read_text
from pulumi_embedded_engine.workspace.yaml_scalars import plain_value

SECTION = "config"
_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./@%+,=~:-]*[A-Za-z0-9_./@%+,=~-])?")
_OLD_WORDS = frozenset(["y", "n", "yes", "no", "on", "off"])  # YAML 1.1 takes them for true and false
_INDENT = 2
_WIDEST = 2**31


class EditNotPossible(Exception):
    """The text is written in a way that is left to a person."""


def change(path: Path, former: Any, name: str, value: Any) -> None:
    """Set a value in a file, or remove it where it is None. Nothing is written that would be read otherwise.

    Args:
        path: of the file, which may be missing.
        former: what it holds.
        name: the name in the file.
        value: a text, ``{"secure": ciphertext}``, or a list or object of such.

    Raises:
        ProjectError: the file cannot be written, or is written in a way that is left to a person.
    """
    expected = _expected(former, name, value)
    try:
        text = read_text(path) if exists(path) else ""
        changed = without_value(text, name) if value is None else with_value(text, name, value)
        _refuse_other_changes(YamlFile.parse(path, changed).content, expected)
        write_text_in_place(path, changed)
    except (EditNotPossible, yaml.YAMLError, UnicodeEncodeError):
        raise ProjectError(
            f"{path}: {name} cannot be changed here without touching the rest (aliases, values in braces, or characters that are no text): change it in an editor"
        ) from None
    except OSError as error:
        raise ProjectError(f"{path}: cannot be written: {error.strerror}") from error


def _refuse_other_changes(content: Any, expected: Any) -> None:
    if (content or {}) != expected:
        raise EditNotPossible


@dataclass(frozen=True)
class _Span:
    """An entry of a block mapping: where its name begins and ends, and where its value ends.

    ``comment`` stands on the name's line where the value begins on the next; a comment after the value is not part of the entry.
    """

    name: str
    begin: int
    colon: int
    end: int
    column: int
    comment: str


def with_value(text: str, name: str, value: Any) -> str:
    """The text in which the configuration has this value under this name; a new name comes last.

    Args:
        text: of the whole file.
        name: the name in the file.
        value: a text, ``{"secure": ciphertext}``, or a list or object of such.

    Raises:
        EditNotPossible: the configuration is written in a way that is not understood.
    """
    section, entries = _entries(text)
    for entry in entries:
        if entry.name == name:
            return text[: entry.colon] + _written(value, entry.column, entry.comment) + text[entry.end :]
    column = entries[-1].column if entries else _INDENT
    added = f"{' ' * column}{_quoted(name)}{_written(value, column)}\n"
    if entries:
        return _inserted(text, _line_end(text, entries[-1].end), added)
    if section:
        empty = f"{text[: section.colon]}:{text[section.end :]}"
        return _inserted(empty, _line_end(empty, section.colon), added)
    return _inserted(text, len(text), f"{SECTION}:\n{added}")


def without_value(text: str, name: str) -> str:
    """The text without this value; the section goes with the last one.

    Raises:
        EditNotPossible: the configuration is written in a way that is not understood.
    """
    section, entries = _entries(text)
    removed = [entry for entry in entries if entry.name == name]
    if section and len(removed) == len(entries):
        removed.append(section)
    for entry in removed:  # the section, last, begins before its entries
        end = entry.end if entry is not section else section.colon
        text = text[: _line_begin(text, entry.begin)] + text[_line_end(text, end) :]
    return text


def encrypted_anew(path: Path, text: str, salt: str, convert: Callable[[str], str]) -> str:
    """The text of a stack's file with another salt, and with every ciphertext converted; everything else is unchanged.

    Raises:
        ProjectError: it is written in a way that is left to a person.
    """
    try:
        places = dict(_ciphertexts(root)) if (root := compose(text)) else {}
        changed = text
        for (begin, end), value in sorted(places.items(), reverse=True):
            changed = f"{changed[:begin]}{salt if value is None else _quoted(convert(value))}{changed[end:]}"
        if None not in places.values():
            changed = f"encryptionsalt: {salt}\n{text if changed == text else changed}"
        former = YamlFile.parse(path, text).content or {}
        _refuse_other_changes(_shape(YamlFile.parse(path, changed).content), {**_shape(former), "encryptionsalt": salt})
    except (EditNotPossible, yaml.YAMLError, UnicodeEncodeError, AttributeError):
        raise ProjectError(
            f"{path}: its secrets cannot be encrypted anew without touching the rest: write it in a plainer way"
        ) from None
    return changed


def _shape(value: Any) -> Any:
    """A value without its ciphertexts."""
    if isinstance(value, dict):
        return {"secure": None} if is_secure(value) else {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else value


def _ciphertexts(root: yaml.Node) -> Iterator[tuple[tuple[int, int], str | None]]:
    """The places of all ciphertexts, and of the salt, whose value is None."""
    if not isinstance(root, yaml.MappingNode):
        raise EditNotPossible
    for name, value in root.value:
        if name.value == "encryptionsalt":
            yield _place(value), None
        elif name.value == SECTION:
            yield from _secure_places(value)


def _secure_places(node: yaml.Node) -> Iterator[tuple[tuple[int, int], str]]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _secure_places(item)
    elif isinstance(node, yaml.MappingNode):
        (first, *more) = node.value or [(None, None)]
        if not more and first[0] is not None and first[0].value == "secure" and isinstance(first[1], yaml.ScalarNode):
            yield _place(first[1]), str(first[1].value)
            return
        for _, item in node.value:
            yield from _secure_places(item)


def _place(node: yaml.Node) -> tuple[int, int]:
    if not isinstance(node, yaml.ScalarNode) or node.style in {"|", ">"}:
        raise EditNotPossible
    return int(node.start_mark.index), int(node.end_mark.index)


def _entries(text: str) -> tuple[_Span | None, list[_Span]]:
    root = compose(text)
    if root is None:
        return None, []
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise EditNotPossible
    for name, value in root.value:
        if name.value == SECTION:
            return _span(text, name, value), _inner(text, value)
    return None, []


def _inner(text: str, value: yaml.Node) -> list[_Span]:
    if not value.value or (isinstance(value, yaml.ScalarNode) and plain_value(value.value) is None):
        return []
    if not isinstance(value, yaml.MappingNode) or value.flow_style:
        raise EditNotPossible
    return [_span(text, *pair) for pair in value.value]


def _span(text: str, name: yaml.Node, value: yaml.Node) -> _Span:
    begin, colon = name.start_mark.index, name.end_mark.index
    if value.start_mark.index < colon:  # an alias: its value is elsewhere
        raise EditNotPossible
    end = max(len(text[: _end(value)].rstrip()), colon + 1)
    line, more, _ = text[colon:end].partition("\n")
    block = value.style in {"|", ">"} if isinstance(value, yaml.ScalarNode) else not _in_braces(value)
    comment = re.search(r"(?<!\s)\s+#.*", line) if more and block else None
    return _Span(name.value, begin, colon, end, name.start_mark.column, comment[0] if comment else "")


def _in_braces(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends; a block's own mark is where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or _in_braces(node) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _written(value: Any, column: int, comment: str = "") -> str:
    if isinstance(value, dict | list) and value:
        return f":{comment}{_block(value, column + _INDENT)}"
    return f": {_scalar(value)}{comment}"


def _block(value: Any, column: int) -> str:
    """A list or object in lines of their own, from the end of the line above."""
    begin = f"\n{' ' * column}"
    if isinstance(value, dict):
        return "".join(f"{begin}{_quoted(str(key))}{_written(item, column)}" for key, item in value.items())
    return "".join(f"{begin}- {_item(item, column + _INDENT)}" for item in value)


def _item(value: Any, column: int) -> str:
    return _block(value, column).lstrip() if isinstance(value, dict | list) and value else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(value, allow_nan=False)


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and plain_value(text) == text and text.lower() not in _OLD_WORDS:
        return text
    text.encode()  # half a character would be written as one that other parsers do not know
    written: str = yaml.dump(text, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=_WIDEST)
    return written.rstrip("\n")


def _line_begin(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    return text.find("\n", index) + 1 or len(text)


def _inserted(text: str, index: int, lines: str) -> str:
    before = text[:index]
    return f"{before}{'' if not before or before.endswith(chr(10)) else chr(10)}{lines}{text[index:]}"


def _expected(former: Any, name: str, value: Any) -> dict[str, Any]:
    content = dict(former or {})
    values = dict(content.get(SECTION) or {})
    values = {key: item for key, item in values.items() if key != name} if value is None else values | {name: value}
    return {key: item for key, item in content.items() if key != SECTION} | ({SECTION: values} if values else {})
