"""The Workspace 365 Provisioning API and Health API, one method per operation (docs/provisioning-api.md#endpoints)."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pulumi_dynamic_host import lazy_import, redaction, safe_text
from pulumi_workspace365 import errors
from pulumi_workspace365.api import error_messages, timestamps
from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365.api.concurrency import Limiter, get_limiter
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.transport import HttpExchange, Request, RetryPolicy, Transport

if TYPE_CHECKING:
    from pulumi_workspace365.api import models

log = logging.getLogger("pulumi_workspace365")

_LATER = ("pulumi_workspace365.api.answers", "filelock")
"""What reads answers, with pydantic, and what locks the journal of creates: loaded while the first answer is on its way."""
_NO_BODY = {"Content-Length": "0"}
_SHOWN_OF_NAME = 80


class Client:
    """One instance. Every method raises the errors of :mod:`pulumi_workspace365.errors`; names are the server's own, sanitised.

    ``observe`` is called with every response (:class:`pulumi_workspace365.api.transport.HttpExchange`).
    """

    def __init__(
        self, settings: Settings, observe: Callable[[HttpExchange], None] | None = None, limiter: Limiter | None = None
    ) -> None:
        self.settings = settings
        self.skew: float | None = None
        """Seconds by which the instance's clock is ahead of this machine's, by the last response with a ``Date``; ``None`` if there was none."""
        self._transport = Transport(settings, self._observed, limiter, lazy_import.load_expected)
        lazy_import.expect(*_LATER)
        self._observe = observe
        self._keys = redaction.Secrets(settings.provisioning_key, settings.health_api_key)
        self._warned: set[str] = set()
        self._vault_key: str | None = None
        self._vault_lock = threading.Lock()  # a hundred requests that start at once read the key once

    def list_environments(self) -> "models.EnvironmentList":
        """All environments of the instance (docs/provisioning-api.md#list). Not paged. A row that cannot be read is named in a warning, once."""
        request = self._request("list the environments", "GET", "/Provisioning/Environment/", RetryPolicy.READ)
        body = self._transport.send(request)
        from pulumi_workspace365.api import answers  # noqa: PLC0415  loaded by now, beside the request

        found = answers.environments(request, self.settings.instance, body, self._refuse)
        for entry in found.unreadable:
            if entry.content not in self._warned:
                self._warned.add(entry.content)
                log.warning(
                    "%s",
                    f"The list of {self.settings.instance} has {describe_entry(entry)}. It affects only the environment that it may describe.",
                )
        return found

    def create_environment(self, *, name: str, email: str, first_name: str, last_name: str) -> "models.CreatedEnvironment":
        """Create an environment and its administrator (docs/provisioning-api.md#create). Sent once; the answer's name may differ from ``name``.

        Raises:
            errors.Unnamed: it was created, but its name must be read from the list.
            errors.Ambiguous: it may have been created; look it up in the list (docs/provisioning-api.md#lost-answers), never send it again.
        """
        body = {"EmailAddress": email, "EnvironmentName": name, "FirstName": first_name, "LastName": last_name}
        path, query = "/Provisioning/Environment/", {"version": "2.0"}
        request = self._request(f"create environment {name!r}", "POST", path, RetryPolicy.NEVER, body=body, query=query)
        answer, instance = self._transport.send(request), self.settings.instance
        from pulumi_workspace365.api import answers  # noqa: PLC0415  as above

        created = answers.created_environment(request, instance, answer, self._refuse)
        if created.temporary_password:
            redaction.register(created.temporary_password.get_secret_value())
        if not created.environment_name:
            start, about = error_messages.describe_failure(request.operation, instance)
            raise errors.Unnamed(f"{start}: the answer does not contain the environment's name.", created, **about)
        return created

    def activate_environment(self, name: str) -> None:
        """Let people in (docs/provisioning-api.md#activate-and-deactivate)."""
        self._put(f"activate environment {name!r}", f"/Provisioning/Environment/{_segment(name)}/Activate/")

    def deactivate_environment(self, name: str) -> None:
        """Lock people out, keep everything (docs/provisioning-api.md#activate-and-deactivate)."""
        self._put(f"deactivate environment {name!r}", f"/Provisioning/Environment/{_segment(name)}/Deactivate/")

    def delete_environment(self, name: str) -> None:
        """Delete for good (docs/provisioning-api.md#delete). A 404 after a lost answer counts as done.

        Raises:
            errors.NotFound: it did not exist to begin with.
        """
        path = f"/Provisioning/Environment/{_segment(name)}/"
        request = self._request(
            f"delete environment {name!r}", "DELETE", path, RetryPolicy.WRITE, not_found_is_success=True, needs_body=False
        )
        self._transport.send(request)

    def set_oauth2(self, name: str, *, authority: str, client_id: str, key: str) -> None:
        """Set the OAuth2 sign-in, all three values every time (docs/provisioning-api.md#sign-on, A-22). Write-only."""
        redaction.register(key)
        body = {"Authority": authority, "ClientId": client_id, "Key": key}
        self._put(
            f"set the sign-on of environment {name!r}", f"/Provisioning/{_segment(name)}/SingleSignOnSettings/OAuth2/", body
        )

    def set_exchange(self, name: str, *, server_type: str, default_ews_url: str | None) -> None:
        """Set the Exchange settings (docs/provisioning-api.md#exchange). Without a URL the server keeps the one it has. Write-only."""
        body = {"ServerType": server_type} | ({"DefaultEwsUrl": default_ews_url} if default_ews_url else {})
        self._put(f"set the Exchange settings of environment {name!r}", f"/Provisioning/{_segment(name)}/ExchangeSettings/", body)

    def set_share_point(self, name: str, *, authentication_type: str, default_url: str | None) -> None:
        """Set the SharePoint settings (docs/provisioning-api.md#sharepoint). Without a URL the server keeps the one it has. Write-only."""
        body = {"AuthenticationType": authentication_type} | ({"DefaultUrl": default_url} if default_url else {})
        self._put(
            f"set the SharePoint settings of environment {name!r}", f"/Provisioning/{_segment(name)}/SharePointSettings/", body
        )

    def get_licensing(self, name: str, version: Literal["3.5", "4.0"] = "4.0") -> "models.Licensing":
        """Licence and module counts (docs/provisioning-api.md#licensing). Self-hosted instances need Workspace 365 4.3 or later."""
        path = f"/Provisioning/{_segment(name)}/Licensing/"
        request = self._request(
            f"read the licensing of environment {name!r}", "GET", path, RetryPolicy.READ, query={"version": version}
        )
        body = self._transport.send(request)
        from pulumi_workspace365.api import answers  # noqa: PLC0415  as above

        return answers.licensing(request, self.settings.instance, body, self._keys.redact)

    def exists(self, name: str) -> bool | None:
        """Whether the environment is found at its own address, independent of the list; ``None`` if unknown (old versions have no licensing).

        Raises:
            errors.Unavailable: the instance is not available.
        """
        path, query = f"/Provisioning/{_segment(name)}/Licensing/", {"version": "4.0"}
        try:
            body = self._transport.send(
                self._request(f"see whether there is an environment {name!r}", "GET", path, RetryPolicy.READ, query=query)
            )
        except errors.NotFound:
            return False
        except (errors.Rejected, errors.Unauthorized):
            return None
        return None if error_messages.looks_like_html(body) else True

    def export_environment(self, name: str) -> dict[str, Any]:
        """The environment's configuration (docs/provisioning-api.md#export), opaque and possibly confidential."""
        request = self._request(
            f"export environment {name!r}", "GET", f"/Provisioning/Environment/{_segment(name)}/Export/", RetryPolicy.READ
        )
        body = self._transport.send(request)
        from pulumi_workspace365.api import answers  # noqa: PLC0415  as above

        return answers.exported(request, self.settings.instance, body)

    def import_environment(self, name: str, configuration: dict[str, Any]) -> None:
        """Import an exported configuration into an empty environment (docs/provisioning-api.md#import). Sent once.

        Raises:
            errors.Rejected: the environment is not empty, or the document is invalid; the server's text, in its own language, is the reason.
            errors.Ambiguous: it may have been imported; export and compare, never send it again.
        """
        path = f"/Provisioning/Environment/{_segment(name)}/Import/"
        operation = f"import into environment {name!r}"
        self._transport.send(
            self._request(operation, "PUT", path, RetryPolicy.NEVER, body=configuration, is_confidential=True, needs_body=False)
        )

    def get_health(self) -> "models.Health":
        """The instance's health (docs/provisioning-api.md#health). An unhealthy instance may answer with 5xx and a body (A-18)."""
        key = self.settings.health_api_key
        if not key:
            raise errors.ConfigurationError(
                f"Could not read the health of {self.settings.instance}: there is no health key. Set W365_HEALTH_API_KEY, or run "
                f"{for_installed_cli('`pulumi config set --secret w365:healthApiKey`')}; it is another key than the provisioning key."
            )
        headers = {"HealthApiKey": key, "Accept": "application/json"}
        request = Request(
            "read the health", "GET", "/api/health", RetryPolicy.READ, headers, uses_health_key=True, is_success=_is_health
        )
        body = self._transport.send(request)
        from pulumi_workspace365.api import answers  # noqa: PLC0415  as above

        return answers.health(request, self.settings.instance, body, self._keys.redact)

    def _observed(self, exchange: HttpExchange) -> None:
        date = timestamps.parse(exchange.headers.get("Date", ""))
        if date:
            self.skew = (timestamps.assume_utc(date) - datetime.now(UTC)).total_seconds()
        if exchange.status in {401, 403}:
            self._vault_key = None  # it may have been replaced
        if self._observe:
            self._observe(exchange)

    def _put(self, operation: str, path: str, body: dict[str, str] | None = None) -> None:
        # The bodies of these answers are not documented: they are not read (docs/provisioning-api.md#a-19).
        self._transport.send(self._request(operation, "PUT", path, RetryPolicy.WRITE, body=body, needs_body=False))

    def _request(self, operation: str, method: str, path: str, replay: RetryPolicy, **more: Any) -> Request:
        key = self._provisioning_key(operation)
        if not key:
            start, about = error_messages.describe_failure(operation, self.settings.instance)
            raise errors.ConfigurationError(
                f"{start}: there is no provisioning key. Set W365_PROVISIONING_KEY, or run "
                f"{for_installed_cli('`pulumi config set --secret w365:provisioningKey`')}; previews work without it.",
                **about,
            )
        headers = {"ProvisioningKey": key, "X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
        if method == "PUT" and more.get("body") is None:
            headers |= _NO_BODY  # docs/provisioning-api.md#headers: without it the server answers 411
        return Request(operation, method, path, replay, headers, **more)

    def _provisioning_key(self, operation: str) -> str | None:
        read = self.settings.read_vault_key
        if read is None:
            return self.settings.provisioning_key
        with self._vault_lock:
            key = self._vault_key
            if key is None:
                try:
                    key = self._vault_key = read()
                except errors.W365Error as problem:
                    start, about = error_messages.describe_failure(operation, self.settings.instance)
                    reason = f"{start}: w365:provisioningKey (W365_PROVISIONING_KEY): {str(problem).rstrip('.')}."
                    raise errors.ConfigurationError(reason, **about) from problem
                self._keys = redaction.Secrets(key, self.settings.health_api_key)
            return key

    def _refuse(self, name: str) -> str | None:
        """Why a name cannot be an environment's: a server may also call one by the key it was sent, which names in state would show."""
        return "its name repeats a key" if self._keys.occur_in(safe_text.unescape_controls(name)) else None


def describe_entry(entry: "models.UnreadableEntry") -> str:
    """A row of the list that cannot be read, in words, after "has"."""
    named = safe_text.one_line(redaction.redact(entry.label))
    return f"an entry {named[:_SHOWN_OF_NAME]!r} that cannot be read ({safe_text.one_line(redaction.redact(entry.reason))})"


_clients: dict[Settings, Client] = {}
_clients_lock = threading.Lock()


def get_client(settings: Settings) -> Client:
    """The process's one client for these settings: connections are pooled; the limit of requests is shared by all clients of the instance."""
    with _clients_lock:
        if settings not in _clients:
            _clients[settings] = Client(settings, limiter=get_limiter(settings.instance, settings.max_in_flight))
        return _clients[settings]


def _segment(name: str) -> str:
    if not name.strip(". ") or safe_text.escape_surrogates(name) != name:
        raise errors.Refused(f"{safe_text.escape_surrogates(name)!r} cannot be used as an environment's name in a URL.")
    return quote(safe_text.unescape_controls(name), safe="")


def _is_health(status: int, body: bytes) -> bool:
    if 200 <= status < 300:
        return True
    return status >= 500 and body.lstrip()[:1] == b"{" and b"overallstatus" in body.lower()
