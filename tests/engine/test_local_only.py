"""Servers of this machine only: what configuration and variables name is refused before anything is started, and children are told."""

import pytest

from pulumi_embedded_engine.providers import environment
from pulumi_embedded_engine.workspace import local_only
from pulumi_embedded_engine.workspace.config import StackConfig

LOCAL = [
    "http://127.0.0.1:8080",
    "https://localhost",
    "https://LOCALHOST.:8443/x",
    "ws://tenant.localhost/",
    "http://[::1]:80",
    "127.0.0.1:8080",
    "localhost:1",
    "127.9.9.9",
    "",
    "on",
    "a word",
    "postgres://far.example.com",  # not spoken by anything this engine knows
]
REMOTE = {
    "https://192.0.2.1:9": "192.0.2.1",
    "HTTPS://Portal.Example.com/x": "portal.example.com",
    "wss://portal.example.com": "portal.example.com",
    "http://127.0.0.1@192.0.2.1/": "192.0.2.1",
    "http://127.0.0.1:80@192.0.2.1/": "192.0.2.1",
    "http://0.0.0.0": "0.0.0.0",
    "http://[::]": "::",
    "http://[2001:db8::1]:1": "2001:db8::1",
    "http://localhost.example.com": "localhost.example.com",
    "http://notlocalhost": "notlocalhost",
    "http://2130706433": "2130706433",
    " https://192.0.2.1 ": "192.0.2.1",
    "portal.example.com": "portal.example.com",
    "portal.example.com:8443/x": "portal.example.com",
    "//portal.example.com": "portal.example.com",
    "192.0.2.1": "192.0.2.1",
    "user@192.0.2.1:22": "192.0.2.1",
    "[2001:db8::1]:443": "2001:db8::1",
    "http://[broken": "another host",
}


def check(key: str, value: str) -> None:
    local_only.check(StackConfig({key: value}, frozenset(), ""), {})


@pytest.mark.parametrize("value", LOCAL)
def test_this_machine_is_allowed(value: str) -> None:
    check("proj:url", value)


@pytest.mark.parametrize("value", REMOTE)
def test_another_machine_is_refused_and_named(value: str) -> None:
    with pytest.raises(local_only.RemoteRefused, match="pass --allow-remote") as refused:
        check("proj:baseUrl", value)
    assert f"the configuration value proj:baseUrl names {REMOTE[value]}, which is not this machine" in str(refused.value)


def test_a_value_that_is_no_address_by_its_key_is_left_alone() -> None:
    check("proj:homepage", "https://example.com")


@pytest.mark.parametrize("name", ["W365_BASE_URL", "ARM_ENDPOINT", "AZURE_AUTHORITY_HOST"])
def test_variables_are_looked_at(name: str) -> None:
    with pytest.raises(local_only.RemoteRefused, match=f"the environment variable {name} names login.example.com"):
        local_only.check(StackConfig({}, frozenset(), ""), {name: "login.example.com"})


def test_children_are_told_what_the_engine_decided_and_nothing_else() -> None:
    outer = {environment.LOCAL_ONLY: "1", "x": "y"}
    assert environment.LOCAL_ONLY not in environment.child_environment(outer, local_only=False)
    assert environment.child_environment({"x": "y"}, local_only=True)[environment.LOCAL_ONLY] == "1"
