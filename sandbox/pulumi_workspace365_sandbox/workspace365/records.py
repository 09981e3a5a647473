"""What the server keeps and what the management interface shows: one shape for the server, the client and the disk."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

Operation = Literal[
    "createEnvironment",
    "activateEnvironment",
    "deactivateEnvironment",
    "deleteEnvironment",
    "listEnvironments",
    "setOAuth2",
    "getLicensing",
    "exportEnvironment",
    "importEnvironment",
    "setExchange",
    "setSharePoint",
    "getHealth",
]
SanitiserName = Literal["identity", "lower", "strip", "collide", "transliterate", "customer_number", "steering"]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Licensing(Record):
    """Counts of active users: `summary` by licence (3.5 only), the module counts for regular and for guest users."""

    summary: dict[str, int] = {"guest": 0, "simplify": 0, "adapt": 0, "boost": 1}
    regular_users: dict[str, int] = {"hybrid": 0, "engage": 0, "unify": 1}
    guest_users: dict[str, int] = {"hybrid": 0, "engage": 0, "unify": 0}
    customer_name: str = ""
    reference_number: str = ""
    customer_type: int = 1
    industry: int = 13
    use_new_billing_method: bool = True


class Environment(Record):
    """One environment as the server knows it; the settings under the field names of the wire, readable only here."""

    name: str
    id: str
    creation_date: str
    requested_name: str
    email_address: str
    first_name: str
    last_name: str
    temporary_password: str
    is_active: bool = True
    oauth2: dict[str, str] = {}
    exchange: dict[str, str] = {}
    sharepoint: dict[str, str] = {}
    users: int = 1
    imported: bool = False
    configuration: dict[str, Any] = {}
    licensing: Licensing = Field(default_factory=Licensing)


class ServerOptions(Record):
    """How the instance is configured, for every call until it is changed; README.md explains each."""

    sanitiser: SanitiserName = "identity"
    on_collision: Literal["refuse", "number", "existing"] = "refuse"
    ignore_case: bool = False
    listed_name: Literal["kept", "lower"] = "kept"
    recreated_date: Literal["new", "kept"] = "new"
    address_delay: NonNegativeInt = 0
    repetition: Literal["accept", "refuse"] = "accept"
    delete_active: Literal["accept", "refuse"] = "accept"
    demand_length: bool = True
    clock_ahead: int = 0
    export: Literal["stable", "changing"] = "stable"
    wrong_key_status: Literal[401, 403] = 403
    new_is_active: bool = True
    provisioning_api_enabled: bool = True
    health_api_enabled: bool = True
    header_refusal: Literal["status", "html", "none"] = "status"
    on_premises: bool = False
    not_empty_message: str = "Omgeving is niet leeg"


class Keys(Record):
    """The two keys of the instance; an empty one is "not defined in the configuration" and refuses every call."""

    provisioning_key: str
    health_api_key: str


class Request(Record):
    """One request as it arrived. Names of headers (lower case) and body fields, never the values of secrets."""

    number: int
    operation: Operation | None
    environment: str | None
    method: str
    path: str
    query: dict[str, str]
    host: str
    connection: int = Field(description="the client's port: requests over one connection have the same")
    headers: list[str]
    content_length: str | None
    content_type: str | None
    accept: str | None
    fields: list[str]
    in_flight: int = Field(description="requests being served when it arrived, itself included")
    faults: list[str] = []
    status: int | None = Field(default=None, description="None: the connection ended without an answer, or is still open")
    ms: float | None = None


class Statistics(Record):
    """Counted since the start, the last `clear_requests` or the last `reset`."""

    requests: int
    by_operation: dict[str, int]
    in_flight: int
    max_in_flight: int
    max_in_flight_by_operation: dict[str, int]
    connections: int


class State(Record):
    """Everything the server holds, except the request history."""

    keys: Keys
    options: ServerOptions
    environments: dict[str, Environment]
    faults: list[dict[str, Any]]
    statistics: Statistics
