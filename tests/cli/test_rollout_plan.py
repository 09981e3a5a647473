"""``rollout.yaml``: read strictly, and its waves filled with the stacks of the project."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.rollout import plan_file
from pulumi_workspace365_cli.rollout.plan_file import Gate, RolloutPlan

TEXT = """\
stacks: prod-*
waves:
  - {name: canary, stacks: [prod-canary]}
  - {name: early, stacks: [prod-early-*], parallel: 4, soak: 1h30m}
  - {name: broad, stacks: [prod-*], parallel: 8, max_failures: 1, gate: {drift: true}}
gate: {checks: true, drift: false}
budgets: {sign_on: 40, creates: any}
"""
STACKS = dict.fromkeys(("prod-a", "prod-b", "prod-canary", "prod-early-1", "prod-early-2"))


def planned(folder: Path, text: str = TEXT, stacks: Mapping[str, Sequence[str] | None] | None = None) -> RolloutPlan:
    path = folder / "rollout.yaml"
    path.write_text(text, encoding="utf-8")
    return plan_file.read(path).plan(STACKS if stacks is None else stacks)


def test_a_stack_is_in_the_first_wave_that_names_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, stacks={**STACKS, "dev": None})

    canary, early, broad = plan.waves
    assert (canary.name, canary.stacks, canary.parallel, canary.soak, canary.max_failures, canary.gate) == (
        *("canary", ("prod-canary",), 1, 0, 0),
        Gate(checks=True, drift=False),
    )
    assert (early.stacks, early.parallel, early.soak) == (("prod-early-1", "prod-early-2"), 4, 5400)
    assert (broad.stacks, broad.max_failures, broad.gate) == (("prod-a", "prod-b"), 1, Gate(checks=True, drift=True))
    assert plan.stacks == ("prod-canary", "prod-early-1", "prod-early-2", "prod-a", "prod-b")
    assert plan.unassigned == ("dev",)
    assert plan.budgets == {**budgets.DEFAULTS, "sign_on": 40, "creates": None}


def test_a_wave_of_rings_takes_the_stacks_that_deploy_no_other_rings(tmp_path: Path) -> None:
    text = "waves:\n  - {name: first, rings: canary}\n  - {name: rest, rings: [early, broad]}\n"
    stacks = {"a": ("broad", "early"), "b": ("canary",), "c": ("early",), "everything": None}

    plan = planned(tmp_path, text, stacks)

    assert [wave.stacks for wave in plan.waves] == [("b",), ("a", "c")]
    assert plan.unassigned == ("everything",)
    with pytest.raises(CommandError, match=r"line 2: stack d deploys the rings early, canary, not only those of wave 'first'"):
        planned(tmp_path, text, {**stacks, "d": ("early", "canary")})
    named = text.replace("rings: canary", "rings: canary, stacks: [d]")
    assert planned(tmp_path, named, {**stacks, "d": ("early", "canary")}).waves[0].stacks == ("d", "b")


def test_budgets_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/budgets.yaml").write_text("budgets:\n  deletes: 2\n")

    assert planned(tmp_path, TEXT.replace("{sign_on: 40, creates: any}", "ci/budgets.yaml")).budgets["deletes"] == 2


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("parallel: 4", "paralel: 4", "line 4: waves.1.paralel: there is no such field; the nearest is 'parallel'."),
        ("stacks: prod-*\n", "stakcs: prod-*\n", "line 1: stakcs: there is no such field; the nearest is 'stacks'."),
        ("checks: true", "chekcs: true", "line 6: gate.chekcs: there is no such field; the nearest is 'checks'."),
        ("{drift: true}", "{dirft: true}", "line 5: waves.2.gate.dirft: there is no such field; the nearest is 'drift'."),
        ("parallel: 4", "zzz: 4", "line 4: waves.1.zzz: there is no such field; there are name, stacks, rings, parallel"),
        ("soak: 1h30m", "soak: 30", "line 4: waves.1.soak: it must be a time such as 90s, 30m, 2h or 1d."),
        ("soak: 1h30m", "soak: ''", "line 4: waves.1.soak: it must be a time such as"),
        ("soak: 1h30m", "soak: 40d", "line 4: waves.1.soak: it must not be longer than 30d."),
        ("parallel: 4", "parallel: 0", "line 4: waves.1.parallel: "),
        ("max_failures: 1", "max_failures: true", "line 5: waves.2.max_failures: "),
        ("name: early", "name: Canary", "two waves are called 'canary'"),
        ("name: early", "name: a b", "line 4: waves.1.name: "),
        ("stacks: [prod-early-*], ", "", "line 4: waves.1: it needs stacks, or rings."),
        ("stacks: [prod-early-*]", "stacks: []", "line 4: waves.1.stacks: "),
        ("sign_on: 40", "sign_onn: 40", "line 7: 'sign_onn' is not a risk"),
        ("sign_on: 40", "sign_on: -1", "line 7: sign_on: it must be a number from 0 up, or any."),
        ("{sign_on: 40, creates: any}", "3", "line 7: budgets: it must be the name of a file, or a mapping"),
        ("{sign_on: 40, creates: any}", "nosuch.yaml", "nosuch.yaml cannot be read: No such file or directory."),
        ("prod-canary]", "prod-canray]", "line 3: the project has no stack 'prod-canray'; did you mean 'prod-canary'?"),
        ("prod-early-*", "prd-early-*", "line 4: the project has no stack 'prd-early-*'; its stacks are prod-a, prod-b, "),
        ("stacks: prod-*\n", "stacks: [prod-*, live-*]\n", "line 1: the project has no stack 'live-*'; its stacks are "),
        ("[prod-*]", "[prod-a]", "line 1: prod-b: in no wave."),
        ("[prod-*]", "[prod-canary]", "line 5: wave 'broad' has no stack: earlier waves name them all."),
        ("name: early", "name: early, name: x", "line 4, column 19: the field 'name' is given twice"),
        (TEXT, "", "a rollout has waves, a list of names and stacks; this file has none."),
        (TEXT, "waves: []\n", "line 1: waves: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in TEXT

    with pytest.raises(CommandError) as caught:
        planned(tmp_path, TEXT.replace(before, after))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"rollout\.yaml cannot be read: No such file"):
        plan_file.read(tmp_path / "rollout.yaml")
