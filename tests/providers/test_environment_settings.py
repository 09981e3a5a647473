import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from pulumi_workspace365 import environment_settings, errors
from pulumi_workspace365.exchange import ExchangeSettingsProvider
from pulumi_workspace365.sharepoint import SharePointSettingsProvider
from pulumi_workspace365.sign_on import OAuth2SignOnProvider
from pulumi_workspace365_sandbox.workspace365 import Server

from .conftest import CheckError, Engine, new_run

Serve = Callable[..., Engine]

SIGN_ON = {
    "environment": "contoso",
    "authority": "https://login.example.com/contoso/",
    "client_id": "app",
    "key": "sentinel-client-secret",
}
EXCHANGE = {"environment": "contoso", "server_type": "Office365", "default_ews_url": "https://mail.example.com/ews"}
SHARE_POINT = {"environment": "contoso", "authentication_type": "Online", "default_url": "https://contoso.example.com"}


@pytest.fixture(autouse=True)
def contoso(server: Server) -> None:
    server.management.seed("contoso")


@pytest.fixture(
    params=[(OAuth2SignOnProvider, SIGN_ON), (ExchangeSettingsProvider, EXCHANGE), (SharePointSettingsProvider, SHARE_POINT)]
)
def settings(request: pytest.FixtureRequest, serve: Serve) -> tuple[Engine, dict[str, Any]]:
    provider, args = request.param
    return serve(provider), args


def test_the_server_gets_what_the_reference_says(serve: Serve, server: Server) -> None:
    serve(OAuth2SignOnProvider).create(**SIGN_ON)
    serve(ExchangeSettingsProvider).create(**EXCHANGE)
    serve(SharePointSettingsProvider).create(**SHARE_POINT)
    stored = server.management.environment("contoso")
    assert stored.oauth2 == {"Authority": SIGN_ON["authority"], "ClientId": "app", "Key": SIGN_ON["key"]}
    assert stored.exchange == {"ServerType": "Office365", "DefaultEwsUrl": EXCHANGE["default_ews_url"]}
    assert stored.sharepoint == {"AuthenticationType": "Online", "DefaultUrl": SHARE_POINT["default_url"]}


def test_an_unchanged_setting_is_not_sent_again(settings: tuple[Engine, dict[str, Any]], server: Server) -> None:
    engine, args = settings
    engine.create(**args)
    server.management.clear_requests()
    assert not engine.changes(**args)
    assert server.management.count() == 0


@pytest.mark.parametrize("change", [{"revision": 2}, {"incarnation": "2031-01-01"}])
def test_a_revision_or_a_new_incarnation_sends_it_again(
    settings: tuple[Engine, dict[str, Any]], server: Server, change: dict[str, Any]
) -> None:
    engine, args = settings
    engine.create(**args)
    server.management.clear_requests()
    assert engine.changes(**args, **change)
    engine.update(**args, **change)
    assert [request.method for request in server.management.requests()].count("PUT") == 1
    assert not engine.changes(**args, **change)


def test_a_setting_goes_with_the_environment_that_held_it(settings: tuple[Engine, dict[str, Any]], server: Server) -> None:
    engine, args = settings
    engine.create(**args)
    assert engine.refresh()
    server.management.recreate("contoso")
    new_run()
    assert not engine.refresh()


def test_destroying_a_setting_sends_nothing_and_says_so_once(
    settings: tuple[Engine, dict[str, Any]], server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, args = settings
    monkeypatch.setattr(environment_settings, "_warned", set())
    engine.create(**args)
    server.management.clear_requests()
    engine.delete()
    engine.delete()
    assert server.management.count() == 0
    assert len([record for record in caplog.records if "cannot remove them" in record.message]) == 1


def test_another_environment_is_another_resource(settings: tuple[Engine, dict[str, Any]]) -> None:
    engine, args = settings
    engine.create(**args)
    result = engine.provider.diff(engine.id, engine.outs, engine.check(**{**args, "environment": "fabrikam"}))
    assert result.replaces == ["environment"]
    assert result.delete_before_replace
    unknown = engine.provider.diff(engine.id, engine.outs, engine.check(**{**args, "environment": UNKNOWN}))
    assert unknown.changes
    assert not unknown.replaces


def test_an_environment_that_does_not_exist_is_named(settings: tuple[Engine, dict[str, Any]]) -> None:
    engine, args = settings
    with pytest.raises(errors.NotFound, match="environment 'nobody' on http://127.0.0.1:.*HTTP 404"):
        engine.create(**{**args, "environment": "nobody"})


@pytest.mark.parametrize(
    ("provider", "args", "url"),
    [(ExchangeSettingsProvider, EXCHANGE, "default_ews_url"), (SharePointSettingsProvider, SHARE_POINT, "default_url")],
)
def test_a_url_that_is_left_out_cannot_be_cleared(  # noqa: PLR0917  fixtures and parameters
    serve: Serve, server: Server, provider: Any, args: dict[str, Any], url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = serve(provider)
    engine.create(**args)
    without = {**args, url: None}
    assert engine.changes(**without)
    assert f"{url}: leaving it out cannot clear it" in caplog.text
    engine.update(**without)
    stored = server.management.environment("contoso")
    assert args[url] in {*(stored.exchange or {}).values(), *(stored.sharepoint or {}).values()}


def test_a_later_share_point_address_is_announced_as_having_no_effect(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    engine = serve(SharePointSettingsProvider)
    engine.create(**SHARE_POINT)
    assert engine.changes(**{**SHARE_POINT, "default_url": "https://other.example.com"})
    assert "has no effect on an environment in use" in caplog.text


def test_the_key_is_in_no_output_and_a_digest_tells_that_it_changed(serve: Serve) -> None:
    engine = serve(OAuth2SignOnProvider)
    engine.create(**SIGN_ON)
    assert SIGN_ON["key"] not in repr(engine.outs)
    assert not engine.changes(**SIGN_ON)
    assert engine.changes(**{**SIGN_ON, "key": "another-client-secret"})
    assert engine.changes(**{**SIGN_ON, "key": UNKNOWN})


def test_the_final_slash_of_an_authority_is_no_change(serve: Serve, server: Server) -> None:
    engine = serve(OAuth2SignOnProvider)
    engine.create(**SIGN_ON)
    assert not engine.changes(**{**SIGN_ON, "authority": "https://login.example.com/contoso"})
    assert (server.management.environment("contoso").oauth2 or {})["Authority"].endswith("/")


def test_a_key_from_elsewhere_is_never_in_state(
    serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONTOSO_KEY", "sentinel-from-environment")
    (tmp_path / "key").write_text("sentinel-from-file\n")
    engine = serve(OAuth2SignOnProvider)
    args = {**SIGN_ON, "key": None, "key_from": "env:CONTOSO_KEY", "key_version": 1}
    engine.create(**args)
    assert (server.management.environment("contoso").oauth2 or {})["Key"] == "sentinel-from-environment"
    assert not engine.changes(**args)
    moved = {**args, "key_from": f"file:{tmp_path / 'key'}", "key_version": 2}
    assert engine.changes(**moved)
    engine.update(**moved)
    assert (server.management.environment("contoso").oauth2 or {})["Key"] == "sentinel-from-file"
    assert "sentinel" not in repr(engine.outs) + repr(engine.inputs)


def test_a_key_that_cannot_be_found_is_said_before_anything_is_sent(serve: Serve, server: Server) -> None:
    server.management.clear_requests()
    with pytest.raises(errors.ConfigurationError, match="the environment variable NOWHERE is not set"):
        serve(OAuth2SignOnProvider).create(**{**SIGN_ON, "key": None, "key_from": "env:NOWHERE"})
    assert server.management.count() == 0


@pytest.mark.parametrize(
    ("provider", "args", "words"),
    [
        (OAuth2SignOnProvider, {**SIGN_ON, "key": None}, "key: give either key, or key_from"),
        (OAuth2SignOnProvider, {**SIGN_ON, "key_from": "env:X"}, "key: give either key, or key_from"),
        (OAuth2SignOnProvider, {**SIGN_ON, "key": None, "key_from": "vault:x"}, "key_from: "),
        (OAuth2SignOnProvider, {**SIGN_ON, "authority": "login.example.com"}, "authority: it must be an https address"),
        (OAuth2SignOnProvider, {**SIGN_ON, "key": ""}, "key: "),
        (OAuth2SignOnProvider, {**SIGN_ON, "key_expires": "soon"}, "key_expires: "),
        (
            ExchangeSettingsProvider,
            {**EXCHANGE, "server_type": "Gmail"},
            "server_type: Input should be 'Office365' or 'OnPremises'",
        ),
        (
            SharePointSettingsProvider,
            {**SHARE_POINT, "default_url": "http://contoso.example.com"},
            "default_url: it must be an https",
        ),
    ],
)
def test_bad_input_is_a_check_failure_that_names_the_argument_and_no_secret(
    serve: Serve, provider: Any, args: dict[str, Any], words: str
) -> None:
    with pytest.raises(CheckError, match=words) as caught:
        serve(provider).check(**args)
    assert SIGN_ON["key"] not in str(caught.value)


@pytest.mark.parametrize(("days", "words"), [(10, r"ends in (9|10) days"), (-3, "ended on")])
def test_an_expiring_key_is_announced_in_previews(serve: Serve, caplog: pytest.LogCaptureFixture, days: int, words: str) -> None:
    expires = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    serve(OAuth2SignOnProvider).check(**SIGN_ON, key_expires=expires)
    assert re.search(words, caplog.text)  # midnight may pass meanwhile


def test_previews_keep_what_an_update_keeps(serve: Serve) -> None:
    engine = serve(OAuth2SignOnProvider)
    engine.create(**SIGN_ON)
    predicted = engine.provider.preview_update(engine.id, engine.outs, engine.check(**{**SIGN_ON, "client_id": "other"}))
    assert predicted["name"] == "contoso"
    assert predicted["client_id"] == "other"
    assert "key" not in predicted
    assert "key_digest" not in predicted


def test_settings_say_why_they_cannot_be_imported(settings: tuple[Engine, dict[str, Any]]) -> None:
    engine, _ = settings
    with pytest.raises(errors.Refused, match="cannot be imported, because the API can write them but not read them"):
        engine.provider.read("contoso", {"__provider": "reference"})


def test_an_argument_that_nobody_can_read_is_complained_about_in_one_line(serve: Serve) -> None:
    with pytest.raises(CheckError, match=r"ke\? y: there is no such argument"):
        serve(ExchangeSettingsProvider).check(environment="contoso", server_type="Office365", **{"ke\x1b\ny": 1})
