"""A dynamic provider for the mailing lists of a small HTTP API."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class MailingListProvider(ResourceProvider):
    """Creates lists at most once: what has the address already is taken over, so that a lost answer does no harm."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [] if "@" in news["address"] else [CheckFailure("address", "address must be a mail address")]
        return CheckResult({**news, "members": sorted(news["members"])}, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = [key for key in ("url", "token", "address", "members") if olds.get(key) != news.get(key)]
        replaces = [key for key in changed if key in ("url", "address")]
        return DiffResult(changes=bool(changed), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        found = _send(props, "PUT", f"/lists/{props['address']}", {"members": props["members"]})
        return CreateResult(found["id"], {**props, "archive": found["archive"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        found = _send(props, "GET", f"/lists/{props['address']}")
        if found is None:
            return ReadResult("", {})
        return ReadResult(id_, {**props, "members": found["members"], "archive": found["archive"]})

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        found = _send(news, "PUT", f"/lists/{news['address']}", {"members": news["members"]})
        return UpdateResult({**news, "archive": found["archive"]})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        _send(props, "DELETE", f"/lists/{props['address']}")


def _send(props: dict[str, Any], method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request; None where there is no such list."""
    request = urllib.request.Request(  # noqa: S310  an address that the program gives
        f"{props['url']}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {props['token']}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  see above
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise RuntimeError(f"{method} {path} of the mailing lists was answered with {error.code}") from None


class MailingList(Resource):
    """A mailing list. `archive` is where its mails can be read."""

    address: pulumi.Output[str]
    archive: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        url: pulumi.Input[str],
        token: pulumi.Input[str],
        address: pulumi.Input[str],
        members: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"url": url, "token": pulumi.Output.secret(token), "address": address, "members": list(members), "archive": None}
        super().__init__(MailingListProvider(), name, inputs, opts)
