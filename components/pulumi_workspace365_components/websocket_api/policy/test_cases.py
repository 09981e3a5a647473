"""Test cases that verify a deployed handshake: attempts as plain data, carried out elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.expressions import is_expression
from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement
from pulumi_workspace365_components.websocket_api.policy.named_values import holds_reference

_TOKEN_POLICIES = {"validate-jwt", "validate-azure-ad-token"}
_LIMITS = {"rate-limit", "rate-limit-by-key"}
_FORGED = "bm90.YQ.dG9rZW4"


@dataclass(frozen=True, slots=True)
class Client:
    """The credentials and headers of a client that may connect. Without a token that a policy requires, only refusals can be tested.

    Args:
        token: a valid JSON Web Token, without a scheme; the policy determines where it is sent.
        subscription_key: a valid key, where the API requires one.
        subscription_key_header: the header that the API takes it in.
        headers: further headers, e.g. for checks whose values are not literal.
        query: further query parameters.
    """

    token: str | None = field(default=None, repr=False)
    subscription_key: str | None = field(default=None, repr=False)
    subscription_key_header: str = "Ocp-Apim-Subscription-Key"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt to connect.

    Args:
        name: what it shows, like ``without a token``.
        expected_status: of the answer; 101 is an open WebSocket.
        headers: to send, beside those of the upgrade. Not shown: they may hold keys.
        query: to send. Not shown either.
        repeat: how many attempts in a row; the last one's status counts.
    """

    name: str
    expected_status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeat: int = 1


def probes(elements: Sequence[LocatedElement], client: Client, *, most_attempts: int = 100) -> list[Probe]:
    """The good attempt first, then one defect at a time in the policy's order, then, last, one over the lowest rate limit.

    Only what runs on every handshake counts: nothing in ``choose``, nothing whose values are not literal. Address filters,
    client certificates and quotas are not tried: their answers depend on the machine, or using them up would harm others.

    Args:
        elements: those of the handshake.
        client: what a good client brings along.
        most_attempts: a limit above it is not tried. The attempt uses the limit up for its period.
    """
    steps = [located for located in elements if located.section == "inbound" and located.always_runs]
    good, complete = _good(steps, client)
    found = [good] if complete else []
    found += _without_key(good, client)
    limits = list(_limits(steps, client))
    lowest = min((calls for calls, _ in limits), default=0)
    first = limits[0][1] if limits else len(steps)
    for position, located in enumerate(steps):
        refused = _refusals(located, good)
        found += list(refused)[: max(lowest - len(found), 0)] if position > first else refused
    if complete and limits and lowest < most_attempts:
        found.append(replace(good, name="over the limit", expected_status=429, repeat=lowest + 1))
    return found


def _good(steps: Sequence[LocatedElement], client: Client) -> tuple[Probe, bool]:
    """What a good client sends, and whether that is all that the policy asks for."""
    headers, query, complete = dict(client.headers), dict(client.query), True
    if client.subscription_key is not None:
        headers.setdefault(client.subscription_key_header, client.subscription_key)
    for located in steps:
        credential = _required_credential(located.element, client.token)
        if credential is None:
            continue
        kind, name, value = credential
        target = headers if kind == "header" else query
        if name.lower() in {key.lower() for key in target} or (not name and (client.headers or client.query)):
            continue
        if value is None:
            complete = False
        else:
            target[name] = value
    return Probe("a good client", 101, headers, query), complete


def _required_credential(node: Element, token: str | None) -> tuple[str, str, str | None] | None:
    """Header or query, its name, and the value that a permitted client sends; the name is empty, or the value None, where the policy does not determine it."""
    if node.name in _TOKEN_POLICIES:
        where = _token_place(node)
        if where is None:
            return ("header", "", None)
        kind, name, scheme = where
        return kind, name, f"{scheme} {token}".strip() if token is not None else None
    if node.name == "check-header":
        values = [_literal(child.text) for child in node.children]
        return "header", _literal(node.get("name")) or "", values[0] if values else "any"
    return None


def _token_place(node: Element) -> tuple[str, str, str] | None:
    """Header or query, its name, and the scheme before the token."""
    if node.get("token-value") is not None:
        return None
    if node.get("query-parameter-name") is not None:
        name = _literal(node.get("query-parameter-name"))
        return ("query", name, "") if name else None
    name = _literal(node.get("header-name", "Authorization"))
    scheme = _literal(node.get("require-scheme", "Bearer" if name and name.lower() == "authorization" else ""))
    return ("header", name, scheme) if name and scheme is not None else None


def _refusals(located: LocatedElement, good: Probe) -> Iterator[Probe]:
    node = located.element
    if node.name in _TOKEN_POLICIES and (where := _token_place(node)):
        status = _status(node.get("failed-validation-httpcode", "401"))
        kind, name, scheme = where
        yield from _defects(good, (kind, name), f"{scheme} {_FORGED}".strip(), status, "a token")
    elif node.name == "check-header" and (header := _literal(node.get("name"))):
        wrong = "https://refused.invalid" if header.lower() == "origin" else "refused"
        status = _status(node.get("failed-check-httpcode"))
        yield from _defects(good, ("header", header), wrong if node.children else None, status, header)


def _defects(good: Probe, spot: tuple[str, str], wrong: str | None, status: int | None, what: str) -> Iterator[Probe]:
    """The good attempt without one of its parts, and with a wrong one in its place."""
    if status is None:
        return
    kind, name = spot
    credentials = good.headers if kind == "header" else good.query
    others = {key: text for key, text in credentials.items() if key.lower() != name.lower()}
    attempts = {f"without {what}": others}
    if wrong is not None:
        attempts[f"with a wrong {what.removeprefix('a ')}"] = {**others, name: wrong}
    for label, parts in attempts.items():
        changed = replace(good, headers=parts) if kind == "header" else replace(good, query=parts)
        yield replace(changed, name=label, expected_status=status)


def _without_key(good: Probe, client: Client) -> Iterator[Probe]:
    if client.subscription_key is not None:
        yield from _defects(good, ("header", client.subscription_key_header), "refused", 401, "a subscription key")


def _limits(steps: Sequence[LocatedElement], client: Client) -> Iterator[tuple[int, int]]:
    """The handshakes that each limit allows, with its position; those that are not sure to count are left out."""
    for position, located in enumerate(steps):
        calls = _literal(located.element.get("calls")) or ""
        plain = located.element.get("increment-condition") is None and located.element.literal("increment-count") in {None, "1"}
        counted = located.name == "rate-limit-by-key" or client.subscription_key is not None
        if located.name in _LIMITS and plain and counted and calls.isascii() and calls.isdigit():
            yield int(calls), position


def _literal(value: object) -> str | None:
    """A text that is what it says: known, no expression, no named value."""
    if not isinstance(value, str) or is_expression(value) or holds_reference(value):
        return None
    return value.strip()


def _status(value: object) -> int | None:
    text = _literal(value)
    return int(text) if text and text.isascii() and text.isdigit() else None
