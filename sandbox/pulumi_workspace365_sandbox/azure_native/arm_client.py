"""Who the provider is at Azure, from its environment and the stack's configuration; and its calls."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

_TIMEOUT_SECONDS = 120
_RETRIED = {408, 429, 500, 502, 503, 504}
_UNFINISHED = {"InProgress", "Accepted", "Running", ""}
_TRIES = 4


class ArmError(Exception):
    """The Resource Manager refused; the message has its code, message and details."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class OperationFailed(ArmError):
    """A long-running operation was accepted, and did not end well."""


@dataclass
class ArmClient:
    """A service principal of one subscription. `from_variables` reads the variables; `configure` lets the stack's configuration win."""

    endpoint: str
    authority_host: str
    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    ca_file: str | None = None
    _token: tuple[str, float] = ("", 0.0)
    _client: httpx.AsyncClient | None = None

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "ArmClient":
        return cls(
            endpoint=variables.get("ARM_RESOURCE_MANAGER_ENDPOINT", "").rstrip("/"),
            authority_host=variables.get("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "").rstrip("/"),
            subscription_id=variables.get("ARM_SUBSCRIPTION_ID", ""),
            tenant_id=variables.get("ARM_TENANT_ID", ""),
            client_id=variables.get("ARM_CLIENT_ID", ""),
            client_secret=variables.get("ARM_CLIENT_SECRET", ""),
            ca_file=variables.get("SSL_CERT_FILE"),
        )

    def configure(self, config: Mapping[str, Any]) -> None:
        names = {
            "subscriptionId": "subscription_id",
            "tenantId": "tenant_id",
            "clientId": "client_id",
            "clientSecret": "client_secret",
        }
        for key, name in names.items():
            if config.get(key):
                setattr(self, name, str(config[key]))
        self._token = ("", 0.0)

    async def token(self, resource: str = "https://management.azure.com") -> str:
        """A bearer token. Raises ArmError."""
        token, until = self._token
        if token and time.monotonic() < until and resource == "https://management.azure.com":
            return token
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": f"{resource.rstrip('/')}/.default",
        }
        answer = await self._http().post(f"{self.authority_host}/{self.tenant_id}/oauth2/v2.0/token", data=form)
        body = answer.json()
        if answer.status_code != 200:
            raise ArmError(answer.status_code, f"cannot sign in: {body.get('error')}: {body.get('error_description')}")
        if resource == "https://management.azure.com":
            self._token = (body["access_token"], time.monotonic() + body["expires_in"] - 60)
        return str(body["access_token"])

    async def call(self, method: str, id_: str, version: str, body: Any = None) -> httpx.Response:
        """A call that is tried again when Azure is busy. Raises ArmError."""
        answer = await self.ask(method, id_, version, body)
        if answer.status_code >= 400:
            raise _refused(answer)
        return answer

    async def ask(self, method: str, id_: str, version: str, body: Any = None) -> httpx.Response:
        """The answer, whatever it is."""
        return await self._send(method, f"{self.endpoint}{id_}?api-version={version}", body)

    async def change(self, method: str, id_: str, version: str, body: Any = None, *, long: bool = False) -> dict[str, Any]:
        """A PUT or DELETE; the final body. `long`: it starts an operation, which is waited for.

        Raises:
            OperationFailed: it was accepted, and failed.
            ArmError: it was refused.
        """
        answer = await self.call(method, id_, version, body)
        operation = answer.headers.get("Azure-AsyncOperation")
        if not operation or not (long or answer.status_code == 202):
            return _body(answer)
        try:
            await self._ended(id_, operation)
            return {} if method == "DELETE" else _body(await self.call("GET", id_, version))
        except ArmError as error:
            raise OperationFailed(error.status, str(error)) from error

    async def _ended(self, id_: str, operation: str) -> None:
        """Wait for the end of an operation. Raises ArmError."""
        if not operation.startswith(f"{self.endpoint}/"):
            raise ArmError(200, f"the operation on {id_} is at another host: {operation.partition('?')[0]}")
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            polled = await self._send("GET", operation)
            if polled.status_code >= 400:
                raise _refused(polled)
            status = str(_body(polled).get("status", ""))
            if status == "Succeeded":
                return
            if status not in _UNFINISHED:
                raise ArmError(polled.status_code, _error_text(_body(polled).get("error") or {}, polled.status_code))
            await asyncio.sleep(float(polled.headers.get("Retry-After", 1)))
        raise ArmError(408, f"the operation on {id_} did not end within {_TIMEOUT_SECONDS} seconds")

    async def _send(self, method: str, url: str, body: Any = None) -> httpx.Response:
        for attempt in range(_TRIES):
            headers = {"Authorization": f"Bearer {await self.token()}", "Accept": "application/json"}
            answer = await self._http().request(method, url, json=body, headers=headers)
            if answer.status_code not in _RETRIED or attempt == _TRIES - 1:
                break
            await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
        return answer

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(verify=self.ca_file or True, timeout=60, trust_env=False)
        return self._client


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refused(answer: httpx.Response) -> ArmError:
    return ArmError(answer.status_code, _error_text(_body(answer).get("error") or {}, answer.status_code))


def _error_text(error: Mapping[str, Any], status: int) -> str:
    """As azure-native writes it."""
    details = "; ".join(f"{item.get('target')}: {item.get('message')}" for item in error.get("details") or [])
    text = f'Status={status} Code="{error.get("code", "")}" Message="{error.get("message", "")}"'
    return f"{text} Details=[{details}]" if details else text
