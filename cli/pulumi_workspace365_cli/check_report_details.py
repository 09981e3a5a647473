"""What the checks of a stack are about, from its state: environments, WebSocket APIs and what a handshake has to pass.

Only the HTML page shows them. Policies are shown by the names of their statements, without values.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from pulumi_workspace365_cli import dates
from pulumi_workspace365_cli.report import Column, NetworkNode, NetworkPath, Report, Row, Table
from pulumi_workspace365_cli.stack_state import StackState, StateResource
from pulumi_workspace365_components.validation.checks import WebSocketCheck
from pulumi_workspace365_components.validation.verdicts import Verdict

_ENVIRONMENTS = (
    *map(Column, ("environment", "active", "created")),
    Column("sign-on", "prose"),
    *map(Column, ("Exchange", "SharePoint")),
)
_APIS = (Column("API"), Column("address", "prose"), Column("backend", "prose"), Column("handshakes tried", "status"))
_SETTINGS = (("OAuth2SignOn", "authority"), ("ExchangeSettings", "server_type"), ("SharePointSettings", "authentication_type"))


def add_deployed_resources(report: Report, state: StackState, found: Sequence[Verdict]) -> Report:
    """The report of checks with what the stack deployed.

    Args:
        report: of ``w365 check``.
        state: of the stack.
        found: the verdicts; handshakes are shown beside the API that they tested.
    """
    apis = [_Api(component, state, found) for component in state.web_socket_apis]
    tables = [
        Table("Environments", _ENVIRONMENTS, tuple(_environments(state))),
        Table("WebSocket APIs", _APIS, tuple(api.row for api in apis)),
    ]
    return dataclasses.replace(report, background=tuple(table for table in tables if table.rows))


def _environments(state: StackState) -> Iterator[Row]:
    for environment in sorted(state.environments, key=lambda item: item.id.casefold()):
        own = {item.kind: item for item in state.settings if (item.id, item.instance) == (environment.id, environment.instance)}
        settings = (own[kind].text_output(name) if kind in own else None for kind, name in _SETTINGS)
        created = environment.text_output("creation_date")
        active = {True: "yes", False: "no"}.get(environment.outputs.get("is_active"), "")  # type: ignore[arg-type]  # whatever it is
        yield Row((environment.id, active, str(dates.day(created) or created or ""), *(text or "" for text in settings)))


class _Api:
    """One WebSocket API, and the handshakes that were tried on it."""

    def __init__(self, component: StateResource, state: StackState, found: Sequence[Verdict]) -> None:
        self._component = component
        self._address = component.text_output("websocket_url") or ""
        own = next((item for item in state.api_resources if item.parent == component.urn), None)
        self._backend = _plain((own.text_output("serviceUrl") if own else None) or "")
        self._needs_key = own is not None and own.outputs.get("subscriptionRequired") is True
        self._verdicts = [verdict for verdict in found if self._is_mine(verdict)]

    def _is_mine(self, verdict: Verdict) -> bool:
        check = verdict.check
        return isinstance(check, WebSocketCheck) and bool(self._address) and _plain(check.url) == _plain(self._address)

    @property
    def row(self) -> Row:
        passed = sum(verdict.state == "passed" for verdict in self._verdicts)
        failed = any(verdict.is_failure for verdict in self._verdicts)
        result = f"{passed} of {len(self._verdicts)} as expected" if self._verdicts else "none"
        verdict = "failed" if failed else "ok" if self._verdicts else "skipped"
        cells = (self._component.name, _plain(self._address), self._backend, result)
        return Row(cells, verdict, self._handshake)  # type: ignore[arg-type]  # a Verdict

    @property
    def _handshake(self) -> NetworkPath:
        """The path from the client to the backend, with the gateway's requirements for a handshake."""
        trouble = tuple(verdict.message for verdict in self._verdicts if verdict.is_failure)
        gateway = ("API Management", _plain(self._address), trouble)
        steps = [("Client", "sends the handshake", ()), gateway, *((name, how, ()) for name, how in self._statements())]
        steps.append(("Backend", self._backend, ()))
        nodes = tuple(
            NetworkNode(str(at), label, detail, problem, (str(at + 1),), "failed" if problem else "ok")
            for at, (label, detail, problem) in enumerate(steps)
        )
        return NetworkPath(f"{self._component.name}: what a handshake passes", nodes)

    def _statements(self) -> Iterator[tuple[str, str]]:
        if self._needs_key:
            yield "subscription key", "required by the API"
        try:
            inbound = ET.fromstring(self._component.text_output("policy_xml") or "<policies/>").find("inbound")  # noqa: S314  of our own state
        except ET.ParseError:
            yield "policy", "it is no plain XML"
            return
        for statement in inbound if inbound is not None else ():
            if statement.tag != "base":
                yield str(statement.tag), "onHandshake policy"


def _plain(url: str) -> str:
    """An address without user, query and fragment: these may hold secrets."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        return ""
