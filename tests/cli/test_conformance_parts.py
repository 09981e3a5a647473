"""What ``w365 conformance`` makes of names, dates, shapes and times, without a server."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_workspace365_cli.conformance import creation_dates, environment_name, preflight, response_shapes
from pulumi_workspace365_cli.conformance.observations import Observations, ObservedResponse

TOKEN = "7f3a91c2"
BEGAN = datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)
CREATE = creation_dates.CreateTiming(BEGAN, BEGAN + timedelta(seconds=4))


@pytest.mark.parametrize(
    ("got", "said", "exact"),
    [
        ("W365 Conformance-7f3a91c2_Prüfung", "unchanged: upper case, blank, hyphen, underscore and umlaut", True),
        ("W365Conformance-7f3a91c2Prfung", "upper case kept, blank removed, hyphen kept, underscore removed, umlaut removed", True),
        ("w365-conformance-7f3a91c2-pruefung", "upper case lowered, blank replaced by '-', hyphen kept, underscore replaced by '-', umlaut replaced by 'ue'", False),
        ("W365 Conformance-7f3a91c2_Prüfung2", "upper case kept, blank kept, hyphen kept, underscore kept, umlaut kept, '2' appended", False),
        ("W365-Conformance", "truncated", False),
        ("T0001", "an unrelated name", False),
        ("", "an unrelated name", False),
    ],
)  # fmt: skip
def test_what_was_made_of_a_name(got: str, said: str, exact: bool) -> None:
    asked = environment_name.special_character_name(TOKEN)
    assert environment_name.describe_renaming(asked, got, TOKEN) == said
    assert environment_name.keeps_predictable(asked, got, TOKEN) is exact


def test_no_name_takes_long() -> None:
    worst = "w365conformance7f3a91c2pr" * 40_000
    began = time.process_time()
    environment_name.describe_renaming(environment_name.special_character_name(TOKEN), worst, TOKEN)
    environment_name.describe_renaming(environment_name.special_character_name(TOKEN), worst[:200], TOKEN)
    assert environment_name.looks_left_over("w365conformance" + "0" * 1_000_000)
    assert len(environment_name.display_name(worst)) < 250
    assert time.process_time() - began < 5


def test_a_left_over_is_known_by_its_name_whatever_was_made_of_it() -> None:
    for name in ("W365 Conformance-7f3a91c2_Prüfung", "w365-conformance-7f3a91c2", "W365Conformance7F3A91C2Pruefung2"):
        assert environment_name.looks_left_over(name)
        assert environment_name.contains_token(name, TOKEN)
    for name in ("W365 Conformance", "w365-conformance-customer", "contoso"):
        assert not environment_name.looks_left_over(name)
    assert environment_name.swap_case("é-Übung") == "é-Übung".replace("b", "B")
    assert environment_name.swap_case("0815") == "0815"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-03-01T10:20:33+00:00", timedelta()),
        ("2026-03-01T12:20:33+02:00", timedelta()),
        ("2026-03-01T12:20:33", timedelta(hours=2)),
        ("2026-03-01T04:50:33", timedelta(hours=-5, minutes=-30)),
        ("2026-03-01T12:20:33Z", timedelta(hours=2)),
        ("2026-03-01T10:27:33Z", None),
        ("2020-03-01T10:20:33Z", None),
        ("/Date(1772360432000)/", timedelta()),
        ("1772360432", timedelta()),
        ("a while ago", None),
    ],
)
def test_how_far_a_date_is_from_its_create(text: str, offset: timedelta | None) -> None:
    assert creation_dates.clock_offset(text, CREATE) == offset
    assert creation_dates.may_belong_to(text, CREATE) is (offset is not None)


def test_a_day_and_no_date_at_all_tell_little() -> None:
    assert creation_dates.is_day_only("2026-03-01")
    assert creation_dates.is_day_only("2026-03-01T00:00:00.000Z")
    assert not creation_dates.is_day_only("2026-03-01T10:00:00")
    assert creation_dates.may_belong_to("2026-03-02", CREATE)
    assert not creation_dates.may_belong_to("2026-03-04", CREATE)
    assert creation_dates.may_belong_to(None, CREATE)


def test_the_instance_s_own_clock_counts() -> None:
    ahead = creation_dates.CreateTiming(BEGAN, BEGAN, timedelta(hours=1))
    assert creation_dates.clock_offset("2026-03-01T11:20:30Z", ahead) == timedelta()


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b"", "empty"),
        (b" <html>", "an HTML or XML page"),
        (b"secret words", "text that is not JSON"),
        (b'"secret"', "text"),
        (b'{"Id": "0f8fad5b-d9cb-469f-a165-70867728950e", "n": 1, "x": 1.5, "y": null, "z": true}', "{Id: GUID, n: whole number, x: number, y: null, z: boolean}"),
        (b'[{"name": "contoso"}, {"name": "fabrikam"}]', "[2 of {name: text}]"),
        (b'{"contoso & sons": {"a": {"b": {}}}}', "{(a field): {a: {…}}}"),
        (b"[" * 100_000, "text that is not JSON"),
        (b"1" * 6_000, "text that is not JSON"),
        (b'"' + b"x" * 5_000_000 + b'"', "too large to be described"),
    ],
)  # fmt: skip
def test_a_shape_holds_no_value(body: bytes, shape: str) -> None:
    assert response_shapes.describe_shape(body) == shape


def test_a_shape_is_short() -> None:
    assert (
        len(
            response_shapes.describe_shape(
                json.dumps({f"a{number}": {f"b{number}": 1 for number in range(99)} for number in range(99)}).encode()
            )
        )
        < 4000
    )


def seen(seconds: float, **more: Any) -> ObservedResponse:
    return replace(ObservedResponse("export", "", 200, "", "", 0, seconds, None, ()), **more)


@pytest.mark.parametrize(
    ("timeout", "answer", "key", "verdict"),
    [
        (60.0, seen(19.0), "latency", "holds"),
        (60.0, seen(21.0), "latency", "differs"),
        (60.0, seen(0.1, limits=("x-ratelimit-remaining",)), "limits", "holds"),
        (60.0, seen(0.1, status=429), "limits", "differs"),
        (60.0, seen(0.1, status=503, limits=("retry-after",)), "limits", "differs"),
        (60.0, seen(0.1, status=503), "limits", "holds"),
        (60.0, seen(0.1, status=302), "redirects", "differs"),
        (60.0, seen(0.1, skew=timedelta(seconds=301)), "clock", "differs"),
        (60.0, seen(0.1, skew=timedelta(seconds=-299)), "clock", "holds"),
        (60.0, seen(0.1), "clock", "inconclusive"),
    ],
)
def test_what_all_answers_together_tell(timeout: float, answer: ObservedResponse, key: str, verdict: str) -> None:
    observed = Observations()
    observed.responses.append(answer)
    found: dict[str, str] = {}
    session: Any = SimpleNamespace(
        observed=observed,
        nonstandard_responses=Observations(),
        settings=SimpleNamespace(request_timeout=timeout),
        record_finding=lambda key, verdict, *_: found.update({key: verdict}),
    )
    preflight.run_final_checks(session)
    assert found[key] == verdict
