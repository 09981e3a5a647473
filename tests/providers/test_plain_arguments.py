"""Arguments that are judged without pydantic are those that pydantic accepts, with the same result."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365 import inputs
from pulumi_workspace365.resource import arguments
from pulumi_workspace365.template import TemplateInputs

CLASSES: list[type[Any]] = [
    inputs.EnvironmentInputs,
    inputs.OAuth2SignOnInputs,
    inputs.ExchangeSettingsInputs,
    inputs.SharePointSettingsInputs,
    TemplateInputs,
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-2, 2),
    st.sampled_from(
        ["", "contoso", "Con toso", " x ", "1", "2030-01-31", "2030-13-31", "\ud800", "é", "true", "accept", "exact", "delete"]
    ),
    st.sampled_from(
        [
            "Online",
            "Office365",
            "OAuth2",
            "none",
            "token",
            "a@b.example",
            "a@",
            "a@b@c",
            "https://portal.example.com",
            "http://x/",
        ]
    ),
    st.sampled_from(["env:KEY", "file:/key", "keyvault:kv/name", "keyvault:kv", "command:x", "key"]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=2), SCALARS, max_size=2))
VALID: dict[type[Any], dict[str, Any]] = {
    inputs.EnvironmentInputs: {
        "environment_name": "contoso",
        "admin_email": "a@b.example",
        "admin_first_name": "É",
        "active": True,
    },
    inputs.OAuth2SignOnInputs: {
        "environment": "contoso",
        "authority": "https://login.example.com",
        "client_id": "c",
        "key_from": "env:KEY",
    },
    inputs.ExchangeSettingsInputs: {"environment": "contoso", "server_type": "Office365", "revision": 2},
    inputs.SharePointSettingsInputs: {"environment": "contoso", "authentication_type": "Online", "incarnation": None},
}


def by_pydantic(args: type[Any], values: dict[str, Any]) -> dict[str, tuple[type[Any], Any]] | None:
    try:
        return fields(TypeAdapter(args).validate_python(values))
    except ValidationError:
        return None


def fields(instance: Any) -> dict[str, tuple[type[Any], Any]]:
    values = {field.name: getattr(instance, field.name) for field in dataclasses.fields(instance)}
    return {name: (type(value), value) for name, value in values.items()}


@pytest.mark.parametrize("args", CLASSES)
@given(data=st.data())
def test_what_is_accepted_without_pydantic_is_what_pydantic_makes_of_it(args: type[Any], data: st.DataObject) -> None:
    names = st.sampled_from([*(field.name for field in dataclasses.fields(args)), "unknown"])
    values = VALID.get(args, {}) | data.draw(st.dictionaries(names, VALUES, max_size=4))
    plain = arguments.parse_plain(args, values)
    if plain is not None:
        assert type(plain) is args
        assert fields(plain) == by_pydantic(args, values)


@pytest.mark.parametrize("args", VALID)
def test_usual_arguments_need_no_pydantic(args: type[Any]) -> None:
    assert arguments.parse_plain(args, VALID[args]) is not None
