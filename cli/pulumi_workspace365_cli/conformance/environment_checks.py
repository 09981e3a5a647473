"""What the throw-away environment shows while it is there: read, switched off and on, given settings, exported."""

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


def run_checks(session: Session, made: ThrowawayEnvironment) -> None:
    """Everything that can be asked of the environment; it ends active.

    Raises:
        StoppedError: the asking ends.
    """
    _licensing(session, made)
    _other_case(session, made)
    _export(session, made)
    _settings(session, made)
    _activation(session, made)


def _licensing(session: Session, made: ThrowawayEnvironment) -> None:
    with session.checking("reading its licensing, version 4.0", "licensing-4.0"):
        session.client_without_retries.get_licensing(made.name, "4.0")
        _holds(session, "licensing-4.0", "licensing")
    with session.checking("reading its licensing, version 3.5", "licensing-3.5"):
        read = session.client_without_retries.get_licensing(made.name, "3.5")
        told = {True: "new", False: "old", None: "not told"}[read.customer.use_new_billing_method]
        missing = [] if read.summary else ["former licences"]
        missing += [] if read.customer.use_new_billing_method is not None else ["UseNewBillingMethod"]
        if missing:
            session.record_finding(
                "licensing-3.5",
                "differs",
                f"{' and '.join(missing)} missing; {_told(session, 'licensing')}",
                "The bill lacks them.",
            )
        else:
            _holds(session, "licensing-3.5", "licensing", f"billing method {told}")


def _other_case(session: Session, made: ThrowawayEnvironment) -> None:
    other = environment_name.swap_case(made.name)
    if other == made.name or other in session.names:
        return
    with session.checking("asking for its name in another case", "name-case"):
        found = session.client_without_retries.exists(other)
        said = {True: "the same environment: case is ignored", False: "none: names are compared exactly", None: ""}[found]
        if found is None:
            session.record_finding("name-case", "cannot be told", "the instance does not offer its licensing")
        else:
            session.record_finding("name-case", "holds", said)


def _export(session: Session, made: ThrowawayEnvironment) -> None:
    with session.checking("exporting it twice", "export"):
        one, other = (session.client_without_retries.export_environment(made.name) for _ in range(2))
        if _content(one) == _content(other):
            _holds(session, "export", "export")
        else:
            changed = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
            session.record_finding(
                "export",
                "differs",
                f"the second differs from the first in {', '.join(name for name in changed if name != _WHEN_AND_WHERE)[:200]}",
                "After a lost answer to an import it cannot be seen whether it was carried out: a person has to look.",
            )
        if Extra.IMPORT in session.extras:
            _import(session, made, other)


def _import(session: Session, made: ThrowawayEnvironment, exported: dict[str, Any]) -> None:
    with session.checking("importing what was exported", "import"):
        session.client_without_retries.import_environment(made.name, exported)
        told = _told(session, "import")
        if _content(session.client_without_retries.export_environment(made.name)) == _content(exported):
            session.record_finding("import", "holds", f"{told}; exported again it is equal")
        else:
            session.record_finding(
                "import",
                "differs",
                f"{told}; exported again it differs",
                "After a lost answer a person has to look whether it was carried out.",
            )
        _import_again(session, made, exported)


def _import_again(session: Session, made: ThrowawayEnvironment, exported: dict[str, Any]) -> None:
    with session.checking("importing it once more", "import-again"):
        try:
            session.client_without_retries.import_environment(made.name, exported)
        except errors.Rejected as refusal:
            session.record_finding("import-again", "holds", f"{_told(session, 'import')}; {_said(str(refusal))}")
            return
        session.record_finding(
            "import-again", "differs", _told(session, "import"), "A second import overwrites what people did since the first."
        )


def _settings(session: Session, made: ThrowawayEnvironment) -> None:
    name, once = made.name, session.client_without_retries
    with session.checking("giving it Exchange settings", "exchange"):
        once.set_exchange(name, server_type="Office365", default_ews_url=_EWS_URL)
        once.set_exchange(name, server_type="Office365", default_ews_url=None)
        _holds(session, "exchange", "Exchange")
    with session.checking("giving it SharePoint settings", "share-point"):
        once.set_share_point(name, authentication_type="Online", default_url=None)
        _holds(session, "share-point", "SharePoint")
    with session.checking("giving it sign-on settings", "sign-on"):
        try:
            once.set_oauth2(name, authority=_AUTHORITY, client_id=_CLIENT_ID, key=_NO_SECRET)
            _holds(session, "sign-on", "sign-on")
        except errors.NotFound:
            session.record_finding(
                "sign-on",
                "differs",
                f"{_told(session, 'sign-on')}: as documented where hosted on premises",
                "Leave OAuth2SignOn out.",
            )


def _activation(session: Session, made: ThrowawayEnvironment) -> None:
    once, name = session.client_without_retries, made.name
    with session.checking("activating it", "activate-again"):
        _make_active(session, made)
        _repeated(session, "activate-again", "activate", lambda: once.activate_environment(name))
    with session.checking("activating it without Content-Length", "length"):
        _length(session, made)
    with session.checking("deactivating it", "deactivate", "deactivate-again"):
        once.deactivate_environment(name)
        told = _told(session, "deactivate")
        after = _until_active(session, made, wanted=False)
        if not made.record.listed:
            session.record_finding("deactivate", "cannot be told", f"{told}; the list does not show it")
        elif after is None:
            session.record_finding(
                "deactivate",
                "differs",
                f"{told}; not shown on the list in time",
                "Changes of `active` fail although they were done.",
            )
        else:
            create_checks.record_listing_delay(session, "deactivate", after)
        _repeated(session, "deactivate-again", "deactivate", lambda: once.deactivate_environment(name))
    with session.checking("activating it again"):
        _make_active(session, made)


def _make_active(session: Session, made: ThrowawayEnvironment) -> None:
    """Activate it where it is not active: that what is active can be activated again is another question."""
    entry = made.find_on_list()
    if entry is None or not entry.is_active:
        session.client_without_retries.activate_environment(made.name)
        _until_active(session, made, wanted=True)


def _until_active(session: Session, made: ThrowawayEnvironment, *, wanted: bool) -> float | None:
    if not made.record.listed:
        return None
    _, after = session.poll(
        made.find_on_list, lambda entry: entry is not None and entry.is_active is wanted, session.settings.settle_seconds
    )
    return after


def _repeated(session: Session, key: str, operation: str, again: Callable[[], None]) -> None:
    try:
        again()
        _holds(session, key, operation)
    except errors.Rejected:
        session.record_finding(
            key, "differs", _told(session, operation), "None: what the list shows as wanted already is not asked for."
        )


def _length(session: Session, made: ThrowawayEnvironment) -> None:
    seen = session.send_nonstandard(
        "PUT", f"/Provisioning/Environment/{quote(made.name, safe='')}/Activate/", {"Content-Length": None}
    )
    if seen.status == 411:
        session.record_finding("length", "holds", seen.description)
    else:
        session.record_finding("length", "differs", seen.description, "None: the header is always sent.")


def _holds(session: Session, key: str, operation: str, more: str = "") -> None:
    told = _told(session, operation)
    session.record_finding(key, "holds", f"{told}; {more}" if more else told)


def _told(session: Session, operation: str) -> str:
    seen = session.observed.last(operation)
    return seen.description if seen else "no answer"


def _said(refusal: str) -> str:
    return refusal.partition("The server says: ")[2][:200] or "no reason"


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """What of a configuration is content: not when it was exported, and no section that is empty."""
    return {name: value for name, value in document.items() if name != _WHEN_AND_WHERE and value not in (None, [], {})}
