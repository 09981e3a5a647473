"""JSON on the wire, both directions (docs/provisioning-api.md#environments to §9).

The API mixes casings (docs/provisioning-api.md#names, quirk 3), so answers are read with their keys' case ignored; unknown keys are ignored too.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pulumi_dynamic_host import safe_text

_LONGEST_NAME = 1000
"""Characters that an environment's name may have: longer ones fit in no address."""


class ResponseModel(BaseModel):
    """An object that the server sends. Keys are matched ignoring case; what is unknown is ignored.

    Its texts can be stored, and shown by whatever prints them: they are spelled (:func:`pulumi_dynamic_host.safe_text.escape_controls`), but for secrets.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _fold_keys(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        names = {name.replace("_", ""): name for name in cls.model_fields}
        folded = ((names.get(str(key).casefold().replace("_", "")), value) for key, value in data.items())
        return {name: _text(value, name) if isinstance(value, str) else value for name, value in folded if name}


def _text(value: str, field: str) -> str:
    return (
        safe_text.escape_surrogates(value)
        if field == "temporary_password"
        else safe_text.escape_controls(safe_text.escape_surrogates(value))
    )


def _id(value: Any) -> str | None:
    text = safe_text.json_to_text(value)
    return None if text is None else safe_text.escape_controls(text)


def _name(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


class CreatedEnvironment(ResponseModel):
    """The answer to a create (docs/provisioning-api.md#create): the only place where the id and the temporary password ever appear.

    Fields of a wrong type are not rejected. ``environment_name`` is empty if the response contains no name.
    """

    environment_name: Annotated[str, BeforeValidator(_name)] = ""
    id: Annotated[str | None, BeforeValidator(_id)] = None
    temporary_password: Annotated[SecretStr | None, BeforeValidator(safe_text.json_to_text)] = None


class EnvironmentEntry(ResponseModel):
    """One row of the environment list (docs/provisioning-api.md#list). ``creation_date`` is the server's text, as sent (A-10); a number is taken as one."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: str = Field(min_length=1, strict=True)
    """The name that the server uses, and the key of every call."""
    is_active: bool
    """Whether users can sign in."""
    creation_date: str | None = None
    """The creation date, unparsed."""


@dataclass(frozen=True)
class UnreadableEntry:
    """An entry of the environment list that does not certainly identify an environment.

    Args:
        name: its name as sent; ``None`` where none can be made out, so that it may be any environment.
        reason: why it cannot be read, in words.
        content: the row as JSON, by which it is recognised in the next list.
    """

    name: str | None
    reason: str
    content: str

    @property
    def label(self) -> str:
        """What it is called: its name, else something that the same row is called in every list."""
        return self.name or f"(unreadable entry {hashlib.sha256(self.content.encode()).hexdigest()[:8]})"


class EnvironmentList(list[EnvironmentEntry]):
    """The environments of an instance, and what else stands on its list."""

    def __init__(self, entries: Iterable[EnvironmentEntry] = (), unreadable: Iterable[UnreadableEntry] = ()) -> None:
        super().__init__(entries)
        self.unreadable = tuple(unreadable)

    @classmethod
    def from_wire(cls, rows: list[Any], refuse: Callable[[str], str | None]) -> "EnvironmentList":
        """Read each row for itself: what is wrong with one concerns no other.

        Args:
            rows: the list, decoded.
            refuse: why a name cannot be an environment's, or ``None``.
        """
        read = [_row(row, refuse) for row in rows]
        by_name: dict[str, set[EnvironmentEntry]] = {}
        for entry in read:
            if isinstance(entry, EnvironmentEntry):
                by_name.setdefault(entry.name, set()).add(entry)
        contradicted = {name for name, entries in by_name.items() if len(entries) > 1}
        unreadable = [entry for entry in read if isinstance(entry, UnreadableEntry)]
        unreadable += [
            UnreadableEntry(name, "it is listed more than once, with different values", json.dumps([name]))
            for name in sorted(contradicted)
        ]
        return cls((entries.pop() for name, entries in by_name.items() if name not in contradicted), unreadable)


def invalid_name_reason(name: str) -> str | None:
    """Why a text cannot be an environment's name, in words; ``None`` where it can."""
    name = safe_text.unescape_controls(name)
    if not name.strip(". "):
        return "its name consists of dots and spaces only"
    return f"its name is longer than {_LONGEST_NAME} characters" if len(name) > _LONGEST_NAME else None


def _row(row: Any, refuse: Callable[[str], str | None]) -> EnvironmentEntry | UnreadableEntry:
    if not isinstance(row, Mapping):
        return UnreadableEntry(None, "it is no object", _content(row))
    name = next((value for key, value in row.items() if str(key).casefold() == "name"), None)
    named = safe_text.escape_controls(safe_text.escape_surrogates(name)) if isinstance(name, str) and name.strip() else None
    try:
        entry = EnvironmentEntry.model_validate(row)
    except ValidationError as problem:
        wrong = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in problem.errors()[:3])
        return UnreadableEntry(named, wrong, _content(row))
    reason = refuse(entry.name)
    return entry if reason is None else UnreadableEntry(named, reason, _content(row))


def _content(row: Any) -> str:
    try:
        return json.dumps(row, sort_keys=True)
    except RecursionError:
        return "nested too deeply"


class ModuleCounts(ResponseModel):
    """Active users with each module (docs/provisioning-api.md#licensing)."""

    hybrid: int | None = None
    """Users with Hybrid."""
    engage: int | None = None
    """Users with Engage."""
    unify: int | None = None
    """Users with Unify."""


class ModuleSummary(ResponseModel):
    """Module counts of employees and of guests."""

    regular_users: ModuleCounts = ModuleCounts()
    """Employees."""
    guest_users: ModuleCounts = ModuleCounts()
    """Guests."""


class LicenceSummary(ResponseModel):
    """Active users with each former licence (version 3.5 only)."""

    guest: int | None = None
    """Users with Guest."""
    simplify: int | None = None
    """Users with Simplify."""
    adapt: int | None = None
    """Users with Adapt."""
    boost: int | None = None
    """Users with Boost."""


class Customer(ResponseModel):
    """Who is billed. Numbers that this version does not know are shown as ``Unknown (n)``."""

    name: str | None = None
    """The customer's name."""
    reference_number: str | None = None
    """The customer's reference number."""
    customer_type: int | None = None
    """The number of the customer's type."""
    industry: int | None = None
    """The number of the customer's industry."""
    use_new_billing_method: bool | None = None
    """Version 3.5 only (A-14)."""

    @property
    def customer_type_name(self) -> str | None:
        """Such as ``Business``."""
        return _named(self.customer_type, _CUSTOMER_TYPES)

    @property
    def industry_name(self) -> str | None:
        """Such as ``Health Care``."""
        return _named(self.industry, _INDUSTRIES)


class Licensing(ResponseModel):
    """Licence and module counts of one environment (docs/provisioning-api.md#licensing)."""

    summary: LicenceSummary | None = None
    """The former licences; version 3.5 only."""
    module_summary: ModuleSummary
    """The modules."""
    customer: Customer
    """Who is billed."""


class ComponentHealth(ResponseModel):
    """One component as the answering web server sees it (docs/provisioning-api.md#health). Unknown statuses pass through and count as unhealthy."""

    component: str
    """The component's name."""
    status: str
    """``OK``, ``NOT_APPLICABLE``, or what else the server says."""
    response_time: str | None = None
    """The response time, as the server says it."""

    @property
    def is_healthy(self) -> bool:
        """Available, or not in use here."""
        return self.status in {"OK", "NOT_APPLICABLE"}


class Health(ResponseModel):
    """The instance's health as one web server sees it; behind a load balancer the next answer may differ (docs/provisioning-api.md#health)."""

    overall_status: str
    """``OK``, or what else the server says."""
    components: list[ComponentHealth]
    """The components."""
    product_version: str | None = None
    """The version of Workspace 365."""

    @property
    def is_healthy(self) -> bool:
        """Whether the whole and every component are."""
        return self.overall_status == "OK" and all(component.is_healthy for component in self.components)


def _named(number: int | None, names: tuple[str, ...]) -> str | None:
    if number is None:
        return None
    return names[number - 1] if 1 <= number <= len(names) else f"Unknown ({number})"


_CUSTOMER_TYPES = ("Business", "Education", "Non-Profit", "Distributor")
_INDUSTRIES = (
    *("Agriculture", "Chemical", "Construction", "Defense", "Education", "Energy", "Entertainment", "Financial", "Food"),
    *("Governmental", "Health Care", "Hospitality", "Information Technology", "Manufacturing", "Other", "Software"),
    *("Telecommunications", "Transport"),
)
