"""What is nested without end in an answer concerns what it is part of, and nothing else."""

import json

import pytest

from pulumi_workspace365 import errors
from pulumi_workspace365.api import client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.documents import json_document
from tests.providers.hostile import Line, speaking

LEVELS = 200_000
DEEP = "[" * LEVELS + "]" * LEVELS
DEEP_OBJECT = '{"a":' * LEVELS + "1" + "}" * LEVELS
ENTRY = '{"name": "contoso", "isActive": true, "creationDate": "2026-01-31T08:00:00Z"%s}'


def api(address: str) -> client.Client:
    return client.Client(Settings(f"http://{address}", "key-of-the-instance", max_retries=0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("deep", [DEEP, DEEP_OBJECT])
def test_a_row_of_the_list_that_is_too_deep_is_left_out_and_the_others_are_read(deep: str, encoding: str) -> None:
    other = ENTRY.replace("contoso", "fabrikam") % f', "more": {deep}'
    rows = f"[{ENTRY % ''}, {deep}, {other}]".encode(encoding)
    with speaking(lambda line: line.answer(rows)) as address:
        found = api(address).list_environments()
    assert [entry.name for entry in found] == ["contoso", "fabrikam"]
    assert len(found.unreadable) == 1


def test_the_answer_to_a_create_is_read_however_deep_something_else_in_it_is() -> None:
    told = f'{{"EnvironmentName": "contoso", "Id": "id", "TemporaryPassword": "of-the-first-day", "More": {DEEP}}}'.encode()
    with speaking(lambda line: line.answer(told)) as address:
        created = api(address).create_environment(name="contoso", email="a@example.org", first_name="A", last_name="B")
    assert (created.environment_name, created.id) == ("contoso", "id")
    assert created.temporary_password is not None
    assert created.temporary_password.get_secret_value() == "of-the-first-day"


@pytest.mark.parametrize("body", [DEEP[:LEVELS], f'["{DEEP[:LEVELS]}', f"[{DEEP}"])
def test_what_has_no_end_is_no_list(body: str) -> None:
    def script(line: Line) -> None:
        line.answer(body.encode())

    with speaking(script) as address, pytest.raises(errors.Rejected, match="is not JSON"):
        api(address).list_environments()


def test_an_export_is_refused_rather_than_cut() -> None:
    told = f'{{"a": {DEEP}}}'.encode()
    with speaking(lambda line: line.answer(told)) as address, pytest.raises(errors.Rejected, match="is not JSON"):
        api(address).export_environment("contoso")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[1, {}]", "[1, {}]"),
        ('["[[", "\\"]", "\\\\", "}"]', '["[[", "\\"]", "\\\\", "}"]'),
        ("[" * 150 + "[2], 3" + "]" * 150, "[" * 150 + "null, 3" + "]" * 150),
        ("[" * 150 + '["]", {"[": "\\"]"}], {}' + "]" * 150, "[" * 150 + "null, null" + "]" * 150),
        ('["a\\', '["a\\'),
        ("", ""),
    ],
)
def test_a_text_is_cut_at_its_brackets(text: str, left: str) -> None:
    assert json_document.truncate_depth(text) == left


def test_what_is_left_can_be_read_in_one_pass_over_the_worst_texts() -> None:
    for text in ('"' + '\\"' * 100_000, '"\\' * 100_000, "[" * 200_000, "[]" * 100_000):
        json_document.truncate_depth(text)
    assert json.loads(json_document.truncate_depth(DEEP))
