"""Tests on the temporary environment: licensing, export and import, settings, activation and deactivation."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pulumi_workspace365 import errors
from pulumi_workspace365_cli.conformance import create_checks, environment_name
from pulumi_workspace365_cli.conformance.session import Extra, Session
from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment

_AUTHORITY = "https://login.windows.net/example.onmicrosoft.com/"
_CLIENT_ID = "00000000-0000-0000-0000-000000000000"
_NO_SECRET = "invalid-key-of-no-app-registration"  # noqa: S105  of no app registration
_EWS_URL = "https://outlook.office365.com/ews/exchange.asmx"
_WHEN_AND_WHERE = "exportImportInfo"


def run_checks(session: Session, throwaway: ThrowawayEnvironment) -> None:
    """Run all tests on the environment; it is active at the end.

    Raises:
        StoppedError: the run was interrupted, or the deadline has passed.
    """
    _licensing(session, throwaway)
    _other_case(session, throwaway)
    _export(session, throwaway)
    _settings(session, throwaway)
    _activation(session, throwaway)


def _licensing(session: Session, throwaway: ThrowawayEnvironment) -> None:
    with session.checking("reading its licensing, version 4.0", "licensing-4.0"):
        session.client_without_retries.get_licensing(throwaway.name, "4.0")
        _holds(session, "licensing-4.0", "licensing")
    with session.checking("reading its licensing, version 3.5", "licensing-3.5"):
        read = session.client_without_retries.get_licensing(throwaway.name, "3.5")
        method = {True: "new", False: "old", None: "not stated"}[read.customer.use_new_billing_method]
        missing = [] if read.summary else ["former licences"]
        missing += [] if read.customer.use_new_billing_method is not None else ["UseNewBillingMethod"]
        if missing:
            session.record_finding(
                "licensing-3.5",
                "differs",
                f"{' and '.join(missing)} missing; {_last_response(session, 'licensing')}",
                "They are missing in the licensing report.",
            )
        else:
            _holds(session, "licensing-3.5", "licensing", f"billing method {method}")


def _other_case(session: Session, throwaway: ThrowawayEnvironment) -> None:
    other = environment_name.swap_case(throwaway.name)
    if other == throwaway.name or other in session.names:
        return
    with session.checking("reading it with its name in another case", "name-case"):
        found = session.client_without_retries.exists(other)
        observed = {True: "the same environment: case is ignored", False: "no environment: names are compared exactly", None: ""}[
            found
        ]
        if found is None:
            session.record_finding("name-case", "inconclusive", "the instance does not offer licensing")
        else:
            session.record_finding("name-case", "holds", observed)


def _export(session: Session, throwaway: ThrowawayEnvironment) -> None:
    with session.checking("exporting it twice", "export"):
        one, other = (session.client_without_retries.export_environment(throwaway.name) for _ in range(2))
        if _content(one) == _content(other):
            _holds(session, "export", "export")
        else:
            changed = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
            session.record_finding(
                "export",
                "differs",
                f"the second export differs from the first in {', '.join(name for name in changed if name != _WHEN_AND_WHERE)[:200]}",
                "If the response to an import is lost, exports do not show whether it was applied: check the environment yourself.",
            )
        if Extra.IMPORT in session.extras:
            _import(session, throwaway, other)


def _import(session: Session, throwaway: ThrowawayEnvironment, exported: dict[str, Any]) -> None:
    with session.checking("importing the export", "import"):
        session.client_without_retries.import_environment(throwaway.name, exported)
        response = _last_response(session, "import")
        if _content(session.client_without_retries.export_environment(throwaway.name)) == _content(exported):
            session.record_finding("import", "holds", f"{response}; the next export is equal")
        else:
            session.record_finding(
                "import",
                "differs",
                f"{response}; the next export differs",
                "If the response is lost, check yourself whether the import was applied.",
            )
        _import_again(session, throwaway, exported)


def _import_again(session: Session, throwaway: ThrowawayEnvironment, exported: dict[str, Any]) -> None:
    with session.checking("importing it again", "import-again"):
        try:
            session.client_without_retries.import_environment(throwaway.name, exported)
        except errors.Rejected as refusal:
            session.record_finding(
                "import-again", "holds", f"{_last_response(session, 'import')}; {_server_message(str(refusal))}"
            )
            return
        session.record_finding(
            "import-again",
            "differs",
            _last_response(session, "import"),
            "A second import overwrites changes made since the first.",
        )


def _settings(session: Session, throwaway: ThrowawayEnvironment) -> None:
    name, once = throwaway.name, session.client_without_retries
    with session.checking("setting Exchange", "exchange"):
        once.set_exchange(name, server_type="Office365", default_ews_url=_EWS_URL)
        once.set_exchange(name, server_type="Office365", default_ews_url=None)
        _holds(session, "exchange", "Exchange")
    with session.checking("setting SharePoint", "share-point"):
        once.set_share_point(name, authentication_type="Online", default_url=None)
        _holds(session, "share-point", "SharePoint")
    with session.checking("setting the sign-on", "sign-on"):
        try:
            once.set_oauth2(name, authority=_AUTHORITY, client_id=_CLIENT_ID, key=_NO_SECRET)
            _holds(session, "sign-on", "sign-on")
        except errors.NotFound:
            session.record_finding(
                "sign-on",
                "differs",
                f"{_last_response(session, 'sign-on')}: as documented for instances on premises",
                "Do not use OAuth2SignOn on this instance.",
            )


def _activation(session: Session, throwaway: ThrowawayEnvironment) -> None:
    once, name = session.client_without_retries, throwaway.name
    with session.checking("activating it", "activate-again"):
        _make_active(session, throwaway)
        _repeated(session, "activate-again", "activate", lambda: once.activate_environment(name))
    with session.checking("activating it without Content-Length", "length"):
        _length(session, throwaway)
    with session.checking("deactivating it", "deactivate", "deactivate-again"):
        once.deactivate_environment(name)
        response = _last_response(session, "deactivate")
        after = _until_active(session, throwaway, active=False)
        if not throwaway.record.listed:
            session.record_finding("deactivate", "inconclusive", f"{response}; the list does not show the environment")
        elif after is None:
            session.record_finding(
                "deactivate",
                "differs",
                f"{response}; not shown on the list in time",
                "Changes of `active` fail although they succeeded on the instance.",
            )
        else:
            create_checks.record_listing_delay(session, "deactivate", after)
        _repeated(session, "deactivate-again", "deactivate", lambda: once.deactivate_environment(name))
    with session.checking("activating it again"):
        _make_active(session, throwaway)


def _make_active(session: Session, throwaway: ThrowawayEnvironment) -> None:
    """Activate it only if it is not active: another test activates an active environment."""
    entry = throwaway.find_on_list()
    if entry is None or not entry.is_active:
        session.client_without_retries.activate_environment(throwaway.name)
        _until_active(session, throwaway, active=True)


def _until_active(session: Session, throwaway: ThrowawayEnvironment, *, active: bool) -> float | None:
    if not throwaway.record.listed:
        return None
    _, after = session.deadline.poll(
        throwaway.find_on_list, lambda entry: entry is not None and entry.is_active is active, session.settings.settle_seconds
    )
    return after


def _repeated(session: Session, key: str, operation: str, again: Callable[[], None]) -> None:
    try:
        again()
        _holds(session, key, operation)
    except errors.Rejected:
        session.record_finding(
            key, "differs", _last_response(session, operation), "None: a change that the list already shows is not sent."
        )


def _length(session: Session, throwaway: ThrowawayEnvironment) -> None:
    response = session.send_nonstandard(
        "PUT", f"/Provisioning/Environment/{quote(throwaway.name, safe='')}/Activate/", {"Content-Length": None}
    )
    if response.status == 411:
        session.record_finding("length", "holds", response.description)
    else:
        session.record_finding("length", "differs", response.description, "None: the header is always sent.")


def _holds(session: Session, key: str, operation: str, more: str = "") -> None:
    response = _last_response(session, operation)
    session.record_finding(key, "holds", f"{response}; {more}" if more else response)


def _last_response(session: Session, operation: str) -> str:
    response = session.observed.last(operation)
    return response.description if response else "no response"


def _server_message(refusal: str) -> str:
    return refusal.partition("The server says: ")[2][:200] or "no reason"


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """The content of a configuration: without the time of the export and without empty sections."""
    return {name: value for name, value in document.items() if name != _WHEN_AND_WHERE and value not in (None, [], {})}
