"""Files that people and backends give us: whatever they are, they are read or refused in one sentence, soon."""

import os
import threading
from pathlib import Path

import pytest
import yaml

from pulumi_workspace365.documents import input_files, json_document, yaml_document
from pulumi_workspace365.documents.input_files import FileError
from tests import hostile
from tests.waiting import LONGEST


def refusal(path: Path, *, kept: bool = True) -> FileError:
    with pytest.raises(FileError) as problem:
        input_files.read_regular_file(path) if kept else input_files.read_user_file(path)
    said = str(problem.value)
    assert said.startswith(f"{path}")
    assert said.endswith(".")
    assert "\n" not in said
    return problem.value


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_what_is_no_regular_file_is_never_read_of_a_folder(kind: str, tmp_path: Path) -> None:
    hostile.KINDS[kind](tmp_path / "a.yaml")
    refusal(tmp_path / "a.yaml")


@pytest.mark.parametrize("kind", ["pipe", "endless device", "folder", "socket"])
def test_a_file_that_a_person_names_may_be_a_pipe_but_nothing_else(kind: str, tmp_path: Path) -> None:
    hostile.KINDS[kind](tmp_path / "a.yaml")
    told = {"pipe": "no process writes to this pipe", "endless device": "a device", "folder": "a folder", "socket": "a socket"}
    assert told[kind] in refusal(tmp_path / "a.yaml", kept=False).reason


def test_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "a").symlink_to("real")
    assert input_files.read_regular_file(tmp_path / "a") == input_files.read_user_file(tmp_path / "a") == b"x"


def test_a_pipe_is_read_as_long_as_something_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read_first = threading.Event()

    def write() -> None:
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:  # waits for the reader
            pipe.write(b"one ")
            read_first.wait(LONGEST)
            pipe.write(b"two")

    writer = threading.Thread(target=write)
    writer.start()
    threading.Timer(0.1, read_first.set).start()
    assert input_files.read_user_file(tmp_path / "pipe") == b"one two"
    writer.join()


def test_an_empty_pipe_is_empty() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    assert input_files.read_user_file(Path(f"/dev/fd/{reading}")) == b""
    os.close(reading)


def test_nothing_is_read_beyond_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1024**4)
    assert refusal(tmp_path / "large").reason == "it is larger than 4 MiB"
    reading, writing = os.pipe()
    os.write(writing, b"x" * 5000)
    os.close(writing)
    with pytest.raises(FileError, match=r"it is larger than 2 KiB"):
        input_files.read_user_file(Path(f"/dev/fd/{reading}"), largest=2048)
    os.close(reading)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "nowhere/a", "\x1b]0;a\x07b", "a\nb"])
def test_a_name_that_no_file_has_is_shown_harmlessly(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as problem:
        input_files.read_regular_file(tmp_path / name)
    assert str(problem.value).isprintable()


def test_a_file_that_must_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a").write_bytes(b"")
    monkeypatch.setattr(os, "open", refused)  # the tests may run as somebody who may read everything
    assert refusal(tmp_path / "a").reason == "it cannot be read (Permission denied)"


def test_a_text_is_utf_8_with_or_without_a_mark() -> None:
    assert input_files.decode_text("\ufeffä\r\nb\r".encode(), "a") == "ä\r\nb\r"
    assert input_files.decode_text("ä".encode("utf-16"), "a", utf_16=True) == "ä"
    with pytest.raises(FileError, match=r"a, line 3, column 3: it is not UTF-8 text\."):
        input_files.decode_text(b"x\r\ny\rab\xff", "a")


@pytest.mark.parametrize("slower", [False, True], ids=["libyaml", "Python"])
@pytest.mark.parametrize("name", hostile.YAML)
def test_a_hostile_yaml_file_is_read_or_refused_with_its_place(
    name: str, slower: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if slower:
        if len(hostile.YAML[name]) > 300_000:
            pytest.skip("the slower parser takes its time for these")
        monkeypatch.setattr(yaml_document, "PARSER", yaml.SafeLoader)
    (tmp_path / "a.yaml").write_bytes(hostile.YAML[name])
    if name in {"empty", "only comments", "a text", "a list"}:
        yaml_document.parse(input_files.decode_text(input_files.read_regular_file(tmp_path / "a.yaml"), "a.yaml"), "a.yaml")
        return
    with pytest.raises(FileError) as problem:
        yaml_document.parse(input_files.decode_text(input_files.read_regular_file(tmp_path / "a.yaml"), "a.yaml"), "a.yaml")
    assert "\n" not in str(problem.value)
    assert len(str(problem.value)) < 300
    assert problem.value.line or name == "too large a file"


@pytest.mark.parametrize("name", hostile.JSON)
def test_a_hostile_json_file_is_read_or_refused_with_its_place(name: str) -> None:
    if name in {"nothing", "a text", "a number", "a list", "an object"}:
        json_document.parse(input_files.decode_text(hostile.JSON[name], "a.json"), "a.json")
        return
    with pytest.raises(FileError) as problem:
        json_document.parse(input_files.decode_text(hostile.JSON[name], "a.json"), "a.json")
    assert "\n" not in str(problem.value)
    assert len(str(problem.value)) < 300
    assert problem.value.line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2027-02-29\nb: 2027-13-01\nc: 2027-01-31\nd: 2001-12-14t21:59:43.10-05:00", {"a": "2027-02-29", "b": "2027-13-01", "c": "2027-01-31", "d": "2001-12-14t21:59:43.10-05:00"}),
        ("a: yes\nb: Off\nc: 'yes'\nd: !!bool no", {"a": True, "b": False, "c": "yes", "d": False}),
        ("a: 12\nb: '12'\nc: !!str 12\nd: 0x1F\ne: 1.5\nf: -0\ng: 08", {"a": 12, "b": "12", "c": "12", "d": 31, "e": 1.5, "f": 0, "g": "08"}),
        ("a:\nb: ~\nc: ''\nd: null\ne: =", {"a": None, "b": None, "c": "", "d": None, "e": "="}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne:\n  <<: [*x, {f: 4, b: 5}]\n  c: 6", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}, "e": {"f": 4, "b": 1, "c": 6}}),
        ("a: &x 1\nb: &x 2\nc: [*x, *x]", {"a": 1, "b": 2, "c": [2, 2]}),
        ("1: a\nyes: b\n~: c\n2027-01-01: d", {"1": "a", "yes": "b", "~": "c", "2027-01-01": "d"}),
        ("a: 1\rb: 2\r", {"a": 1, "b": 2}),
        ("\ufeffa: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("[]", []),
    ],
)  # fmt: skip
def test_plain_values_are_those_of_yaml_without_dates(text: str, value: object) -> None:
    assert yaml_document.parse(input_files.decode_text(text.encode(), "a"), "a").value == value


def test_each_value_has_its_line() -> None:
    document = yaml_document.parse("a: 1\nb:\n  - c\n  - {d: 2,\n     e: 3}\nf: {}\n", "a")
    lines = {
        spot: document.line(spot)
        for spot in [("a",), ("b",), ("b", 0), ("b", 1, "d"), ("b", 1, "e"), ("b", 7), ("f", "x"), ("z",)]
    }
    assert list(lines.values()) == [1, 2, 3, 4, 5, 2, 6, 1]


def test_the_line_of_what_json_must_not_hold_is_that_of_the_first_such_word() -> None:
    text = '{"NaN": "NaN",\n "a": {"a": 1},\n "b": [NaN]}'
    with pytest.raises(FileError, match=r"a, line 3, column 8: NaN is not a JSON number\."):
        json_document.parse(text, "a")
    with pytest.raises(FileError, match=r"a, line 4, column 6: the name 'a' is given twice in one object\."):
        json_document.parse('{"b": {"a": 1},\n "c": ["a", "a"],\n "a": 1,\n  "a": 2}', "a")
