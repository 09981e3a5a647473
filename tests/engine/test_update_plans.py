"""Update plans: `preview --save-plan` and `up --plan` as on the Pulumi CLI, with the same files; no secret is in one, or in what is said of it."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine.plan.goal import Alias, Goal
from pulumi_embedded_engine.plan.plan_violations import (
    PlannedGoal,
    changes,
    changes_violation,
    goal_violation,
    unplanned_violation,
)
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Properties, Secret
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt
from tests.engine import cli
from tests.engine.cli import PASSPHRASE
from tests.engine.conftest import SALT as STACKS_SALT
from tests.engine.stacks import Stacks, urn
from tests.engine.world_strategies import SALT, Ran, World

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
THING = "urn:pulumi:dev::world::pulumi-python:dynamic/world:Thing::"
GROUP = "urn:pulumi:dev::world::world:index:Group::g"
ROOT = "urn:pulumi:dev::world::pulumi:pulumi:Stack::world-dev"
PLAN = "saved-plan.json"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

Json = dict[str, Any]


def thing(name: str, inputs: Json | None = None, **opts: Any) -> Json:
    return {"name": name, "inputs": inputs or {}, "opts": opts}


FIRST = [
    thing("a", {"size": 1, "word": "!hush", "forces": ["kind"], "kind": "x"}),
    thing("b", {"size": "$a.token", "n": 1}),
    thing("c", {"size": 1}),
    {"name": "g", "members": [thing("m", {"size": 3})]},
]
SECOND = [
    thing("a", {"size": 2, "word": "!whisper", "forces": ["kind"], "kind": "y"}),
    thing("b", {"n": 2}),
    thing("d", {"size": 1}, protect=True, timeouts={"create": "5m"}, ignore_changes=["nothing"]),
    {"name": "g", "members": []},
]
ORDERED = [SECOND[0], thing("b", {"n": 2}, depends_on=["a"]), *SECOND[2:]]
"""What is outside of the targets keeps its dependency: else the CLI calls that a duplicate if it happens to be registered later."""
OUTPUTS = {"token": "$a.token", "word": "!whisper"}


def said(ran: Ran) -> str:
    return " ".join(ran.output.split())


def saved(world: World) -> Json:
    document: Json = json.loads((world.directory / PLAN).read_text(encoding="utf-8"))
    return document


def decrypted(value: Any) -> Any:
    """Without what is random: ciphertexts and seeds."""
    secrets = PassphraseSecrets(PASSPHRASE, SALT)
    if isinstance(value, dict):
        if SECRET in value.values():
            return {"secret": json.loads(secrets.decrypt(value["ciphertext"]))}
        return {key: decrypted(item) for key, item in value.items() if key != "seed"}
    return [decrypted(item) for item in value] if isinstance(value, list) else value


# One engine.


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=[needs_cli, pytest.mark.slow])])
def test_a_saved_plan_limits_an_update(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    world.plan([thing("a", {"size": 1, "word": "!hush"}), thing("b", {"size": "$a.token"})])
    ran = world.preview("--save-plan", PLAN)
    assert (ran.code, f"Update plan written to '{PLAN}' Run `pulumi up --plan='{PLAN}'` to constrain" in said(ran)) == (0, True)
    text = (world.directory / PLAN).read_text(encoding="utf-8")
    assert "hush" not in text
    assert saved(world)["resourcePlans"][f"{THING}b"]["steps"] == ["create"]

    world.plan([thing("a", {"size": 2, "word": "!hush"}), thing("b", {"size": "$a.token"})])
    ran = world.up("--plan", PLAN)
    assert (ran.code, world.things()) == (1, {}), ran.output
    assert f"resource {THING}a violates plan: properties changed: ++size[{{1}}!={{2}}]" in said(ran)

    world.plan([thing("a", {"size": 1, "word": "!hush"}), thing("b", {"size": "$a.token"})])
    ran = world.up("--plan", PLAN)
    assert ran.code == 0, ran.output
    assert {item["key"]: item["size"] for item in world.things().values()} == {"a": 1, "b": "token-a"}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_what_a_plan_does_not_mention_stays_as_it_is(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    world.plan([thing("a", {"size": 1}), thing("b", {"size": 1})])
    assert world.up().code == 0
    world.plan([thing("a", {"size": 2}), thing("b", {"size": 1})], outputs={"size": 2})
    assert world.preview("--save-plan", PLAN).code == 0
    for resources, outputs, words in (
        ([thing("a", {"size": 2}), thing("b", {"size": 1}), thing("c")], {"size": 2}, "create is not allowed by the plan: no steps were expected"),
        ([thing("a", {"size": 2})], {"size": 2}, "delete is not allowed by the plan: this resource is constrained to same"),
        ([thing("a", {"size": 2}), thing("b", {"size": 1, "n": 1})], {"size": 2}, f"resource {THING}b violates plan: properties changed: =+n[{{1}}]"),
        ([thing("a", {"size": 2}, protect=True), thing("b", {"size": 1})], {"size": 2}, f"resource {THING}a violates plan: protect changed (expected false)"),
        ([thing("a", {"size": 2}), thing("b", {"size": "$a.token"})], {"size": 2}, f"dependencies changed: added {THING}a"),
    ):  # fmt: skip
        world.plan(resources, outputs=outputs)
        ran = world.run("up", "--yes", "--plan", PLAN)
        assert (ran.code, words in said(ran)) == (1, True), ran.output
        assert [item["size"] for item in world.things().values()] == [1, 1], "the preview is limited, too"
    world.plan([thing("a", {"size": 2}), thing("b", {"size": 1})], outputs={"size": 3})
    ran = world.up("--plan", PLAN)
    assert ran.code == 1
    if engine == "embedded":  # the CLI does not say why
        assert "resource violates plan: properties changed: ++size[{2}!={3}]" in said(ran)
    world.plan([thing("a", {"size": 2}), thing("b", {"size": 1})], outputs={"size": 2})
    assert world.up("--plan", PLAN).code == 0, "an update that is done in part already may be completed"
    assert world.up("--plan", PLAN).code == 0, "and nothing may be left to do"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_less_than_planned_may_happen_but_a_planned_operation_must_begin(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    world.plan([thing("a", {"size": 1}), thing("b")])
    assert world.up().code == 0
    world.plan([thing("a", {"size": 2, "forces": ["size"]}), thing("e")])
    assert world.preview("--save-plan", PLAN).code == 0
    world.plan([thing("a", {"size": 2, "forces": ["size"]})])
    ran = world.up("--plan", PLAN)
    assert (ran.code, f"expected resource operations for {THING}e but none were seen" in said(ran)) == (1, True), ran.output
    world.plan([thing("a", {"size": 2, "forces": ["size"]}), thing("e")])
    ran = world.up("--plan", PLAN)
    assert (ran.code, f"expected resource operations for {THING}a but none were seen" in said(ran)) == (1, True), ran.output
    assert "id-e" in world.things()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_strict_limits_an_update_to_its_own_preview(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    world.plan([thing("a", {"size": "!hush"}), thing("b", {"size": "$a.token"})], outputs={"token": "$a.token"})
    ran = world.up("--strict")
    assert (ran.code, "--strict cannot be used with --skip-preview; strict requires a preview" in said(ran)) == (1, True)
    ran = world.run("up", "--yes", "--strict")
    assert (ran.code, set(world.things())) == (0, {"id-a", "id-b"}), ran.output


@pytest.mark.slow
def test_secrets_are_neither_in_a_plan_nor_in_what_is_said_of_it(tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", "embedded")
    path = world.directory / PLAN
    path.write_text("{}")
    path.chmod(0o644)
    world.plan([thing("a", {"word": "!hush", "more": ["!hush-too"]})], outputs={"word": "!hush"})
    assert world.preview("--save-plan", PLAN).code == 0
    assert "hush" not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    world.plan([thing("a", {"word": "!whisper", "more": ["!hush-too"]})], outputs={"word": "!hush"})
    ran = world.up("--plan", PLAN)
    assert (ran.code, "violates plan: properties changed: ++word[{[secret]}!={[secret]}]" in said(ran)) == (1, True), ran.output
    assert not any(word in ran.output for word in ("hush", "whisper"))
    assert world.preview("--save-plan", PLAN, "--show-secrets").code == 0
    assert "whisper" in path.read_text(encoding="utf-8")
    ran = world.up("--plan", PLAN)
    assert ran.code == 0, ran.output


@pytest.mark.slow
def test_a_failed_preview_saves_no_plan(tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", "embedded")
    world.plan([thing("a", {"fail": "check"})])
    assert world.preview("--save-plan", PLAN).code == 1
    assert not (world.directory / PLAN).exists()
    world.plan([thing("a")])
    for name in ("no/such/folder.json", "world", "/dev/null"):
        ran = world.preview("--save-plan", name)
        assert (ran.code, f"error: --save-plan {name} cannot be written: " in ran.output, "Traceback" in ran.output) == (
            1,
            True,
            False,
        )


# Both engines.


def plan_of(world: World, *flags: str) -> Json:
    """The plan of a preview, without what is random and what older CLIs write of a provider's code."""
    assert world.preview("--save-plan", PLAN, *flags).code == 0
    document = saved(world)
    for planned in document["resourcePlans"].values():
        if goal := planned.get("goal"):
            for kind in ("adds", "updates"):
                goal["inputDiff"].get(kind, {}).pop("__provider", None)
    resources = world.export()["deployment"].get("resources") or []
    ids = {item["id"]: "ID" for item in resources if item["type"].startswith("pulumi:providers:")}
    text = json.dumps(decrypted(document))
    for id_, name in ids.items():
        text = text.replace(id_, name)
    plan: Json = json.loads(text)
    return {**plan, "manifest": sorted(plan["manifest"])}


def without(outputs: Json, resources: list[Json]) -> Json:
    """The outputs whose resources exist."""
    names = {item["name"] for item in resources}
    return {name: value for name, value in outputs.items() if not value.startswith("$") or value[1:].partition(".")[0] in names}


RENAMED = [
    thing("z", FIRST[0]["inputs"], aliases=[{"name": "a"}]),
    thing("b", {"size": "$z.token", "n": 1}),
    thing("c", {"size": 2}, aliases=[{"name": "former"}]),
    {"name": "g", "members": [thing("n", {"size": 3}, aliases=[{"name": "m"}])]},
]
SECRET_OR_NOT = [
    thing("a", {"size": 1, "word": "hush", "forces": ["kind"], "kind": "!x"}),
    thing("b", {"size": "$a.token", "n": "!1"}, additional_secret_outputs=["token"]),
    thing("c", {"size": 1, "more": ["!hush", {"deep": "!hush"}]}),
    FIRST[3],
]
IGNORED = [
    thing("a", {**FIRST[0]["inputs"], "size": 2, "word": "!whisper"}, ignore_changes=["size", "word"]),
    thing("b", {"size": 8, "n": 2}, ignore_changes=["n"]),
    thing("c", {"size": 1, "n": 5}, ignore_changes=["n", "absent"]),
    {"name": "g", "members": [thing("m", {"size": 4}, ignore_changes=["*"])]},
]
TOGETHER = [*FIRST[:2], thing("c", {"size": 1}, deleted_with="b"), thing("k", {"size": 1}, retain_on_delete=True), FIRST[3]]
REPLACED = [{"name": "a", "inputs": {**FIRST[0]["inputs"], "kind": "y", "dbr": True}}, *FIRST[1:]]
TARGETED = ("--target", f"{THING}a", "--target", f"{THING}c")


@needs_cli
@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "resources", "flags"),
    [
        (FIRST, SECOND, ()),
        (FIRST, REPLACED, ()),
        (FIRST, RENAMED, ()),
        (FIRST, SECRET_OR_NOT, ()),
        (SECRET_OR_NOT, FIRST, ()),
        (FIRST, IGNORED, ()),
        (IGNORED, FIRST, ()),
        (TOGETHER, FIRST[:1], ()),
        (FIRST, ORDERED, TARGETED),
        (FIRST, ORDERED, ("--exclude", f"{THING}b")),
        (FIRST, FIRST, ("--refresh",)),
    ],
    ids=[
        "changed", "deleted before replaced", "renamed", "secret now", "secret no more", "ignored", "ignored no more", "deleted together",
        "targeted", "excluded", "refreshed",
    ],
)  # fmt: skip
def test_both_engines_write_the_same_plan(
    first: list[Json], resources: list[Json], flags: tuple[str, ...], tmp_path: Path
) -> None:
    plans = []
    for engine in ("embedded", "pulumi"):
        world = World.make(tmp_path / engine, engine)
        world.plan(first, outputs=without(OUTPUTS, first))
        created = plan_of(world)
        assert world.up("--plan", PLAN).code == 0
        if "--refresh" in flags:
            world.change("id-c", size=7)
            world.remove("id-m")
        world.plan(resources, outputs=without(OUTPUTS, resources))
        changed = plan_of(world, *flags)
        assert world.up("--plan", PLAN, *flags).code == 0
        plans.append((created, changed))
    for embedded, pulumi in zip(*plans, strict=True):
        assert embedded == pulumi


def test_a_new_resource_outside_of_the_targets_has_no_state_in_a_plan(tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", "embedded")
    world.plan([thing("a", {"size": 1}), thing("b", {"size": 1})])
    assert world.preview("--save-plan", PLAN, "--target", f"{THING}a").code == 0
    plans = saved(world)["resourcePlans"]
    assert (plans[f"{THING}b"]["steps"], plans[f"{THING}b"]["state"]) == (["same"], None)
    assert "__provider" not in plans[f"{THING}a"]["goal"]["inputDiff"]["adds"]


@needs_cli
@pytest.mark.slow
@pytest.mark.parametrize(("saver", "user"), [("embedded", "pulumi"), ("pulumi", "embedded")])
def test_each_engine_applies_the_plan_of_the_other(saver: str, user: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", saver)

    def use(resources: list[Json]) -> Ran:
        world.plan(resources, outputs=OUTPUTS)
        world.engine = user
        ran = world.up("--plan", PLAN)
        world.engine = saver
        return ran

    world.plan(FIRST, outputs=OUTPUTS)
    assert world.preview("--save-plan", PLAN).code == 0
    ran = use([*FIRST, thing("z")])
    assert (ran.code, "create is not allowed by the plan: no steps were expected for this resource" in said(ran)) == (1, True), (
        ran.output
    )
    ran = use(FIRST)
    assert ran.code == 0, ran.output
    world.plan(SECOND, outputs=OUTPUTS)
    assert world.preview("--save-plan", PLAN).code == 0
    ran = use([thing("a", {**SECOND[0]["inputs"], "size": 3}), *SECOND[1:]])
    assert (ran.code, f"{THING}a violates plan: properties changed: ~~size[{{2}}!={{3}}]" in said(ran)) == (1, True), ran.output
    ran = use(SECOND)
    assert ran.code == 0, ran.output
    assert sorted(world.things()) == ["id-b", "id-d"], (
        "the replaced a had the id of its replacement, so that its deletion took that"
    )


# Files that are no plans of the stack.


def good(stack: str = "dev", salt: str = STACKS_SALT) -> Json:
    root = urn(f"shop-{stack}", "pulumi:pulumi:Stack", stack)
    ciphertext = PassphraseSecrets(PASSPHRASE, salt).encrypt('"hush"')
    goal = {"type": "pulumi:pulumi:Stack", "name": f"shop-{stack}", "custom": False, "protect": False}
    adds = {"word": {"4dabf18193072939515e22adb298388d": SECRET, "ciphertext": ciphertext}}
    planned = {"goal": {**goal, "inputDiff": {}, "outputDiff": {"adds": adds}}, "steps": ["same"], "state": {}, "seed": "AAAA"}
    return {"manifest": {"time": "2026-01-02T03:04:05Z", "magic": "", "version": ""}, "resourcePlans": {root: planned}}


def changed(**values: Any) -> bytes:
    document = good()
    (planned,) = document["resourcePlans"].values()
    planned["goal"] |= {name: value for name, value in values.items() if name not in planned}
    planned |= {name: value for name, value in values.items() if name in planned}
    return json.dumps(document).encode()


@pytest.fixture
def stacks(tmp_path: Path) -> Stacks:
    made = Stacks.make(tmp_path / "shop")
    made.create()
    return made


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: json.dumps(good()).encode()[:200], ", line 1: it is not JSON: "),
        (lambda: b"", ", line 1: it is not JSON: "),
        (lambda: json.dumps(good()).encode() + b"}", ", line 1: it is not JSON: Extra data"),
        (lambda: b"\x1f\x8b\x08\x00\xff", ", line 1: it is not UTF-8 text"),
        (lambda: b"[" * 100_000, "it is nested more than 200 levels deep"),
        (lambda: b'{"manifest": {}, "manifest": {}}', "the name 'manifest' is given twice in one object"),
        (lambda: b"[]", "it is not an update plan"),
        (lambda: b'{"version": 3, "deployment": {"manifest": {}}}', "it is not an update plan"),
        (lambda: b'{"manifest": {}, "resourcePlans": []}', "it is malformed: resourcePlans is not an object"),
        (lambda: b'{"manifest": {}, "resourcePlans": {"a": {}}}', "it is not an update plan: 'a' is not a URN"),
        (lambda: json.dumps(good("prod")).encode(), "it is the plan of stack 'prod' of project 'shop', not of 'dev' of 'shop'"),
        (lambda: json.dumps(good(salt=new_salt(PASSPHRASE))).encode(), "a secret in it cannot be decrypted with the passphrase"),
        (lambda: changed(steps=["explode"]), "it is malformed: 'explode', planned for "),
        (lambda: changed(steps="same"), ".steps is not a list"),
        (lambda: changed(seed="%"), "it is malformed: the seed of "),
        (lambda: changed(name="other"), "it is malformed: the type and name planned for "),
        (lambda: changed(protect="yes"), ".goal.protect is not true or false"),
        (lambda: changed(dependencies=[1]), ".goal.dependencies[0] is not a text"),
        (lambda: changed(customTimeouts={"create": "5m"}), ".goal.customTimeouts.create is not a number"),
        (lambda: changed(inputDiff=[]), ".goal.inputDiff is not an object"),
        (lambda: changed(inputDiff={"adds": {"x": {"4dabf18193072939515e22adb298388d": SECRET}}}), "malformed property, x: a secret has neither"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_of_the_stack_is_refused_in_one_sentence(
    stacks: Stacks, content: Callable[[], bytes], words: str
) -> None:
    (stacks.directory / PLAN).write_bytes(content())
    before = stacks.export()
    code, output = stacks.ask("up", "--yes", "--skip-preview", "--stack", "dev", "--plan", str(stacks.directory / PLAN))
    assert (code, output.startswith(f"error: --plan {stacks.directory / PLAN}"), output.count("\n")) == (1, True, 1), output
    assert words in output
    assert "hush" not in output
    assert stacks.export() == before


def test_a_plan_file_is_read_without_hanging(stacks: Stacks) -> None:
    pipe = stacks.directory / "pipe"
    os.mkfifo(pipe)
    for path, words in (
        (pipe, "no process writes to this pipe"),
        (stacks.directory, "it is a folder"),
        (Path("/dev/zero"), "it is a device"),
    ):
        code, output = stacks.ask("up", "--yes", "--skip-preview", "--stack", "dev", "--plan", str(path))
        assert (code, output) == (
            1,
            f"error: --plan {path}: {words}, where a file is expected\n" if path != pipe else f"error: --plan {path}: {words}\n",
        )
    code, output = stacks.ask("up", "--yes", "--skip-preview", "--stack", "dev", "--plan", "absent.json")
    assert (code, output) == (1, "error: --plan absent.json: cannot be read: No such file or directory\n")


# What violates a plan, in the words of the CLI.


@pytest.mark.parametrize(
    ("planned", "actual", "violation"),
    [
        (({}, {"a": 1.0}), ({}, {"a": 1.0}), ""),
        (({}, {"a": 1.0}), ({}, {"a": 2.0}), "++a[{1}!={2}]"),
        (({}, {"a": 1.0}), ({"a": 5.0}, {"a": 1.0}), ""),
        (({}, {"a": 1.0}), ({"a": 5.0}, {"a": 2.0}), "+~a[{1}!={2}]"),
        (({}, {"a": 1.0}), ({"a": 2.0}, {"a": 2.0}), "+=a[{1}!={2}]"),
        (({}, {"a": 1.0}), ({}, {}), "+-a[{1}]"),
        (({}, {"a": 1.0}), ({"a": 1.0}, {}), "+-a[{1}], +-a[{1}]"),
        (({}, {"a": UNKNOWN}), ({}, {"a": "anything"}), ""),
        (({}, {"a": UNKNOWN}), ({}, {}), ""),
        (({}, {"a": UNKNOWN}), ({"a": 1.0}, {}), "+-a[output<string>{}]"),
        (({}, {"a": [1.0, UNKNOWN]}), ({}, {"a": [1.0, "x"]}), ""),
        (({}, {"a": [1.0, UNKNOWN]}), ({}, {"a": [1.0]}), "++a[{[{1} output<string>{}]}!={[{1}]}]"),
        (({}, {"a": {"b": UNKNOWN}}), ({}, {"a": {}}), ""),
        (({}, {"a": Secret("x")}), ({}, {"a": Secret("y")}), "++a[{[secret]}!={[secret]}]"),
        (({}, {"a": Secret(UNKNOWN)}), ({}, {"a": Secret("y")}), ""),
        (({"a": 1.0}, {"a": 2.0}), ({"a": 1.0}, {"a": 2.0}), ""),
        (({"a": 1.0}, {"a": 2.0}), ({"a": 1.0}, {"a": 3.0}), "~~a[{2}!={3}]"),
        (({"a": 1.0}, {"a": 2.0}), ({"a": 2.0}, {"a": 2.0}), ""),
        (({"a": 1.0}, {"a": 2.0}), ({"a": 1.0}, {"a": 1.0}), "~=a[{2}!={1}]"),
        (({"a": 1.0}, {"a": 2.0}), ({}, {"a": 2.0}), "~+a[{2}!={2}], ~+a[{2}!={2}]"),
        (({"a": 1.0}, {"a": 2.0}), ({"a": 1.0}, {}), "~-a[{2}], ~-a[{2}]"),
        (({"a": 1.0}, {"a": 2.0}), ({}, {}), "~-a[{2}]"),
        (({"a": 1.0}, {"a": UNKNOWN}), ({"a": 1.0}, {}), ""),
        (({"a": 1.0}, {}), ({"a": 1.0}, {}), ""),
        (({"a": 1.0}, {}), ({}, {}), ""),
        (({"a": 1.0}, {}), ({}, {"a": 1.0}), "-+a[{1}], -+a[{1}]"),
        (({"a": 1.0}, {}), ({"a": 1.0}, {"a": 2.0}), "-~a[{2}], -~a[{2}]"),
        (({"a": 1.0}, {}), ({"a": 1.0, "b": 1.0}, {"a": 1.0}), "-=a[{1}], =-b"),
        (({"a": 1.0}, {}), ({"a": 1.0}, {"a": 1.0}), ""),  # where nothing changes the CLI looks no further
        (({}, {}), ({"a": 1.0}, {"a": 1.0}), ""),
        (({}, {}), ({"a": None}, {"a": True}), "=+a[{true}]"),
        (({}, {}), ({"a": 1.0}, {"a": {"b": ["c"]}}), "=~a[{map[b:{[{c}]}]}]"),
        (({"a": None}, {}), ({}, {"a": None}), ""),
        (({"__code": 1.0}, {"__code": 2.0}), ({"__code": 1.0}, {"__code": 3.0}), ""),  # what a provider keeps for itself
        (({}, {}), ({"_x": 1.0, "a": 1.0}, {"a": 2.0}), "=~a[{2}]"),
        (({}, {"__code": 1.0}), ({}, {}), ""),
    ],
)  # fmt: skip
def test_properties_change_as_planned(
    planned: tuple[Properties, Properties], actual: tuple[Properties, Properties], violation: str
) -> None:
    assert changes_violation(*actual, changes(*planned)) == (f"properties changed: {violation}" if violation else "")


PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:shop::default::"
LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
FIELDS: Json = {"type": "shop:index:Thing", "name": "a", "custom": True, "properties": {}, "provider": f"{PROVIDER}1"}


@pytest.mark.parametrize(
    ("planned", "actual", "violation"),
    [
        ({}, {}, ""),
        ({"provider": f"{PROVIDER}{LATER}"}, {}, ""),
        ({"provider": f"{PROVIDER}2"}, {}, f"provider changed (expected {PROVIDER}2)"),
        ({"custom": False, "provider": ""}, {"provider": ""}, "resource kind changed (expected component)"),
        ({"parent": urn("p")}, {}, f"parent changed (expected {urn('p')})"),
        ({"protect": True}, {"protect": None}, "protect changed (expected true)"),
        ({"protect": None}, {"protect": False}, ""),
        ({}, {"delete_before_replace": False}, "deleteBeforeReplace changed (expected no value)"),
        ({"delete_before_replace": True}, {}, "deleteBeforeReplace changed (expected true)"),
        ({"import_id": "x"}, {}, "importID changed (expected x)"),
        ({"custom_timeouts": {"update": 300.0}}, {}, "update timeout changed (expected 300)"),
        ({}, {"custom_timeouts": {"delete": 1.5}}, "delete timeout changed (expected 0)"),
        ({"ignore_changes": ("x", "z")}, {"ignore_changes": ("z", "y")}, "ignoreChanges changed: added y; deleted x"),
        ({}, {"additional_secret_outputs": ("x", "y")}, "additionalSecretOutputs changed: added x, y"),
        ({"dependencies": (urn("b"),)}, {}, f"dependencies changed: deleted {urn('b')}"),
        ({"aliases": (Alias(name="old"),)}, {}, "aliases changed: deleted { old     false}"),
        ({}, {"properties": {"x": 1.0}}, "properties changed: =+x[{1}]"),
        ({"property_dependencies": {"x": (urn("b"),)}}, {"property_dependencies": {"x": ()}}, f"dependencies for x changed: deleted {urn('b')}"),
        ({"property_dependencies": {"x": (urn("b"),)}}, {}, ""),
    ],
)  # fmt: skip
def test_options_are_as_planned(planned: Json, actual: Json, violation: str) -> None:
    goal = Goal(**{**FIELDS, **actual})
    assert goal_violation(PlannedGoal.of(Goal(**{**FIELDS, **planned}), changes({}, {})), goal, {}, goal.properties) == violation


def test_what_is_planned_to_be_deleted_or_not_planned_at_all_is_not_changed() -> None:
    goal = Goal(**FIELDS)
    assert goal_violation(None, goal, {}, {}) == "resource unexpectedly not deleted"
    old = Resource(urn=urn("a"), type="shop:index:Thing", custom=True, provider=f"{PROVIDER}1", inputs={"x": 1.0}, protect=True)
    assert unplanned_violation(old, goal, {"x": 1.0}) == "protect changed (expected true)"
    assert unplanned_violation(old, Goal(**{**FIELDS, "protect": True}), {"x": 2.0}) == "properties changed: =~x[{2}]"
    assert unplanned_violation(old, Goal(**{**FIELDS, "protect": True}), {"x": 1.0}) == ""
