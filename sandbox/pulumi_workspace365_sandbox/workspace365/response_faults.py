"""Faults that change one thing about an honest answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from pulumi_workspace365_sandbox.workspace365 import faults
from pulumi_workspace365_sandbox.workspace365.responses import Response

_SOMETHING_NEW = {"somethingNew": {"nested": [1, None, "x"]}}
_WELL = {"OK", "NOT_APPLICABLE"}


def apply_fault(answer: Response, shape: faults.AnyFault) -> Response:
    """The answer with the fault in it; unchanged by faults that are not about the answer's value."""
    match shape:
        case faults.EmptyList():
            return replace(answer, value=[])
        case faults.TruncatedList(keep=keep):
            return replace(answer, value=answer.value[:keep])
        case faults.CreationDate(form=form):
            return replace(answer, value=[_dated(entry, form) for entry in answer.value])
        case faults.BadEntry():
            return replace(answer, value=_spoiled(answer.value, shape))
        case faults.UnknownFields():
            return replace(answer, value=_with_unknown_fields(answer.value))
        case faults.TemporaryPassword(value=password):
            return replace(answer, value=answer.value | {"TemporaryPassword": password})
        case faults.Health():
            return _health(answer, shape)
        case _:
            return answer


def _with_unknown_fields(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_unknown_fields(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_unknown_fields(item) for key, item in value.items()} | _SOMETHING_NEW
    return value


def _dated(entry: dict[str, Any], form: str) -> dict[str, Any]:
    if form == "absent":
        return {key: value for key, value in entry.items() if key != "creationDate"}
    return entry | {"creationDate": _date(datetime.fromisoformat(entry["creationDate"]), form)}


def _date(moment: datetime, form: str) -> str | None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=2)))
    forms = {
        "null": None,
        "dotnet": f"/Date({int(moment.timestamp() * 1000)})/",
        "day": f"{moment:%Y-%m-%d}",
        "zone": elsewhere.isoformat(),
        "unix": str(int(moment.timestamp())),
        "rfc1123": format_datetime(moment.astimezone(UTC), usegmt=True),
        "unzoned": moment.replace(tzinfo=None).isoformat(),
        "local": elsewhere.replace(tzinfo=None).isoformat(),
        "mislabelled": elsewhere.replace(tzinfo=UTC).isoformat(),
        "unreadable": "a while ago",
    }
    return forms[form]


def _spoiled(entries: list[dict[str, Any]], fault: faults.BadEntry) -> list[Any]:
    one = {"name": "somebody", "isActive": True, "creationDate": "2024-01-31T08:00:00Z"}
    if fault.of is None:
        return [*entries, *_bad(one, fault.form)]
    return [item for entry in entries for item in (_bad(entry, fault.form) if entry["name"] == fault.of else [entry])]


def _bad(entry: dict[str, Any], form: str) -> list[Any]:
    """What stands in the place of an entry."""
    nameless = {key: value for key, value in entry.items() if key != "name"}
    forms: dict[str, list[Any]] = {
        "empty": [entry | {"name": ""}],
        "null": [entry | {"name": None}],
        "number": [entry | {"name": 365}],
        "absent": [nameless],
        "dots": [entry | {"name": ".."}],
        "long": [entry | {"name": entry["name"] * 1000}],
        "active": [entry | {"isActive": "perhaps"}],
        "date": [entry | {"creationDate": {"year": 2024}}],
        "twice": [entry, entry | {"isActive": not entry["isActive"]}],
        "text": [entry["name"]],
        "nothing": [None],
    }
    return forms[form]


def _health(answer: Response, fault: faults.Health) -> Response:
    components = {item["component"]: dict(item) for item in answer.value["components"]}
    for name, status in fault.components.items():
        components.setdefault(name, {"component": name, "responseTime": "00:00:00.0010000"})["status"] = status
    if fault.response_time is not None:
        components = {name: item | {"responseTime": fault.response_time} for name, item in components.items()}
    well = all(item["status"] in _WELL for item in components.values())
    overall = fault.overall if fault.overall is not None else ("OK" if well else "FAIL")
    return replace(
        answer, status=fault.status, value=answer.value | {"overallStatus": overall, "components": [*components.values()]}
    )
