"""The command line: what the Pulumi CLI has is done or refused by name, what it lacks is refused in its words and with its exit codes."""

import contextlib
import io
import json
from pathlib import Path

import pytest

from pulumi_embedded_engine import cli as embedded
from pulumi_embedded_engine import command_table
from tests.engine import cli, record_commands
from tests.engine.world_strategies import World

TABLE = json.loads(record_commands.FILE.read_text(encoding="utf-8"))
COMMANDS = TABLE["commands"]
PARSER = embedded._parser()
DONE = [path for path in COMMANDS if path and PARSER.subparser(path.split())]
needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")
ENGINES = ["embedded", pytest.param("pulumi", marks=needs_cli)]


def said(*arguments: str) -> tuple[int, str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = embedded.main(arguments)
    return code, output.getvalue()


def test_the_table_has_what_it_must_have() -> None:
    assert len(COMMANDS) > 200
    assert {"up", "preview", "refresh", "destroy", "import", "stack export", "stack import", "stack output"} < set(DONE)
    assert {"config", "config set", "config get", "state unprotect", "state move", "stack rename", "stack tag list"} < set(DONE)


def test_the_page_lists_what_is_done() -> None:
    assert record_commands.PAGE.read_text(encoding="utf-8") == record_commands.page(), (
        "run python -m tests.engine.record_commands page"
    )


@pytest.mark.parametrize("path", [path for path in COMMANDS if path and path not in DONE])
def test_a_command_of_the_cli_that_is_not_done_is_refused_by_name(path: str) -> None:
    for called in (path, *(" ".join([*path.split()[:-1], alias]) for alias in COMMANDS[path]["aliases"])):
        code, output = (
            said(*called.split(), "--stack", "dev") if "--stack= -s" in COMMANDS[path]["flags"] else said(*called.split())
        )
        assert (code, output) == (
            1,
            f"error: the command `pulumi {path}` needs the Pulumi CLI: install it and run the same operation with `pulumi`\n",
        )


@pytest.mark.parametrize("path", DONE)
def test_a_flag_of_the_cli_is_done_or_refused_by_name(path: str) -> None:
    parser = PARSER.subparser(path.split())
    assert parser is not None
    for text in COMMANDS[path]["flags"]:
        flag, _, short = text.partition(" ")
        name, value = flag.partition("[")[0].rstrip("="), "=x" if flag.endswith("=") else ""
        for given in (f"{name}{value}", *([f"{short}{value and 'x'}"] if short else [])):
            if {name, short} & parser.flags:
                assert name in parser.flags, f"{path}: {short} means something else than {name}"
                assert not short or short in parser.flags, f"{path}: {name} has no {short}"
            else:
                code, output = said(*path.split(), given)
                assert (code, f"the flag {name} needs the Pulumi CLI" in output) == (1, True), f"{path} {given}: {output}"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nope"], 1, 'error: unknown command "nope" for "pulumi"\nRun \'pulumi --help\' for usage.'),
        (["stack", "nope"], 1, 'error: unknown command "nope" for "pulumi stack"\nRun \'pulumi stack --help\' for usage.'),
        (["config", "nope"], 1, 'error: unknown command "nope" for "pulumi config"'),
        (["up", "--nope"], 1, "error: unknown flag: --nope"),
        (["up", "--exp"], 1, "error: unknown flag: --exp"),
        (["up", "--nope=1"], 1, "error: unknown flag: --nope"),
        (["up", "-z"], 1, "error: unknown shorthand flag: 'z' in -z"),
        (
            ["up", "--parallel", "x"],
            1,
            'error: invalid argument "x" for "-p, --parallel" flag: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            ["up", "--yes=maybe"],
            1,
            'error: invalid argument "maybe" for "-y, --yes" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (
            ["up"],
            2,
            "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
        ),
        (["up", "--yes=false"], 2, "error: --yes or --skip-preview or --preview-only must be passed in"),
        (["state", "unprotect"], 1, "error: Must supply <resource URN> unless pulumi is run interactively"),
        (["up", "--yes"], 1, "error: no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one"),
        (["preview"], 1, "error: no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one"),
        (["preview", "--stack", "nope"], 6, "error: no stack named 'nope' found"),
    ],
)
def test_a_wrong_command_line_is_answered_as_the_cli_answers_it(
    arguments: list[str], code: int, words: str, world: World
) -> None:
    ran = world.run(*arguments, stack="", trace=False)
    assert (ran.code, words in ran.output) == (code, True), ran.output


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """One for each engine: nothing is changed in it."""
    made = World.make(tmp_path_factory.mktemp("commands") / "world", request.param)
    made.variables["PULUMI_STACK"] = ""
    return made


def test_a_flag_without_its_value_is_refused() -> None:
    assert said("up", "--stack") == (1, "error: flag needs an argument: --stack\n")


def test_values_are_read_as_the_cli_reads_them() -> None:
    parse = embedded._parsed
    options = parse(PARSER, ["up", "-m", "--yes", "--yes=true", "--diff=false", "-r", "--stack=a=b", "-p4"])
    assert (options.message, options.yes, options.diff, options.refresh, options.stack, options.parallel) == (
        "--yes",
        True,
        False,
        "true",
        "a=b",
        4,
    )
    options = parse(PARSER, ["import", "--protect", "a:b:C", "name", "id", "--generate-code=false"])
    assert (options.type, options.name, options.id, options.protect, options.generate_code) == (
        "a:b:C",
        "name",
        "id",
        "true",
        "false",
    )
    assert parse(PARSER, ["config", "set", "key", "--secret", "value"]).value == "value"
    assert parse(PARSER, ["config", "set", "key", "--", "--value"]).value == "--value"


@needs_cli
@pytest.mark.slow
def test_the_table_is_what_the_cli_says_today() -> None:
    found = record_commands.table()
    if found["version"] != command_table.version():
        pytest.skip(f"the table is of {command_table.version()}, the CLI is {found['version']}")
    assert found["commands"] == COMMANDS


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stack_is_removed_with_its_configuration_and_no_others(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    other = world.directory / "Pulumi.other.yaml"
    other.write_text("config: {}\n")
    ran = world.run("destroy", "--yes", "--skip-preview", "--remove", trace=False)
    assert ran.code == 0, ran.output
    assert "and the history and configuration removed." in ran.output
    assert not (world.directory / "Pulumi.dev.yaml").exists()
    assert other.exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_resources_are_protected_and_a_stack_is_removed_in_the_words_of_the_cli(engine: str, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world", engine)
    world.variables["PULUMI_STACK"] = "dev"
    ran = world.run("up", "--yes", "--skip-preview", trace=False)
    assert ran.code == 0, ran.output
    urns = [resource["urn"] for resource in world.state()]

    def protected() -> list[str]:
        resources = world.state()
        return [resource["urn"] for resource in resources if resource.get("protect")]

    def said(*arguments: str) -> tuple[int, str]:
        ran = world.run(*arguments, stack="" if arguments[0] == "stack" else "dev", trace=False)
        return ran.code, ran.output.strip()

    assert said("state", "protect", urns[-1], "--yes") == (0, "1 resources protected")
    assert protected() == [urns[-1]]
    assert said("state", "protect", urns[-1], urns[0], "--yes") == (0, "2 resources protected")
    assert said("state", "unprotect", "--all", "--yes") == (0, "All resources unprotected")
    assert protected() == []
    code, words = said("state", "protect", "urn:pulumi:dev::p::t::nobody", "--yes")
    assert (code, 'error: No such resource "urn:pulumi:dev::p::t::nobody" exists in the current state' in words) == (1, True)
    assert said("stack", "rm", "dev") == (1, "error: non-interactive mode requires --yes flag")
    assert said("stack", "rm", "dev", "--yes", "--preserve-config") == (0, "Stack 'dev' has been removed!")
    assert (world.directory / "Pulumi.dev.yaml").exists()
    assert said("stack", "rm", "dev", "--yes") == (6, "error: no stack named 'dev' found")
