"""The JSON Schemas of files: what the models say, whole, and true of every file of the repository that has one."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365.documents import yaml_document
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.file_schemas import catalog, names
from pulumi_workspace365_cli.file_schemas.names import SchemaName
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.rollout.plan_file import RolloutModel
from pulumi_workspace365_components.stack_files.customers import CustomerFile
from pulumi_workspace365_components.stack_files.websocket_apis import WebSocketFile
from pulumi_workspace365_components.validation import checks_file
from pulumi_workspace365_components.validation.checks import CheckError
from tests.cli.conftest import Command
from tests.docs import pages

ROOT = pages.ROOT
_LISTED = subprocess.run(["git", "ls-files", "*.yaml"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
FILES = [path for name in _LISTED if (path := ROOT / name).is_file()]
KINDS = {
    "customer": re.compile(r"/customers/[^/]+/[^/]+\.yaml$"),
    "websocket-api": re.compile(r"/websocket_apis/[^/]+/[^/]+\.yaml$"),
    "budgets": re.compile(r"/budgets\.yaml$"),
    "rollout": re.compile(r"/examples/rollout/(rollout|cluster)\.yaml$"),
}
CUSTOMER = {"key": "c", "environment": {"name": "c"}}
API = {"key": "c", "service": {"resource_group": "r", "name": "n"}, "path": "p", "service_url": "wss://x", "handshake": {}}
SERVICE = {"resource_group_name": "r", "service_name": "s", "region": "westeurope"}
WAVES = {"waves": [{"name": "all", "stacks": "*"}]}


def problems(name: SchemaName, value: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(catalog.document(name)).iter_errors(value)]


def of_file(path: Path) -> Any:
    return yaml_document.parse(path.read_text(encoding="utf-8"), str(path)).value


def fields(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field that a schema describes, and where it is."""
    if isinstance(schema, list):
        for part in schema:
            yield from fields(part, path)
    if not isinstance(schema, dict):
        return
    for keyword, part in schema.items():
        if keyword in {"properties", "definitions"}:
            for name, field in part.items():
                if keyword == "properties":
                    yield f"{path}.{name}", field
                yield from fields(field, f"{path}.{name}")
        elif keyword not in {"default", "examples"}:
            yield from fields(part, path)


@pytest.mark.parametrize("name", names.NAMES)
def test_a_schema_is_one_explains_every_field_and_is_committed(name: SchemaName) -> None:
    schema = catalog.document(name)
    jsonschema.Draft7Validator.check_schema(schema)
    found = list(fields(schema))
    assert len(found) >= len(budgets.RISKS)
    assert [path for path, field in found if not field.get("description", "").strip()] == []
    assert json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8")) == schema, (
        "run: python -m tests.docs reference"
    )


@pytest.mark.parametrize("name", names.NAMES)
def test_the_examples_of_a_schema_and_its_defaults_are_valid_by_it(name: SchemaName) -> None:
    schema = catalog.document(name)
    for path, field in [*fields(schema), ("", schema)]:
        judge = jsonschema.Draft7Validator({**field, "definitions": schema.get("definitions", {})})
        for value in [*field.get("examples", ()), *([field["default"]] if "default" in field else [])]:
            assert list(judge.iter_errors(value)) == [], path


def test_each_file_of_the_repository_names_its_schema_and_is_valid_by_it() -> None:
    expected = {path: name for name, form in KINDS.items() for path in FILES if form.search(path.as_posix())}
    named = {path: names.named_by(path.read_text(encoding="utf-8")) for path in FILES}
    assert {path: name for path, name in named.items() if name} == expected
    assert set(expected.values()) == set(KINDS)
    for path, name in expected.items():
        line = path.read_text(encoding="utf-8").splitlines()[0]
        schema = path.parent / line.partition("$schema=")[2]
        assert schema.read_bytes() == (ROOT / "schemas" / f"{name}.json").read_bytes(), path
        assert problems(names.named_by(line) or "customer", of_file(path)) == []


def test_the_files_that_pages_show_are_valid_by_their_schemas() -> None:
    kinds: dict[str, SchemaName] = {"customer": "customer", "rollout": "rollout", "checks": "checks", "budgets": "budgets"}
    blocks = [block for page in pages.pages() for block in pages.blocks(page) if block.language == "yaml" and block.kind in kinds]
    assert {"customer", "rollout"} <= {block.kind for block in blocks}
    for block in blocks:
        assert problems(kinds[block.kind], yaml_document.parse(block.text, str(block)).value) == [], block


def test_the_checks_and_budgets_of_a_stack_are_valid_by_the_schemas() -> None:
    config = of_file(ROOT / "stacks/Pulumi.sandbox.yaml")["config"]
    assert problems("checks", config["workspace365:checks"]) == []
    assert problems("checks", {"checks": config["workspace365:checks"]}) == []


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (CUSTOMER, True),
        ({**CUSTOMER, "lifecycle": "suspended", "admin": None}, True),
        ({**CUSTOMER, "lifecycle": "gone"}, False),
        ({**CUSTOMER, "lifecylce": "retired"}, False),
        ({"key": "c"}, False),
        ({**CUSTOMER, "key": "-c"}, False),
        ({**CUSTOMER, "environment": {"name": "c", "on_delete": "abandon", "temporary_password_to": "file:x"}}, True),
        ({**CUSTOMER, "environment": {"name": "c", "temporary_password_to": "x"}}, False),
        ({**CUSTOMER, "environment": {"name": "c", "active": True}}, False),
        ({**CUSTOMER, "exchange": {"server_type": "office365"}}, False),
        ({**CUSTOMER, "exchange": {"server_type": "Office365", "revision": 3}}, True),
        ({**CUSTOMER, "sign_on": {"authority": "https://x", "client_id": "x", "key_from": "vault:x"}}, False),
        ({**CUSTOMER, "sign_on": {"authority": "https://x", "client_id": "x", "key_from": "keyvault:abc/x"}}, True),
        ({**CUSTOMER, "sign_on": {"authority": "https://x", "client_id": "x", "key_from": "keyvault:abc"}}, False),
        ([CUSTOMER], False),
    ],
)
def test_the_schema_of_a_customer_agrees_with_the_program(value: Any, valid: bool) -> None:
    agreed(CustomerFile, "customer", value, valid=valid)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (API, True),
        ({**API, "handshake": {"origins": ["https://x"], "limit": {"calls": 1, "seconds": 5}}}, True),  # earlier names
        ({**API, "handshake": {"jwt": {"audiences": ["x"]}}}, False),
        ({**API, "handshake": {"rate_limit": {"calls": 0}}}, False),
        ({**API, "protocols": ["wss", "ws"], "validation": {"regions": ["westeurope"], "settle": 5}}, True),
        ({**API, "protocols": ["http"]}, False),
        ({**API, "validation": {"token_from": "file:x"}}, False),
        ({name: part for name, part in API.items() if name != "service"}, False),
    ],
)
def test_the_schema_of_an_api_agrees_with_the_program(value: Any, valid: bool) -> None:
    agreed(WebSocketFile, "websocket-api", value, valid=valid)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (WAVES, True),
        ({**WAVES, "stacks": ["prod-*"], "budgets": {"deletes": 0, "creates": "any"}, "gate": {"drift": True}}, True),
        ({**WAVES, "budgets": "ci/budgets.yaml"}, True),
        ({**WAVES, "budgets": 3}, False),
        ({"waves": []}, False),
        ({"waves": [{"name": "all", "stacks": "*", "soak": "1h30m", "parallel": 3}]}, True),
        ({"waves": [{"name": "all", "stacks": "*", "soak": "soon"}]}, False),
        ({"waves": [{"name": "all", "stacks": "*", "soak": ""}]}, False),
        ({"waves": [{"name": "all", "stacks": "*", "parallel": 0}]}, False),
        ({"waves": [{"name": "all", "stack": "*"}]}, False),
        ({**WAVES, "emit": {"secrets": ["lower"]}}, False),
    ],
)
def test_the_schema_of_a_rollout_agrees_with_the_program(value: Any, valid: bool) -> None:
    agreed(RolloutModel, "rollout", value, valid=valid)


def agreed(model: Any, name: SchemaName, value: Any, *, valid: bool) -> None:
    """The program and the schema take a value, or refuse it."""
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError:
        assert not valid
    else:
        assert valid
    assert (problems(name, value) == []) is valid


@pytest.mark.parametrize(
    ("check", "valid"),
    [
        ({"name": "a", "kind": "http", "url": "https://x", "expect_status": 204}, True),
        ({"name": "a", "kind": "http", "url": "https://x", "expect_status": [200, 204]}, True),
        ({"name": "a", "kind": "http", "url": "https://x", "expect_status": 99}, False),
        ({"name": "a", "url": "https://x"}, False),
        ({"name": "a", "kind": "htpp", "url": "https://x"}, False),
        ({"name": "a", "kind": "websocket", "url": "wss://x", "headers": {"X-Key": "env:KEY"}, "timeout": "${SECONDS}"}, True),
        ({"name": "a", "kind": "websocket", "url": "wss://x", "port": 443}, False),
        ({"name": "a", "kind": "health", "timeout": 0}, False),
        (
            {**SERVICE, "name": "a", "kind": "connectivity", "address": "x", "port": "${PORT}", "require": "degraded"},
            True,
        ),
    ],
)
def test_the_schema_of_checks_agrees_with_the_program(check: dict[str, Any], valid: bool) -> None:
    environ = {"KEY": "k", "PORT": "443", "SECONDS": "5"}
    try:
        checks_file.parse_document([check], "checks", environ, ROOT)
    except CheckError:
        assert not valid
    else:
        assert valid
    assert (problems("checks", {"checks": [check]}) == []) is valid
    assert (problems("checks", [check]) == []) is valid


@pytest.mark.parametrize(
    ("value", "valid"), [(0, True), ("any", True), (-1, False), (10**9, False), (True, False), ("some", False)]
)
def test_the_schema_of_budgets_agrees_with_the_program(value: object, valid: bool) -> None:
    for risk in budgets.RISKS:
        document = {"budgets": {risk: value}}
        try:
            budgets.from_document(document, "budgets")
        except CommandError:
            assert not valid
        else:
            assert valid
        assert (problems("budgets", document) == []) is valid
    assert problems("budgets", {"budgets": {"delets": 0}}) != []


def test_the_command_prints_lists_and_writes_schemas(w365: Command, bare: Path) -> None:
    listed = w365("schema")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(names.NAMES)
    assert json.loads(w365("schema", "rollout").out) == catalog.document("rollout")
    assert w365("schema", "customer", "-o", "c.json").out == ""
    assert (bare / "c.json").read_text() == catalog.text("customer")
    assert "'custmer' is not one of 'customer'" in w365("schema", "custmer").error
    assert w365("schema", "-o", "c.json").code == 2
    assert w365("schema", "customer", "--write").code == 2


def test_all_schemas_are_written_beside_the_project_file_and_renewed_but_nobody_elses(w365: Command, bare: Path) -> None:
    assert "There is no Pulumi.yaml" in w365("schema", "--write").error
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    assert w365("schema", "--write").code == 0
    folder = bare / "schemas"
    assert {path.name for path in folder.iterdir()} == {f"{name}.json" for name in names.NAMES}
    (folder / "checks.json").write_text(f'{{"$comment": "{names.made_by("checks")}"}}')
    assert w365("schema", "--write").code == 0
    assert (folder / "checks.json").read_text() == catalog.text("checks")
    (folder / "checks.json").write_text("{}")
    (folder / "customer.json").unlink()
    assert w365("schema", "--write").error == "schemas/checks.json is not one of these schemas, so nothing was written: move it."
    assert not (folder / "customer.json").exists()
