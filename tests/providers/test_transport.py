import socket
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365 import errors
from pulumi_workspace365.api import client, error_messages, transport
from pulumi_workspace365.api.concurrency import Limiter
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import Server, faults

READS = {"listEnvironments": lambda api: api.list_environments()}
WRITES = {
    "activateEnvironment": lambda api: api.activate_environment("contoso"),
    "deactivateEnvironment": lambda api: api.deactivate_environment("contoso"),
    "setOAuth2": lambda api: api.set_oauth2("contoso", authority="https://a.example.com", client_id="c", key="sentinel-key"),
    "setExchange": lambda api: api.set_exchange("contoso", server_type="Office365", default_ews_url=None),
    "setSharePoint": lambda api: api.set_share_point("contoso", authentication_type="Online", default_url=None),
    "deleteEnvironment": lambda api: api.delete_environment("contoso"),
}
ONCE = {"createEnvironment": lambda api: api.create_environment(name="new", email="a@b.example", first_name="A", last_name="B")}
LOSSES: list[Any] = [faults.Reset, faults.Close, *({"status": status} for status in (429, 502, 503, 504))]


@pytest.fixture
def api(server: Server) -> client.Client:
    server.management.seed("contoso")
    return client.Client(Settings(server.base_url, server.provisioning_key, request_timeout=1))


def fault(kind: Any, operation: str, **more: Any) -> Any:
    return faults.Status(operation=operation, **kind, **more) if isinstance(kind, dict) else kind(operation=operation, **more)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("operation", READS | WRITES)
def test_reads_and_writes_are_sent_again_after_a_lost_answer(
    api: client.Client, server: Server, operation: Any, loss: Any
) -> None:
    server.management.inject(fault(loss, operation, times=2))
    (READS | WRITES)[operation](api)
    assert server.management.count(operation) == 3


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_a_create_is_sent_once_and_its_end_is_open(api: client.Client, server: Server, loss: Any) -> None:
    server.management.inject(fault(loss, "createEnvironment"))
    with pytest.raises(errors.Ambiguous, match="create environment 'new'"):
        ONCE["createEnvironment"](api)
    assert server.management.count("createEnvironment") == 1


def test_an_error_carries_what_it_is_about(api: client.Client, server: Server) -> None:
    about = ("delete environment 'contoso'", server.base_url)
    for fault_now, status in ((faults.Status(status=403), 403), (faults.Status(status=429), 429), (faults.Reset(), None)):
        server.management.clear_faults()
        server.management.inject(fault_now)
        with pytest.raises(errors.W365Error) as caught:
            api.delete_environment("contoso")
        assert (caught.value.operation, caught.value.instance, caught.value.status) == (*about, status)
    for made in (errors.Rejected("no", ("name",), status=400), errors.Ambiguous("maybe", ("T1",), status=500)):
        assert str(made) in {"no", "maybe"}
        assert made.status
    assert errors.Refused("a rule").status is None


@pytest.mark.parametrize(
    ("operation", "tries"), [("listEnvironments", 3), ("setExchange", 2), ("deleteEnvironment", 2), ("createEnvironment", 1)]
)
def test_a_500_is_tried_again_as_often_as_the_table_says(api: client.Client, server: Server, operation: Any, tries: int) -> None:
    server.management.inject(faults.Status(operation=operation, status=500))
    with pytest.raises(
        errors.Unavailable if operation in READS else errors.Ambiguous, match="can also mean a wrong value|HTTP 500"
    ):
        (READS | WRITES | ONCE)[operation](api)
    assert server.management.count(operation) == tries


def test_a_404_after_a_lost_delete_is_done_and_any_other_is_not(api: client.Client, server: Server) -> None:
    server.management.inject(faults.Reset(operation="deleteEnvironment", when="after", times=1))
    api.delete_environment("contoso")
    with pytest.raises(errors.NotFound):
        api.delete_environment("contoso")


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(api: client.Client, server: Server, form: Any) -> None:
    server.management.inject(faults.Status(status=429, retry_after=1, retry_after_form=form, times=1))
    before = time.monotonic()
    api.list_environments()
    assert time.monotonic() - before > (0.99 if form == "seconds" else 0.0)


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for(api: client.Client, server: Server) -> None:
    server.management.inject(faults.Status(status=429, retry_after=3600))
    with pytest.raises(errors.Unavailable, match="fewer requests: lower w365:maxInFlight"):
        api.list_environments()
    assert server.management.count() == 1


def test_a_redirect_is_refused_and_the_key_goes_nowhere_else(api: client.Client, server: Server) -> None:
    with workspace365.running() as other:
        server.management.inject(faults.Redirect(location=other.base_url))
        with pytest.raises(errors.Rejected, match="a redirect, which is never followed"):
            api.list_environments()
        assert other.management.count() == 0


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (faults.Html(), "HTML page, not the Provisioning API"),
        (faults.WrongJson(form="broken"), "is not JSON"),
        (faults.WrongJson(form="object"), "does not have the documented form"),
        (faults.WrongJson(form="null"), "does not have the documented form"),
    ],
)
def test_an_answer_of_something_else_is_said_to_be_that(api: client.Client, server: Server, broken: Any, words: str) -> None:
    server.management.inject(broken)
    with pytest.raises(errors.Rejected, match=words) as caught:
        api.list_environments()
    assert (caught.value.operation, caught.value.instance) == ("list the environments", server.base_url)


def test_a_wrong_key_names_the_setting_and_is_not_shown(server: Server) -> None:
    api = client.Client(Settings(server.base_url, "sentinel-wrong-key"))
    with pytest.raises(errors.Unauthorized, match=r"HTTP 403.*W365_PROVISIONING_KEY") as caught:
        api.list_environments()
    assert "sentinel" not in str(caught.value)
    assert server.management.count() == 1


def test_a_host_that_is_not_there_is_said_to_have_got_nothing(server: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        api = client.Client(Settings(f"http://127.0.0.1:{unused.getsockname()[1]}", server.provisioning_key, max_retries=1))
        with pytest.raises(errors.Unavailable, match=r"no connection .*Nothing was sent"):
            ONCE["createEnvironment"](api)


def test_a_slow_answer_ends_at_the_timeout_as_a_whole(api: client.Client, server: Server) -> None:
    server.management.inject(faults.Trickle(ms=100, operation="createEnvironment"))
    with pytest.raises(errors.Ambiguous, match="no complete answer within 1 s"):
        ONCE["createEnvironment"](api)


def test_names_travel_percent_encoded(api: client.Client, server: Server) -> None:
    server.management.seed("a/b c%d?é")
    api.deactivate_environment("a/b c%d?é")
    assert not server.management.environment("a/b c%d?é").is_active


@pytest.mark.parametrize("form", ["empty", "array", "object", "string", "text", "html"])
def test_every_form_of_error_body_is_read(api: client.Client, server: Server, form: Any) -> None:
    server.management.inject(faults.Status(status=400, form=form, text="is wrong", members=["ServerType"]))
    with pytest.raises(errors.Rejected, match="HTTP 400") as caught:
        api.set_exchange("contoso", server_type="Office365", default_ews_url=None)
    assert caught.value.fields == (("server_type",) if form in {"array", "object"} else ())


@given(
    st.integers(300, 599),
    st.one_of(
        st.binary(),
        st.text().map(str.encode),
        st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: repr(v).encode()),
    ),
)
def test_any_answer_becomes_one_line(status: int, body: bytes) -> None:
    message = str(error_messages.error_from_response("do it", "https://x.example.com", status, body))
    assert "\n" not in message
    assert f"HTTP {status}" in message


@pytest.mark.parametrize(
    "body", ['{"Id": "0", "TemporaryPassword": "hunter2-\\"x"}', '[{"clientSecret":"hunter2"}]', '{"Key": "hunter2-cut o']
)
def test_an_answer_that_should_have_been_a_success_does_not_give_its_secret_away(body: str) -> None:
    message = str(error_messages.error_from_response("do it", "https://x.example.com", 500, body.encode()))
    assert "[secret]" in message
    assert "hunter2" not in message


def test_the_limit_grows_with_quick_answers_and_halves_when_asked() -> None:
    limiter = Limiter(16)
    assert limiter.limit == 4
    for _ in range(20):
        limiter.on_success(0.01)
    assert limiter.limit == 16
    limiter.on_throttled()
    assert limiter.limit == 8
    limiter.on_success(5.0)
    assert limiter.limit == 8
    for _ in range(10):
        limiter.on_throttled()
    assert limiter.limit == 1


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "proxy", ["nonsense://proxy.example.com", "http://pröxy.example.com", "http://proxy.example.com:\u0663", "http://["]
)
def test_a_proxy_that_cannot_be_used_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(errors.ConfigurationError, match="HTTPS_PROXY or ALL_PROXY names cannot be used"):
        client.Client(Settings("https://portal.example.com", "key"))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://user:pass-word-1@127.0.0.1:1", "the proxy 127.0.0.1:1 refuses the connection; set HTTPS_PROXY or ALL_PROXY"),
        ("http://nowhere.invalid:3128", "the proxy nowhere.invalid:3128 has a name that cannot be resolved; set"),
    ],
)
def test_a_dead_proxy_is_not_called_an_unreachable_instance(monkeypatch: pytest.MonkeyPatch, address: str, says: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(errors.Unavailable) as caught:
        client.Client(Settings("https://portal.example.com", "key", max_retries=0)).list_environments()
    assert says in str(caught.value)
    assert "pass-word" not in str(caught.value)
    assert "w365:baseUrl" not in str(caught.value)


def test_an_observer_is_told_of_every_answer_with_its_time(server: Server) -> None:
    server.management.seed("contoso")
    server.management.inject(faults.Status(operation="listEnvironments", status=503, times=1))
    seen: list[transport.HttpExchange] = []
    observed = client.Client(Settings(server.base_url, server.provisioning_key, request_timeout=1), seen.append)
    observed.list_environments()
    assert [(exchange.status, exchange.request.method, exchange.seconds > 0) for exchange in seen] == [
        (503, "GET", True),
        (200, "GET", True),
    ]
    assert server.provisioning_key not in repr(seen)
