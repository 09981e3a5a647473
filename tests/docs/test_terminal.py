"""The README's picture of `make up`."""

from xml.etree import ElementTree as ET

from tests.docs import pages, terminal

OUTPUT = "+ created Environment a<b (7.9s)\nup done: 1 created in 103.4s\nHandshake: echo at wss://127.0.0.1:23003/echo: 101\nHealth: OK\n"


def _lines(drawing: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


def test_two_runs_make_the_same_picture_whatever_their_times_and_ports_are() -> None:
    other = OUTPUT.replace("7.9s", "0.2s").replace("103.4s", "9.1s").replace("23003", "41000")
    assert terminal.drawn(OUTPUT) == terminal.drawn(other)
    assert _lines(terminal.drawn(OUTPUT))[:3] == ["$ make up", "+ created Environment a<b", "up done: 1 created"]


def test_the_picture_in_the_readme_ends_as_the_page_beside_it_says() -> None:
    readme = (pages.ROOT / "README.md").read_text(encoding="utf-8")
    assert terminal.PATH.relative_to(pages.ROOT).as_posix() in readme
    [table] = [block for block in pages.blocks(pages.ROOT / "docs/quickstart.md") if block.text.startswith("environment  name")]
    assert set(table.text.splitlines()) <= set(_lines(terminal.PATH.read_text(encoding="utf-8")))
