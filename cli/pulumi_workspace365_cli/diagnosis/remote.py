"""Checks of the connection to the instance: proxy, TLS, clock, and one read-only call per key. Each at most once, without retries."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_cli import probe
from pulumi_workspace365_cli.context import HEALTH, PROVISIONING, CommandContext, Key
from pulumi_workspace365_cli.diagnosis.local import writable
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Check

_TIMEOUT_SECONDS = 15.0
_SOON = timedelta(days=30)
_NOTICEABLE, _HARMFUL = timedelta(minutes=1), timedelta(minutes=5)
_REMOTE = ("proxy", "connection", "TLS", "clock", "provisioning key", "health key", "health")


def run_checks(context: CommandContext, *, needs_health: bool = False) -> Iterator[Check]:
    """The checks that call the instance; the calls are concurrent.

    Args:
        context: where the command runs.
        needs_health: whether a check of the stack reads the health; else a key that is not set fails nothing.
    """
    try:
        settings = _without_retries(context.settings())
    except (W365Error, CommandError) as problem:
        yield Check("instance", "failed", str(problem))
        yield from (Check(name, "skipped", "no instance") for name in _REMOTE)
        return
    yield Check("instance", "ok", settings.instance)
    yield _backups(settings)
    if unusable := probe.proxy_problem(settings):
        yield Check("proxy", "failed", unusable, "Give HTTPS_PROXY and ALL_PROXY as http://host:port, or unset them.")
        yield from (Check(name, "skipped", "no usable proxy") for name in _REMOTE[1:])
        return
    yield _proxy(settings)
    with ThreadPoolExecutor() as pool:
        connection, provisioning_key, health = (
            pool.submit(check, *arguments)
            for check, *arguments in (
                (_connection, settings),
                (_provisioning_key, context),
                (_health, context, needs_health),
            )
        )
        yield from connection.result()
        yield from provisioning_key.result()
        yield from health.result()


def _without_retries(settings: configuration.Settings) -> configuration.Settings:
    return dataclasses.replace(settings, max_retries=0, request_timeout=min(settings.request_timeout, _TIMEOUT_SECONDS))


def _backups(settings: configuration.Settings) -> Check:
    if not settings.backup_dir:
        return Check("backups", "skipped", "off; with w365:backupDir (W365_BACKUP_DIR), each deletion is preceded by an export")
    return writable("backups", Path(settings.backup_dir), "w365:backupDir (W365_BACKUP_DIR)", folder=True)


def _proxy(settings: configuration.Settings) -> Check:
    proxy = probe.proxy_of(settings)
    if proxy is None:
        return Check("proxy", "ok", "none")
    return Check("proxy", "ok", f"through {proxy} (HTTPS_PROXY, ALL_PROXY; NO_PROXY lists exceptions)")


def _connection(settings: configuration.Settings) -> list[Check]:
    try:
        probed = probe.probe(settings)
    except probe.ProbeError as problem:
        return _connection_failures(str(problem), untrusted=problem.untrusted)
    return [
        Check("connection", "ok", f"response after {probed.seconds * 1000:.0f} ms", seconds=probed.seconds),
        _tls(probed.certificate),
        _clock(probed.skew),
    ]


def _connection_failures(reason: str, *, untrusted: bool) -> list[Check]:
    if untrusted:
        remedy = "For a private certificate authority, set W365_CA_FILE to its PEM file; otherwise have the server's certificate renewed or its name corrected."
        return [
            Check("connection", "ok", "established"),
            Check("TLS", "failed", f"the certificate is not trusted: {reason}", remedy),
            _no_response("clock"),
        ]
    remedy = "Check the address (w365:baseUrl), the network, the firewall and the proxy variables."
    return [Check("connection", "failed", reason, remedy), _no_response("TLS"), _no_response("clock")]


def _no_response(name: str) -> Check:
    return Check(name, "skipped", "no response")


def _tls(certificate: probe.Certificate | None) -> Check:
    if certificate is None:
        return Check("TLS", "skipped", "plain http on this machine")
    left = certificate.expires_at - datetime.now(UTC)
    detail = f"trusted, issued by {certificate.issuer}, expires on {certificate.expires_at.date()}, in {left.days} days"
    if left < _SOON:
        return Check("TLS", "warning", detail, "Have the server's certificate renewed before it expires.")
    return Check("TLS", "ok", detail)


def _clock(skew: timedelta | None) -> Check:
    if skew is None:
        return Check("clock", "skipped", "the response has no Date header")
    seconds = round(skew.total_seconds())
    if abs(skew) < _NOTICEABLE:
        return Check("clock", "ok", "agrees with the server's clock")
    return Check(
        "clock",
        "failed" if abs(skew) > _HARMFUL else "warning",
        f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} the server's clock",
        "Correct this machine's clock, or have the server's corrected: creation dates distinguish new environments from old ones.",
    )


def _provisioning_key(context: CommandContext) -> list[Check]:
    def call(client: Client) -> Check:
        return Check("provisioning key", "ok", f"accepted; the instance lists {len(client.list_environments())} environments")

    return [_check_call(context, "provisioning key", PROVISIONING, call)]


def _health(context: CommandContext, needs_health: bool) -> list[Check]:
    if not needs_health and _lacks_health_key(context):
        unneeded = "not set, and no check of the stack reads the health; `w365 health` and get_health need it"
        return [Check("health key", "skipped", unneeded), Check("health", "skipped", "there is no health key")]
    more: list[Check] = []

    def call(client: Client) -> Check:
        health = client.get_health()
        unhealthy = ", ".join(f"{item.component} {item.status}" for item in health.components if not item.is_healthy)
        status = f"{health.overall_status}{f' ({unhealthy})' if unhealthy else ''}"
        remedy = "" if health.is_healthy else "`w365 health` shows details."
        more.append(Check("health", "ok" if health.is_healthy else "failed", status, remedy))
        more.append(Check("product", "ok", health.product_version or "the instance does not report its version"))
        return Check("health key", "ok", "accepted")

    key = _check_call(context, "health key", HEALTH, call)
    return [key, *(more or [Check("health", "skipped", "it could not be read")])]


def _lacks_health_key(context: CommandContext) -> bool:
    try:
        return context.settings(HEALTH).health_api_key is None
    except (W365Error, CommandError):
        return False


def _check_call(context: CommandContext, name: str, needed: Key, call: Callable[[Client], Check]) -> Check:
    began = time.monotonic()
    try:
        check = call(Client(_without_retries(context.settings(needed))))
    except (W365Error, CommandError) as problem:
        check = Check(name, "failed", str(problem))
    return dataclasses.replace(check, seconds=time.monotonic() - began)
