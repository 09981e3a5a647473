"""A rollout written down for other executors: what the files say, that they are valid, and that no name in them is read as anything else."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout import emit, plan_file
from pulumi_workspace365_cli.rollout.emit import emitted_file, yaml_text
from pulumi_workspace365_cli.rollout.emit.emission import EXECUTORS, Emission, Executor

ROOT = Path(__file__).parents[2]
DEFINITION = ROOT.parent / "shared" / "data" / "pulumi.com_stacks.yaml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIPELINES: tuple[Executor, ...] = ("github", "azure", "gitlab")
SCHEMAS: Mapping[Executor, Sequence[str]] = {
    "github": ("--builtin-schema", "vendor.github-workflows"),
    "azure": (
        "--builtin-schema",
        "vendor.azure-pipelines",
        "--data-transform",
        "azure-pipelines",
        "--regex-variant",
        "nonunicode",
    ),
    "gitlab": ("--builtin-schema", "vendor.gitlab-ci"),
}
PLAN = """\
stacks: prod-*
waves:
  - {name: canary, stacks: [prod-canary], soak: 30m}
  - {name: early, stacks: [prod-early-*], parallel: 2, gate: {drift: true}}
  - {name: broad, stacks: [prod-*], parallel: 3, max_failures: 1}
budgets: {sign_on: 3}
emit: {repository: "https://git.example.com/acme/customers.git", variables: {PULUMI_BACKEND_URL: "s3://acme-state?region=eu-west-1"}}
"""
STACKS = ("prod-canary", "prod-early-1", "prod-early-2", "prod-early-3", *(f"prod-{number}" for number in range(7)))


def emission(
    tmp_path: Path, text: str = PLAN, stacks: Sequence[str] = STACKS, instances: Mapping[str, str] | None = None
) -> Emission:
    path = tmp_path / "rollout.yaml"
    path.write_text(text)
    file = plan_file.read(path)
    plan = file.plan(dict.fromkeys(stacks))
    return Emission(plan, file.emit, "rollout.yaml", "ci/rollout.yml", instances or {}, "shop", COMMIT)


def without_soak(one: Emission) -> Emission:
    return replace(one, plan=replace(one.plan, waves=tuple(replace(wave, soak=0) for wave in one.plan.waves)))


def emitted(executor: Executor, one: Emission) -> Any:
    """The one document of a pipeline."""
    return emit.documents(executor, one)[0]


def manifests(one: Emission) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item for item in emit.documents("operator", without_soak(one))}


def parsed(text: str) -> list[Any]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def validate(executor: Executor, text: str, folder: Path) -> None:
    file = folder / f"{executor}.yml"
    file.write_text(text)
    done = checked(*SCHEMAS[executor], str(file))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def checked(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("executor", PIPELINES)
@pytest.mark.parametrize("number", [1, 600])
def test_a_pipeline_is_valid_by_the_schema_of_its_vendor(executor: Executor, number: int, tmp_path: Path) -> None:
    stacks = ["prod-canary", "prod-early-1", *(f"prod-{at}" for at in range(number))]
    hosts = {name: f"portal-{len(name) % 2}.example.com" for name in stacks}
    for instances in ({}, hosts):
        validate(executor, emit.render(executor, emission(tmp_path, stacks=stacks, instances=instances)), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not DEFINITION.exists(), reason="the operator's resource definition is not here")
def test_the_stacks_of_the_operator_are_valid_by_its_resource_definition(tmp_path: Path) -> None:
    schema = parsed(DEFINITION.read_text())[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    (tmp_path / "schema.json").write_text(json.dumps(_closed(schema)))
    one = emission(tmp_path, PLAN.replace("emit: {", "emit: {organization: acme, folder: shop, "), STACKS[:5])
    files = [tmp_path / f"{name}.json" for name in manifests(one)]
    for file, item in zip(files, manifests(one).values(), strict=True):
        file.write_text(json.dumps(item))
    done = checked("--schemafile", str(tmp_path / "schema.json"), *map(str, files))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    files[0].write_text(files[0].read_text().replace('"commit"', '"comit"'))
    assert checked("--schemafile", str(tmp_path / "schema.json"), str(files[0])).returncode == 1


def _closed(schema: Any) -> Any:
    """As the API server prunes: a field that the definition does not have is a mistake."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def legs(executor: Executor, job: Mapping[str, Any]) -> list[str]:
    """The stacks of a job's matrix."""
    match executor:
        case "github":
            matrix = job["strategy"]["matrix"]
            return list(matrix.get("stack") or [leg["stack"] for leg in matrix["include"]])
        case "azure":
            return [leg["STACK"] for leg in job["strategy"]["matrix"].values()]
        case _:
            return [stack for leg in job["parallel"]["matrix"] for stack in leg["STACK"]]


def waves(executor: Executor, document: Any) -> list[tuple[str, dict[str, Any]]]:
    """The jobs that deploy, in the order in which they may run."""
    if executor == "azure":
        stages = [stage for stage in document["stages"] if stage["stage"].startswith("wave_")]
        assert [stage["dependsOn"] for stage in document["stages"][1:] if "preview" not in stage["stage"]] == [
            [before["stage"]] for before in document["stages"] if "preview" not in before["stage"]
        ][:-1]
        return [(stage["stage"], stage["jobs"][0]) for stage in stages]
    if executor == "github":
        order = [name for name in document["jobs"] if "preview" not in name]
        assert [document["jobs"][name]["needs"] for name in order[1:]] == order[:-1]
        return [(name, document["jobs"][name]) for name in order if name.startswith("wave-")]
    jobs = {name: job for name, job in document.items() if name.startswith("wave-")}
    assert [stage for stage in document["stages"] if stage in jobs] == list(jobs)
    assert all(job["stage"] == name and "needs" not in job and "allow_failure" not in job for name, job in jobs.items())
    return list(jobs.items())


@pytest.mark.parametrize("executor", PIPELINES)
def test_each_stack_is_deployed_once_wave_after_wave(executor: Executor, tmp_path: Path) -> None:
    one = emission(tmp_path)
    found = waves(executor, emitted(executor, one))
    assert [sorted(legs(executor, job)) for _, job in found] == [sorted(wave.stacks) for wave in one.plan.waves]


@pytest.mark.parametrize(("executor", "most"), [("github", 256), ("azure", 256), ("gitlab", 200)])
def test_a_wave_larger_than_a_matrix_is_in_parts_one_after_the_other(executor: Executor, most: int, tmp_path: Path) -> None:
    stacks = [f"prod-{number}" for number in range(2000)]
    one = emission(tmp_path, "waves: [{name: all, stacks: [prod-*], parallel: 50}]", stacks)
    document = emitted(executor, one)
    parts = [legs(executor, job) for _, job in waves(executor, document)]
    assert max(map(len, parts)) <= most
    assert sorted(itertools.chain.from_iterable(parts)) == sorted(stacks)


def test_no_more_stacks_than_agreed_are_updated_at_once(tmp_path: Path) -> None:
    one = emission(tmp_path)
    assert [job["strategy"]["max-parallel"] for _, job in waves("github", emitted("github", one))] == [1, 2, 3]
    assert [job["strategy"]["maxParallel"] for _, job in waves("azure", emitted("azure", one))] == ["1", "2", "3"]
    for wave, (_, job) in zip(one.plan.waves, waves("gitlab", emitted("gitlab", one)), strict=True):
        lanes = [leg["LANE"] for leg in job["parallel"]["matrix"]]
        assert len(lanes) == len(set(lanes)) <= wave.parallel, "jobs of a lane exclude each other"
        assert job["resource_group"].endswith("$LANE")


def test_no_failure_ends_another_stacks_update(tmp_path: Path) -> None:
    jobs = emitted("github", emission(tmp_path))["jobs"]
    matrices = [job for job in jobs.values() if "strategy" in job]
    assert all(job["strategy"]["fail-fast"] is False for job in matrices)
    assert all(not job.get("concurrency", {}).get("cancel-in-progress") for job in jobs.values())
    assert not any("continue-on-error" in job for job in jobs.values())


def test_a_soak_stands_between_its_wave_and_the_next(tmp_path: Path) -> None:
    one = emission(tmp_path)
    soak = emitted("github", one)["jobs"]["soak-1-canary"]
    assert soak["environment"] == "soak-30m"
    assert soak["steps"][0]["env"]["MINUTES"] == "30"
    stage = next(stage for stage in emitted("azure", one)["stages"] if stage["stage"].startswith("soak"))
    assert (stage["dependsOn"], stage["jobs"][0]["pool"]) == (["wave_1_canary"], "server")
    assert stage["jobs"][0]["steps"][0]["inputs"]["delayForMinutes"] == "30"
    pipeline = emitted("gitlab", one)
    at = pipeline["stages"].index("soak-1-canary")
    assert pipeline["stages"][at - 1 : at + 3] == ["wave-1-canary", "soak-1-canary", "look-1-canary", "wave-2-early"]
    assert pipeline["soak-1-canary"]["rules"][0]["start_in"] == "30 minutes"


@pytest.mark.parametrize("gate", ["{checks: true}", "{checks: false, drift: true}", "{checks: false}"])
def test_after_a_soak_the_gate_has_to_hold_again(gate: str, tmp_path: Path) -> None:
    one = emission(tmp_path, f"{PLAN}gate: {gate}\n")
    looks = gate != "{checks: false}"
    jobs, pipeline = emitted("github", one)["jobs"], emitted("gitlab", one)
    stages = {stage["stage"]: stage for stage in emitted("azure", one)["stages"]}
    assert [
        name in found for name, found in (("look-1-canary", jobs), ("look_1_canary", stages), ("look-1-canary", pipeline))
    ] == [looks] * 3
    assert jobs["wave-2-early"]["needs"] == ("look-1-canary" if looks else "soak-1-canary")
    assert stages["wave_2_early"]["dependsOn"] == ["look_1_canary" if looks else "soak_1_canary"]
    if looks:
        assert [step["run"] for step in jobs["look-1-canary"]["steps"] if "look.sh" in step.get("run", "")] == [
            "bash ci/look.sh --output github"
        ]
        assert pipeline["look-1-canary"]["script"] == ["bash ci/look.sh"]
        assert legs("azure", stages["look_1_canary"]["jobs"][0]) == ["prod-canary"]
        assert not any(
            "deploy.sh" in str(found) for found in (jobs["look-1-canary"], stages["look_1_canary"], pipeline["look-1-canary"])
        )


@pytest.mark.parametrize(("executor", "soak"), [("gitlab", "8d"), ("operator", "1s")])
def test_a_soak_that_an_executor_cannot_keep_is_refused(executor: Executor, soak: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Wave 'canary'"):
        emit.render(executor, emission(tmp_path, PLAN.replace("soak: 30m", f"soak: {soak}")))


def test_a_soak_of_seconds_becomes_a_minute(tmp_path: Path) -> None:
    one = emission(tmp_path, PLAN.replace("soak: 30m", "soak: 61s"))
    assert emitted("github", one)["jobs"]["soak-1-canary"]["steps"][0]["env"]["MINUTES"] == "2"


@pytest.mark.parametrize("executor", PIPELINES)
def test_budgets_and_gates_are_those_of_the_plan(executor: Executor, tmp_path: Path) -> None:
    found = waves(executor, emitted(executor, emission(tmp_path)))
    told = [job["variables"] if executor == "gitlab" else _step(job)["env"] for _, job in found]
    assert [(one["CHECKS"], one["DRIFT"], one["REFRESH"]) for one in told] == [
        ("optional", "false", "false"),
        ("optional", "true", "false"),
        ("optional", "false", "false"),
    ]
    assert all("sign_on=3" in one["ALLOW"].split() and "deletes=0" in one["ALLOW"].split() for one in told)
    assert all(one["PULUMI_BACKEND_URL"] == "s3://acme-state?region=eu-west-1" for one in told)


def _step(job: Mapping[str, Any]) -> dict[str, Any]:
    """The step that deploys."""
    found: dict[str, Any] = next(step for step in job["steps"] if "ci/deploy.sh" in str(step.get("run") or step.get("bash")))
    return found


@pytest.mark.parametrize("executor", EXECUTORS)
def test_where_an_executor_differs_is_said_in_the_file(executor: Executor, tmp_path: Path) -> None:
    head = emit.render(executor, without_soak(emission(tmp_path))).partition("\n\n")[0]
    comment = " ".join(line.removeprefix("# ") for line in head.splitlines() if line.startswith("# "))
    assert "Wave 'broad': max_failures is not kept" in comment
    assert ("judges nothing" in comment) == (executor == "operator")


def test_a_pull_request_is_given_no_key_of_an_instance(tmp_path: Path) -> None:
    workflow = emitted("github", emission(tmp_path))
    pipeline = emitted("azure", emission(tmp_path))
    for text in (
        yaml.safe_dump([workflow["jobs"][name] for name in ("current", "preview")]),
        yaml.safe_dump([stage for stage in pipeline["stages"] if stage["stage"] in {"current", "preview"}]),
    ):
        assert "W365_" not in text
        assert "production" not in text


def test_only_the_step_that_deploys_is_given_keys(tmp_path: Path) -> None:
    for executor in ("github", "azure"):
        for _, job in waves(executor, emitted(executor, emission(tmp_path))):
            steps = [step for step in job["steps"] if "W365_PROVISIONING_KEY" in step.get("env", {})]
            assert steps == [_step(job)]
            assert "W365_PROVISIONING_KEY" not in job.get("env", {})


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_keys_of_an_instance_are_given_to_its_stacks_only(executor: Executor, tmp_path: Path) -> None:
    instances = {name: f"{'north' if 'early' in name else 'south'}.example.com" for name in STACKS}
    one = without_soak(emission(tmp_path, instances=instances))
    if executor == "operator":
        for item in manifests(one).values():
            holder = item["spec"]["envRefs"]["W365_PROVISIONING_KEY"]["secret"]["name"]
            assert holder == f"w365-{instances[item['spec']['stack']]}"
        return
    for _, job in waves(executor, emitted(executor, one)):
        given = {
            "github": lambda job: {leg["stack"]: leg["instance"] for leg in job["strategy"]["matrix"].get("include", ())},
            "azure": lambda job: dict.fromkeys(legs("azure", job), job.get("variables", [{}])[0].get("group", "")[5:]),
            "gitlab": lambda job: dict.fromkeys(legs("gitlab", job), job.get("environment")),
        }[executor](job)
        assert given == {name: instances[name] for name in legs(executor, job)}
        assert executor != "github" or job["environment"] == "${{ matrix.instance }}"


def test_a_stack_whose_instance_is_not_known_is_refused_beside_others(tmp_path: Path) -> None:
    instances = {name: f"{'north' if 'early' in name else 'south'}.example.com" for name in STACKS[1:]}
    with pytest.raises(CommandError, match="prod-canary names none"):
        emission(tmp_path, instances=instances)


HOSTILE = [
    "prod-${{ github.token }}",
    "prod-$(System.AccessToken)",
    "prod-'; rm -rf / #",
    'prod-"x',
    "prod-x\nrun: curl",
    "prod-$CI_JOB_TOKEN",
    "prod-`id`",
    "prod-##vso[task.setvariable]",
    "prod-{{ .Values }}",
    "prod-\u202ex",
    "prod-é",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_expression_is_injected_by_the_name_of_a_stack(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="letters, digits"):
        emission(tmp_path, "waves: [{name: all, stacks: ['*']}]", [name])


@pytest.mark.parametrize("name", ["1e3", "0o17", "0x1F", "12", "1.5", ".5e-1", "true", "yes", "null", "2031-02-03"])
def test_a_stack_that_is_called_like_a_number_stays_a_text(name: str, tmp_path: Path) -> None:
    """In YAML 1.2 as well, in which 1e3 would be a thousand, and so another stack."""
    one = emission(tmp_path, f"waves: [{{name: all, stacks: ['*']}}]\n{PLAN.splitlines()[-1]}", [name])
    for executor in EXECUTORS:
        assert f"'{name}'" in emit.render(executor, one)


@pytest.mark.parametrize(
    "path", ["../rollout.yaml", "/etc/x", "a b.yml", "-x.yml", "${{ x }}.yml", "a;b.yml", "a/../../b", "x\n.yml"]
)
def test_no_command_is_injected_by_the_path_of_a_file(path: str, tmp_path: Path) -> None:
    one = emission(tmp_path)
    with pytest.raises(CommandError, match="the project's folder"):
        replace(one, output=path)
    with pytest.raises(CommandError, match="the project's folder"):
        replace(one, file=path)


@pytest.mark.parametrize("name", ["${{ x }}", "a b", "a'b", "a\nb", "$(x)", "#"])
def test_no_expression_is_injected_by_the_name_of_a_wave(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="name"):
        emission(tmp_path, yaml.safe_dump({"waves": [{"name": name, "stacks": ["prod-*"]}]}))


@pytest.mark.parametrize(
    "settings",
    [
        {"variables": {"W365_PROVISIONING_KEY": "abc"}},
        {"variables": {"PULUMI_ACCESS_TOKEN": "pul-abc"}},
        {"variables": {"PULUMI_CONFIG_PASSPHRASE": "abc"}},
        {"variables": {"PULUMI_BACKEND_URL": "postgres://me:abc@db/state"}},
        {"variables": {"NOTE": "${{ secrets.X }}"}},
        {"variables": {"NOTE": "$(X)"}},
        {"variables": {"NOTE": "a\nb"}},
        {"variables": {"STACK": "other"}},
        {"variables": {"a-b": "x"}},
        {"secrets": ["X }} ${{ github.token"]},
        {"secrets": ["PATH"]},
        {"repository": "https://me:abc@git.example.com/shop.git"},
        {"repository": "https://abc@git.example.com/shop.git"},
        {"repository": "https://git.example.com/shop.git\nx: y"},
        {"organisation": "acme"},
    ],
)
def test_no_secret_and_no_expression_is_in_the_settings(settings: dict[str, Any], tmp_path: Path) -> None:
    plan = {"waves": [{"name": "all", "stacks": ["prod-*"]}], "emit": settings}
    with pytest.raises(CommandError) as refused:
        emission(tmp_path, yaml.safe_dump(plan))
    assert "abc" not in str(refused.value)
    assert "line" in str(refused.value)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_text_says_what_the_documents_say(executor: Executor, tmp_path: Path) -> None:
    one = without_soak(emission(tmp_path))
    assert parsed(emit.render(executor, one)) == emit.documents(executor, one)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_file_is_the_same_each_time_and_tells_whether_it_was_edited(executor: Executor, tmp_path: Path) -> None:
    one = without_soak(emission(tmp_path))
    text = emit.render(executor, one)
    assert text == emit.render(executor, one)
    assert text.startswith(f"# Made by `w365 rollout rollout.yaml --emit {executor} --output ci/rollout.yml`")
    assert yaml_text.is_untouched(text)
    assert yaml_text.is_untouched(text.replace("\n", "\r\n")), "as a checkout on Windows may have it"
    assert not yaml_text.is_untouched(text.replace("prod-canary", "prod-canari", 1))
    assert not yaml_text.is_untouched(text + "# mine\n")


def test_a_file_that_was_edited_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "folder" / "rollout.yml"
    first, second = emit.render("github", emission(tmp_path)), emit.render("github", emission(tmp_path, stacks=STACKS[:5]))
    assert emitted_file.keep(file, first, force=False) == "written"
    assert emitted_file.keep(file, first, force=False) == "unchanged"
    assert emitted_file.keep(file, second, force=False) == "written"
    file.write_text(edited := second.replace("max-parallel: 2", "max-parallel: 20"))
    with pytest.raises(CommandError, match="was edited"):
        emitted_file.keep(file, first, force=False)
    assert file.read_text() == edited
    assert emitted_file.keep(file, first, force=True) == "written"
    assert file.read_text() == first


@pytest.mark.parametrize("content", [b"name: mine\n", b"", b"\xff\xfe\x00", b"# Made by `w365 rollout x`\n"])
def test_a_file_of_somebody_else_is_not_overwritten(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "rollout.yml"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="left as it is|cannot be read"):
        emitted_file.keep(file, "x: y\n", force=False)
    assert file.read_bytes() == content


def test_a_stack_of_the_operator_waits_for_all_of_the_wave_before(tmp_path: Path) -> None:
    """Directly or through others; and no more of a wave than agreed wait for nothing of their own wave."""
    one = emission(tmp_path)
    found = {item["spec"]["stack"]: item["spec"].get("prerequisites", []) for item in manifests(one).values()}
    waits = {stack: {entry["name"] for entry in entries} for stack, entries in found.items()}
    assert all(entry["requirement"] == {"succeededWithinDuration": "168h"} for entries in found.values() for entry in entries)
    before: set[str] = set()
    for wave in one.plan.waves:
        for stack in wave.stacks:
            assert before <= _all_before(stack, waits)
        free = [stack for stack in wave.stacks if not waits[stack] & set(wave.stacks)]
        assert len(free) <= wave.parallel
        before |= set(wave.stacks)
    assert sum(map(len, waits.values())) <= len(STACKS) * 3, "as many as there are stacks, not their product"


def _all_before(stack: str, waits: Mapping[str, set[str]]) -> set[str]:
    return waits[stack].union(*(_all_before(name, waits) for name in waits[stack]))


def test_a_stack_of_the_operator_deploys_a_commit_and_destroys_nothing(tmp_path: Path) -> None:
    for item in manifests(emission(tmp_path)).values():
        spec = item["spec"]
        assert spec["commit"] == COMMIT
        assert "branch" not in spec
        assert (spec["destroyOnFinalize"], spec["useLocalStackOnly"], spec["continueResyncOnCommitMatch"]) == (False, True, False)
        assert spec["envRefs"]["W365_PROVISIONING_KEY"] == {
            "type": "Secret",
            "secret": {"name": "w365-production", "key": "W365_PROVISIONING_KEY"},
        }
        assert spec["expectNoRefreshChanges"] == ("early" in spec["stack"])


def test_names_that_kubernetes_does_not_take_stay_apart(tmp_path: Path) -> None:
    stacks = ["prod-A", "prod-a", "prod_a", "prod.a", "_", "x" * 100]
    names = manifests(emission(tmp_path, f"waves: [{{name: all, stacks: ['*']}}]\n{PLAN.splitlines()[-1]}", stacks))
    assert len(names) == len(stacks)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name) and len(name) <= 253 for name in names)


@pytest.mark.parametrize("commit", ["", "main", "0123abc", "HEAD", COMMIT.upper(), f"{COMMIT}\n"])
def test_the_operator_is_given_a_whole_commit(commit: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="commit"):
        emit.render("operator", replace(without_soak(emission(tmp_path)), commit=commit))


def test_the_versions_are_those_of_the_recipes(tmp_path: Path) -> None:
    one = emission(tmp_path)
    pinned = re.compile(r"uses: (\S+ # v\S+)|pulumi-version: (\S+)|image: (\S+)")
    recipes: Mapping[Executor, str] = {"github": "github-actions.yml", "gitlab": "gitlab-ci.yml"}
    for executor, recipe in recipes.items():
        text = emit.render(executor, one)
        assert set(pinned.findall(text)) == set(pinned.findall((ROOT / "docs/ci" / recipe).read_text()))
