from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration


def read(stack: dict[str, object], environ: dict[str, str]) -> configuration.Settings:
    return configuration.read(stack.get, environ)


def test_a_variable_wins_over_stack_config_and_an_explicit_instance_over_both() -> None:
    stack: dict[str, object] = {"w365:baseUrl": "https://stack.example.com", "w365:provisioningKey": "stack-key"}
    environ = {"W365_BASE_URL": "https://variable.example.com/", "W365_PROVISIONING_KEY": "variable-key"}
    assert read(stack, {}).instance == "https://stack.example.com"
    assert read(stack, environ).instance == "https://variable.example.com"
    assert read(stack, environ).provisioning_key == "variable-key"
    explicit = read({**stack, configuration.EXPLICIT_INSTANCE: "eu"}, environ)
    assert (explicit.instance, explicit.provisioning_key) == ("https://stack.example.com", "stack-key")


def test_a_key_file_serves_where_no_variable_does(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    environ = {"W365_BASE_URL": "https://x.example.com", "W365_PROVISIONING_KEY_FILE": str(tmp_path / "key")}
    assert read({"w365:provisioningKey": "stack-key"}, environ).provisioning_key == "from-file"
    assert read({}, {**environ, "W365_PROVISIONING_KEY": "direct"}).provisioning_key == "direct"
    with pytest.raises(
        errors.ConfigurationError, match="W365_PROVISIONING_KEY_FILE names .*missing, which cannot be read: No such file"
    ):
        read({}, {**environ, "W365_PROVISIONING_KEY_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("https://Portal.Example.com/", "https://portal.example.com"),
        ("HTTPS://portal.example.com:443/w365/", "https://portal.example.com/w365"),
        ("https://portal.example.com:8443", "https://portal.example.com:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://localhost:80/", "http://localhost"),
        ("https://portál.example.com", "https://xn--portl-0qa.example.com"),
    ],
)
def test_one_instance_has_one_spelling(url: str, instance: str) -> None:
    assert configuration.normalise_base_url(url) == instance


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("portal.example.com", "no https://"),
        ("ftp://portal.example.com", "no https://"),
        ("https://", "no host"),
        ("http://portal.example.com", "in the clear to portal.example.com"),
        ("https://me:sentinel-password@portal.example.com", "without user name"),
        ("https://portal.example.com/?key=sentinel-key", "without user name, query"),
        ("https://portal.example.com:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
    ],
)
def test_a_bad_address_is_named_and_its_secrets_are_not_shown(url: str, words: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=words) as caught:
        read({"w365:baseUrl": url}, {})
    assert "w365:baseUrl (W365_BASE_URL)" in str(caught.value)
    assert "sentinel" not in str(caught.value)


@given(st.text() | st.text().map("https://{}".format))
def test_any_text_is_an_instance_or_a_clear_error(text: str) -> None:
    with suppress(errors.ConfigurationError):
        instance = configuration.normalise_base_url(text)
        assert configuration.normalise_base_url(instance) == instance


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("W365_REQUEST_TIMEOUT", "soon"),
        ("W365_MAX_IN_FLIGHT", "0"),
        ("W365_MAX_RETRIES", "-1"),
        ("W365_ALLOW_VANISHED", "many"),
        ("W365_CA_FILE", "no/such/file"),
    ],
)
def test_a_bad_setting_is_named(variable: str, value: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=variable):
        read({"w365:baseUrl": "https://x.example.com"}, {variable: value})


def test_settings_do_not_show_their_keys() -> None:
    shown = repr(
        read(
            {
                "w365:baseUrl": "https://x.example.com",
                "w365:provisioningKey": "sentinel-key",
                "w365:healthApiKey": "sentinel-health",
            },
            {},
        )
    )
    assert "sentinel" not in shown


def test_deleting_is_allowed_by_name_or_for_all() -> None:
    assert not configuration.may_delete("contoso", environ={})
    assert configuration.may_delete("Contoso", None, environ={"W365_ALLOW_DELETE": "fabrikam, contoso"})
    assert configuration.may_delete("anything", environ={"W365_ALLOW_DELETE": "*"})
    assert not configuration.may_delete("contoso2", environ={"W365_ALLOW_DELETE": "contoso"})
