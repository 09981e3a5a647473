"""The recipes of docs/ci: each parsed, and what it runs run against the sandbox, with the embedded engine in the place of `pulumi`."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pulumi_workspace365_cli import app
from pulumi_workspace365_sandbox import workspace365
from tests import fork_server
from tests.docs import pages
from tests.docs.checkout import CI, ENGINES, JOBS, PROGRAM, RECIPES, SHIMS, Checkout, commands, job, recipe


def scripts(name: str, which: str) -> list[str]:
    """The scripts of ci/ that a job runs."""
    return [command.split()[1] for command in commands(name, which) if command.startswith("bash ci/")]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("which", JOBS)
def test_every_recipe_runs_the_same_scripts(name: str, which: str) -> None:
    brings_the_cli = ["ci/pulumi.sh"] if name == "azure-pipelines.yml" else []
    assert scripts(name, which) == ["ci/setup.sh", *brings_the_cli, f"ci/{which}.sh"]
    assert all((CI / Path(script).name).is_file() for script in scripts(name, which))


@pytest.mark.parametrize("name", RECIPES)
def test_a_pull_request_is_given_no_key_of_the_instance_nor_of_azure(name: str) -> None:
    told = yaml.safe_dump(
        {"job": job(name, "preview"), "all": recipe(name).get("env"), "variables": recipe(name).get("variables")}
    )
    assert "W365_" not in told
    assert "ARM_" not in told
    assert "environment" not in job(name, "preview")
    assert "w365-production" not in told


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("which", JOBS)
def test_every_job_runs_once_for_each_stack(name: str, which: str) -> None:
    stacks: list[list[str]] = [["production"]]
    match recipe(name), job(name, which):
        case {"jobs": _}, found:
            assert found["strategy"] == {"fail-fast": False, "matrix": {"stack": ["production"]}}
            assert found["env"]["STACK"] == "${{ matrix.stack }}"
            assert which == "preview" or found["concurrency"] == {"group": "stack-${{ matrix.stack }}"}
            artifact = next(step["with"]["name"] for step in found["steps"] if "artifact" in str(step.get("uses")))
            assert artifact.endswith("-${{ strategy.job-index }}"), "each has its own"
        case {"stages": _, "parameters": parameters}, found:
            assert [one["default"] for one in parameters] == stacks
            ((loop, (one,)),) = found["jobs"][0].items()
            assert loop == "${{ each stack in parameters.stacks }}"
            assert {"name": "STACK", "value": "${{ stack }}"} in one["variables"]
        case _, found:
            assert [leg["STACK"] for leg in found["parallel"]["matrix"]] == stacks
            assert which == "preview" or found["resource_group"] == "stack-$STACK"


GH = """\
#!/bin/sh
for last; do :; done
case "$*" in
*--jq*) jq --raw-output "$last" comments.json ; exit ;;
pr*) change='. + [{id: (length + 1), user: {login: "github-actions[bot]"}, body: $body}]' id=0 ;;
*) change='map(if .id == $id then .body = $body else . end)' id=${4##*/} ;;
esac
jq --argjson id "$id" --rawfile body plan.md "$change" comments.json >new.json
mv new.json comments.json
"""


@pytest.mark.skipif(not shutil.which("jq"), reason="no jq")
def test_the_comments_of_several_stacks_do_not_overwrite_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a `gh` that keeps comments. Each stack renews its own, even one whose preview failed before it named the stack."""
    (renew,) = (command for command in commands(RECIPES[0], "preview") if "gh api" in command)
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "comments.json").write_text("[]")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "NUMBER": "7", "GITHUB_REPOSITORY": "acme/shop"}
    recorded = (pages.ROOT / "tests/cli/previews/changes.cli.json").read_text()
    failed = json.dumps({"steps": [], "diagnostics": [{"severity": "error", "message": "error: no such module"}]})
    unchanged = (pages.ROOT / "tests/cli/previews/noop.cli.json").read_text()
    monkeypatch.chdir(tmp_path)
    for stack, preview in [("canary", recorded), ("broad", failed), ("idle", unchanged), ("broad", recorded), ("canary", failed)]:
        (tmp_path / "preview.json").write_text(preview.replace("urn:pulumi:sandbox::", f"urn:pulumi:{stack}::"))
        app.run(["plan", "preview.json", "--stack", stack, "--comment", "plan.md"])
        shell = ["bash", "-eo", "pipefail", "-c", renew]
        done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    bodies = [one["body"] for one in json.loads((tmp_path / "comments.json").read_text())]
    assert [body.splitlines()[0] for body in bodies] == ["<!-- w365 plan canary -->", "<!-- w365 plan broad -->"]
    assert ["The preview failed" in body for body in bodies] == [True, False]
    assert all(f"stack: {stack}" in body for stack, body in zip(("canary", "broad"), bodies, strict=True))


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("pulumi", ENGINES)
def test_the_commands_of_a_recipe_preview_deploy_and_watch(
    server: workspace365.Server, tmp_path: Path, pulumi: str | None
) -> None:
    server.management.reset()
    checkout = Checkout(tmp_path, server, pulumi)

    code, said = checkout.job(RECIPES[0], "preview")
    assert code == 0, said
    assert "2 environments created." in (tmp_path / "plan.md").read_text()
    assert (tmp_path / "gh.log").read_text() == "pr comment 7 --body-file plan.md\n"
    assert server.management.count() == 0

    code, said = checkout.job(RECIPES[0], "deploy")
    assert code == 0, said
    assert server.management.environment("contoso").is_active
    assert checkout.failures("check.xml") == []
    assert (tmp_path / "plan.json").exists() == bool(pulumi)

    server.management.change("contoso", is_active=False)
    code, said = checkout.job(RECIPES[0], "watch")
    assert code == 4, said
    assert "No key" in said or "manages no sign-on" in said
    assert checkout.failures("drift.xml") == ["contoso: Environment"]

    (tmp_path / "__main__.py").write_text(PROGRAM.replace("active=True", "active=False"))
    before = server.management.count()
    code, said = checkout.job(RECIPES[0], "preview")
    assert code == 3, said
    assert checkout.failures("plan.xml") == ["suspensions"]
    renewed = "api --method PATCH repos/acme/shop/issues/comments/41 --field body=@plan.md"
    assert (tmp_path / "gh.log").read_text().splitlines()[1:] == [renewed]
    assert "More than agreed: suspensions" in (tmp_path / "plan.md").read_text().replace("\\", "")
    assert server.management.count() == before


@pytest.mark.parametrize(("preview", "ends"), [("delete.cli", 3), ("error.cli", 1), ("noop.cli", 0)])
def test_nothing_is_deployed_but_what_was_judged(tmp_path: Path, preview: str, ends: int) -> None:
    """With a `pulumi` that only prints a recorded preview and notes what it is asked for."""
    shutil.copytree(CI, tmp_path / "ci")
    recorded = pages.ROOT / "tests" / "cli" / "previews" / f"{preview}.json"
    note = 'echo "$@" >> asked.log\ncase "$*" in *--help) echo "--save-plan string";; preview*) cat "%s"; exit %d;; esac'
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name, line in {
        "pulumi": note % (recorded, ends == 1),
        "w365": f'case "$1" in check | recover) exit 0;; esac\n{SHIMS["w365"]}',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{line.replace('PYTHON', str(fork_server.python()))}\n")
        (tools / name).chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "STACK": "sandbox"}
    done = subprocess.run(["bash", "ci/deploy.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == ends, done.stdout + done.stderr
    asked = (tmp_path / "asked.log").read_text().splitlines()[1:]
    up = ["up --stack sandbox --yes --skip-preview --plan=plan.json"] if ends == 0 else []
    assert asked == ["preview --stack sandbox --json --save-plan=plan.json", *up]


@pytest.mark.parametrize("name", RECIPES[1:])
def test_what_a_recipe_runs_beside_the_scripts_works(name: str, tmp_path: Path) -> None:
    """The scripts themselves are those that the other recipe has run."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "plan.md").write_text("### Judgement\n")
    for script in CI.glob("*.sh"):
        (tmp_path / "ci" / script.name).write_text("")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    for command in (command for which in JOBS for command in commands(name, which)):
        line = ["bash", "-eo", "pipefail", "-c", command]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, command + done.stderr
