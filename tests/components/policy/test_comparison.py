"""Policies that mean the same are the same, however they are written; others are told apart by path."""

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<set-header name="a" exists-action="override" />', '<set-header name="a" />'),
        ('<rate-limit calls="5" renewal-period="PT1M" />', '<rate-limit renewal-period="60" calls="5" />'),
        ('<rate-limit calls="5" renewal-period="PT1H2M3S" />', '<rate-limit renewal-period="3723" calls="5" />'),
        ('<set-variable name="a" value="@( a  ==  b )" />', '<set-variable name="a" value="@(a==b)" />'),
        (
            '<set-variable name="a" value="@{&#10;&#9;return /* why */ x;&#10;}" />',
            '<set-variable name="a" value="@{return x;}" />',
        ),
        ("<audience>\n  chat\n</audience>", "<audience>chat</audience>"),
        ("<wait for='all'><choose /></wait>", "<wait>\n\n<!-- both -->\t<choose/></wait>"),
        ('<trace source="a" severity="verbose"><message>b</message></trace>', '<trace source="a"><message>b</message></trace>'),
        (
            '<retry condition="@(true)" count="1" interval="1" first-fast-retry="False" />',
            '<retry condition="@(true)" count="1" interval="1" />',
        ),
        (
            "<choose><when condition='@(true)'><set-header name='a' exists-action='override'/></when></choose>",
            "<choose><when condition='@(true)'><set-header name='a'/></when></choose>",
        ),
        (
            "<policies><inbound><base /></inbound></policies>",
            "<policies><outbound /><on-error></on-error><inbound><base /></inbound></policies>",
        ),
        ("<validate-azure-ad-token tenant-id='a' header-name='Authorization' />", "<validate-azure-ad-token tenant-id='a' />"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert policies.equivalent(one, other)
    assert policies.differences(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ('<rate-limit calls="5" renewal-period="60" />', '<rate-limit calls="6" renewal-period="60" />', ["rate-limit/@calls"]),
        ('<set-header name="a" exists-action="skip" />', '<set-header name="a" />', ["set-header/@exists-action"]),
        ('<set-variable name="a" value="@(a - -b)" />', '<set-variable name="a" value="@(a--b)" />', ["set-variable/@value"]),
        ('<set-variable name="a" value="@(new Foo)" />', '<set-variable name="a" value="@(newFoo)" />', ["set-variable/@value"]),
        (
            '<set-variable name="a" value="@(&quot;x  y&quot;)" />',
            '<set-variable name="a" value="@(&quot;x y&quot;)" />',
            ["set-variable/@value"],
        ),
        ("<choose><a /><b /></choose>", "<choose><b /><a /></choose>", ["choose/b"]),
        ("<audience>chat</audience>", "<audience>news</audience>", ["audience/text()"]),
        ("<value>True</value>", "<value>true</value>", ["value/text()"]),
        ("<cors />", "<base />", ["cors"]),
        (
            "<policies><inbound><base /><set-header name='a'><value>1</value></set-header></inbound></policies>",
            "<policies><inbound><base /><set-header name='a'><value>2</value></set-header></inbound></policies>",
            ["policies/inbound/set-header/value/text()"],
        ),
        (
            "<policies><inbound><base /></inbound></policies>",
            "<policies><inbound><base /></inbound><on-error><trace source='a' /></on-error></policies>",
            ["policies/on-error/trace"],
        ),
    ],
)
def test_these_differ_and_only_the_path_is_told(one: str, other: str, where: list[str]) -> None:
    assert not policies.equivalent(one, other)
    assert sorted(policies.differences(one, other)) == sorted(where)


def test_a_handshake_is_compared_with_the_text_that_the_service_gives_back() -> None:
    handshake = policies.ready.allowed_origins("https://a.example.com")
    assert policies.equivalent(handshake, handshake.xml().replace("\n", "\r\n").replace("\t", "    "))
    assert policies.differences(handshake, handshake.xml().replace("403", "404")) == [
        "policies/inbound/check-header/@failed-check-httpcode"
    ]


def test_what_is_deferred_is_the_same_as_itself_only() -> None:
    one, other = object(), object()
    built = [policies.element("a", attributes={"b": value}) for value in (one, one, other)]
    assert policies.equivalent(built[0], built[1])
    assert not policies.equivalent(built[0], built[2])
