"""Snapshots of plans: what the text holds, where it is kept, and what a test is told when it does not match."""

import base64
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine import plan_snapshots
from pulumi_embedded_engine.plan_snapshots import SnapshotError, Snapshots
from pulumi_embedded_engine.testing import plan_text
from tests import hostile

URN = "urn:pulumi:test::shop::"
STACK = f"{URN}pulumi:pulumi:Stack::shop-test"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ASSET = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "aa", "path": "x"}
CIPHERTEXT = "v1:" + "A" * 16 + ":" + "B" * 24
PASSWORD = 'pass"word-1234'


def step(op: str, name: str, *, old: Any = None, new: Any = None, kind: str = "shop:index:Item", **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": f"{URN}{kind}::{name}", "old": old, "new": new, **more}


def inputs(parent: str = STACK, **values: Any) -> dict[str, Any]:
    return {"inputs": values, "outputs": {}, "parent": parent}


def text(*steps: dict[str, Any], secrets: tuple[str, ...] = (), places: dict[str, str] | None = None, **changes: int) -> str:
    return plan_text.render(steps, changes, plan_text.Normalizer(secrets, places or {}))


def test_a_text_tells_what_is_to_be_done_in_an_order_of_its_own() -> None:
    steps = [
        step("same", "other", old=inputs(a=1), new=inputs(a=1)),
        step("delete", "gone", old=inputs(a=1)),
        step(
            "create", "new", new=inputs(f"{URN}shop:index:Shelf::upper", b=[1, {"z": True, "a": None}], a="x", __provider="code")
        ),
        step("update", "item", old=inputs(deep={"a": 1, "b": 2}, gone=1), new=inputs(deep={"a": 1, "b": 3}, come=UNKNOWN)),
        step("create-replacement", "moved", old=inputs(place="hall"), new=inputs(place="roof")),
        step("replace", "moved", old=inputs(place="hall"), new=inputs(place="roof"), keys=["place"]),
        step("delete-replaced", "moved", old=inputs(place="hall")),
        step("create", "default", new=inputs(), kind="pulumi:providers:shop"),
        step("update", "text", old=inputs(xml="<a>\n<b/>\n</a>"), new=inputs(xml="<a>\n<c/>\n</a>")),
        step(
            "update",
            "drifted",
            old={**inputs(), "outputs": {"size": 1}},
            new={**inputs(), "outputs": {"size": 2}, "protect": True},
        ),
    ]
    expected = """\
update shop:index:Item drifted (protected)
    size: 1 => 2

delete shop:index:Item gone

update shop:index:Item item
    come: (none) => [unknown]
    deep.b: 2 => 3
    gone: 1 => (none)

replace shop:index:Item moved because of place
    place: "hall" => "roof"

create shop:index:Item new in upper
    a: "x"
    b: [1, {"a": null, "z": true}]

update shop:index:Item text
    xml:
          <a>
        - <b/>
        + <c/>
          </a>

create: 1, delete: 1
"""
    assert text(*steps, create=1, delete=1, same=0) == expected
    assert text(*reversed(steps), create=1, delete=1) == expected
    assert text() == "nothing to do\n"


def test_outputs_of_the_stack_are_told() -> None:
    old, new = ({"inputs": {}, "outputs": values, "parent": ""} for values in ({"a": 1, "b": 2}, {"a": 1, "b": UNKNOWN}))
    told = text(step("same", "shop-test", old=old, new=new, kind="pulumi:pulumi:Stack"), same=1)
    assert told == "outputs\n    a: 1\n    b: 2 => [unknown]\n\nsame: 1\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://127.0.0.1:34567/a", '"http://127.0.0.1:[port]/a"'),
        ("ws://localhost:80 [::1]:9999 10.127.0.0.1:99 example.com:8443", '"ws://localhost:[port] [::1]:[port] 10.127.0.0.1:99 example.com:8443"'),
        ("made 2026-11-28T17:01:02.123456+01:00.", '"made [time]."'),
        ("2026-11-28 17:01", '"[time]"'),
        ("2026-11-28", '"2026-11-28"'),
        ("id-6F9619FF-8B86-D011-B42D-00CF4FC964FF", '"id-6F9619FF-8B86-D011-B42D-00CF4FC964FF"'),
        ("/subscriptions/6f9619ff-8b86-d011-b42d-00cf4fc964ff/x", '"/subscriptions/[uuid]/x"'),
        (CIPHERTEXT, "[secret]"),
        (SECRET, "[secret]"),
        ([ASSET, {"x": SECRET}], '[[asset], {"x": [secret]}]'),
        (PASSWORD, "[secret]"),
        (f"Basic {base64.b64encode(PASSWORD.encode()).decode()}", '"Basic [secret]"'),
        ({f"key {PASSWORD}": 1}, '{"key [secret]": 1}'),
        (f"first\n{PASSWORD}\nlast", "|\n        first\n        [secret]\n        last"),
        ("/home/me/shop/tests/x /home/me/shop", '"[tests]/x [project]"'),
        ("esc\x1b[31m ::error::", '"esc\\u001b[31m ::error::"'),
    ],
)  # fmt: skip
def test_what_is_secret_or_differs_from_run_to_run_has_a_name(value: Any, shown: str) -> None:
    places = {"/home/me/shop": "[project]", "/home/me/shop/tests": "[tests]"}
    told = text(step("create", "item", new=inputs(value=value)), secrets=(PASSWORD,), places=places)
    assert told == f"create shop:index:Item item\n    value: {shown}\n\nnothing to do\n"


def test_a_secret_in_clear_is_noticed() -> None:
    normalizer = plan_text.Normalizer([PASSWORD], {})
    plan_text.render([step("create", "item", new=inputs(a=SECRET, b=CIPHERTEXT))], {}, normalizer)
    assert not normalizer.masked
    assert PASSWORD not in plan_text.render([step("create", PASSWORD, new=inputs())], {}, normalizer)
    assert normalizer.masked


HOSTILE = [
    "",
    ".",
    "..",
    "a/b",
    "a\\b",
    "../../x",
    "/etc/passwd",
    "con",
    "NUL.txt",
    "a:b",
    "a?b",
    "a" * 300,
    "ä",
    "a\0b",
    "\ud800",
    ".hidden",
    "x ",
    "x.",
]


def test_every_name_has_a_file_of_its_own_in_the_folder(tmp_path: Path) -> None:
    names = [*HOSTILE, *hostile.NAMES, "plan", "Plan", "PLAN", "a b", "a-b", "a--b"]
    paths = [plan_snapshots.path_of(tmp_path / "test_shop.py", name) for name in dict.fromkeys(names)]
    assert len({str(path).lower() for path in paths}) == len(paths)
    assert {path.parent for path in paths} == {tmp_path / "pulumi_snapshots/test_shop"}
    snapshots = Snapshots(update=True)
    for path in paths:
        snapshots.compare(path, "plan\n")
    assert sorted(tmp_path.rglob("*.*")) == sorted(paths)
    assert plan_snapshots.path_of(tmp_path / "test_shop.py", "test_plan-a.b").name == "test_plan-a.b.txt"


def test_a_plan_is_written_once_and_compared_ever_after(tmp_path: Path) -> None:
    path = plan_snapshots.path_of(tmp_path / "test_shop.py", "plan")
    with pytest.raises(SnapshotError, match="there is no snapshot .*--pulumi-update-snapshots") as missing:
        Snapshots(update=False).compare(path, "create one\n")
    assert "    create one" in str(missing.value)
    assert not path.exists()
    Snapshots(update=True).compare(path, "create one\n")
    Snapshots(update=False).compare(path, "create one\n")
    path.write_bytes(b"create one\r\n")  # as some checkouts have it
    Snapshots(update=False).compare(path, "create one\n")
    with pytest.raises(SnapshotError, match="differs from the snapshot") as different:
        Snapshots(update=False).compare(path, "create two\n")
    assert str(different.value).endswith("    -create one\n    +create two")
    Snapshots(update=True).compare(path, "create two\n")
    assert path.read_bytes() == b"create two\n"


def test_two_plans_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    path, snapshots = tmp_path / "plan.txt", Snapshots(update=True)
    snapshots.compare(path, "create one\n")
    snapshots.compare(path, "create one\n")
    with pytest.raises(SnapshotError, match="Two plans with this name differ: give each a name"):
        snapshots.compare(path, "create two\n")
    assert path.read_text() == "create one\n"


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_bytes(b"\xff")
    (tmp_path / "snapshots").write_text("a file, no folder")
    with pytest.raises(SnapshotError, match="plan.txt cannot be used"):
        Snapshots(update=False).compare(tmp_path / "plan.txt", "create one\n")
    with pytest.raises(SnapshotError, match="x.txt cannot be used"):
        Snapshots(update=True).compare(tmp_path / "snapshots" / "x.txt", "create one\n")


def test_what_no_test_used_is_found(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.py" for name in ("test_a", "test_b", "test_removed")}
    paths = {name: plan_snapshots.path_of(file, "old") for name, file in files.items()}
    for path in paths.values():
        Snapshots(update=True).compare(path, "x\n")
    files["test_a"].touch()
    files["test_b"].touch()
    ran = {files["test_a"]: True, files["test_b"]: False}
    assert list(plan_snapshots.unused(ran, [])) == [paths["test_a"], paths["test_removed"]]
    assert list(plan_snapshots.unused(ran, paths.values())) == []
