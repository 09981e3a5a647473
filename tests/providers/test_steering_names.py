"""Names with characters that steer a terminal: they are kept, spelled out, as whatever prints state prints it as it is."""

import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api import models
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.sign_on import OAuth2SignOnProvider
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from pulumi_workspace365_sandbox.workspace365.name_rules import steering
from tests import hostile

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
NAME = steering("contoso")
SIGN_ON = {"authority": "https://login.example.org/t", "client_id": "client", "key": "key-of-the-sign-on"}


def steers(value: Any) -> bool:
    shown = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return safe_text.escape_controls(shown) != shown or any(code in shown for code in ("\\u001b", "\\n", "\\u0007"))


@pytest.fixture
def environment(serve: Serve, server: Server) -> Engine:
    server.management.set_options(sanitiser="steering")
    made = serve(EnvironmentProvider)
    assert not made.create(**CREATE)
    return made


def test_the_environment_is_kept_and_no_output_steers_a_terminal(environment: Engine, server: Server) -> None:
    assert list(server.management.environments()) == [NAME]
    assert environment.id == environment.outs["name"] == "con␛1b;]0;title␛07;toso␛9b;31m␛202e;"
    assert not steers(environment.outs)
    assert environment.outs["temporary_password"]


def test_a_refresh_finds_it_unchanged(environment: Engine) -> None:
    before = dict(environment.outs)
    for _ in range(2):
        new_run()
        assert environment.refresh()
        assert environment.outs == before
        assert not environment.changes(**CREATE)


def test_every_call_is_about_the_server_s_name(environment: Engine, serve: Serve, server: Server) -> None:
    environment.update(**CREATE | {"active": False})
    assert not server.management.environment(NAME).is_active
    new_run()
    serve(OAuth2SignOnProvider).create(environment=environment.id, **SIGN_ON)
    assert server.management.environment(NAME).oauth2
    new_run()
    environment.delete()
    assert server.management.environments() == {}


def test_it_is_recognised_after_a_lost_answer_and_never_created_twice(serve: Serve, server: Server) -> None:
    server.management.set_options(sanitiser="steering")
    server.management.inject(faults.Reset(operation="createEnvironment", when="after", times=1))
    with pytest.raises(Exception, match="␛1b;") as lost:
        serve(EnvironmentProvider).create(**CREATE)
    assert not steers(str(lost.value))
    assert server.management.count("createEnvironment") == 1


def test_it_is_adopted_by_its_spelling(serve: Serve, server: Server) -> None:
    server.management.seed(NAME)
    adopted = serve(EnvironmentProvider)
    assert not adopted.create(**CREATE | {"environment_name": safe_text.escape_controls(NAME), "adopt_existing": True})
    assert adopted.id == safe_text.escape_controls(NAME)
    assert server.management.count("createEnvironment") == 0
    new_run()
    assert adopted.refresh()


def test_a_state_that_has_the_name_as_it_is_finds_it(environment: Engine, server: Server) -> None:
    environment.id = NAME
    environment.outs |= {"name": NAME}
    new_run()
    assert environment.refresh()
    environment.delete()
    assert server.management.environments() == {}


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_spelling_is_stable_and_tells_the_name(name: str) -> None:
    storable = safe_text.escape_surrogates(name)
    assert safe_text.unescape_controls(safe_text.escape_controls(storable)) == storable
    assert safe_text.escape_controls(safe_text.escape_controls(storable)) == safe_text.escape_controls(storable)
    assert collision_key(safe_text.escape_controls(storable)) == collision_key(storable)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in safe_text.escape_controls(storable))


@given(st.text(st.characters(codec="utf-8")))
def test_a_spelled_name_makes_the_same_address(name: str) -> None:
    if "␛" not in name:
        assert safe_text.unescape_controls(safe_text.escape_controls(name)) == name
    urllib.parse.quote(safe_text.unescape_controls(name))


@pytest.mark.parametrize("text", ["␛d800;", "␛41;", "␛;", "␛1b", "␛110000;", "␛0x1b;"])
def test_what_is_no_spelling_is_left(text: str) -> None:
    assert safe_text.unescape_controls(text) == text


def test_every_text_of_an_answer_is_spelled_but_for_the_password() -> None:
    created = models.CreatedEnvironment.model_validate(
        {"EnvironmentName": "a\x1b", "Id": {"\u202e": 1}, "TemporaryPassword": "p\x1b"}
    )
    assert (created.environment_name, created.id) == ("a␛1b;", '{"␛202e;": 1}')
    assert created.temporary_password is not None
    assert created.temporary_password.get_secret_value() == "p\x1b"
    entry = models.EnvironmentEntry.model_validate({"name": "a", "isActive": True, "creationDate": "2026\x9b"})
    assert entry.creation_date == "2026␛9b;"
