"""The connection to the instance: proxy, TLS, clock, and one harmless call per key. Each at most once, without retries."""

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


def run_checks(context: CommandContext) -> Iterator[Check]:
    """Everything that the instance shows; all calls at once."""
    try:
        settings = _impatient(context.settings())
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
        way, listed, healthy = (
            pool.submit(look, *arguments) for look, *arguments in ((_way, settings), (_listed, context), (_health, context))
        )
        yield from way.result()
        yield from listed.result()
        yield from healthy.result()


def _impatient(settings: configuration.Settings) -> configuration.Settings:
    return dataclasses.replace(settings, max_retries=0, request_timeout=min(settings.request_timeout, _TIMEOUT_SECONDS))


def _backups(settings: configuration.Settings) -> Check:
    if not settings.backup_dir:
        return Check("backups", "skipped", "off; w365:backupDir (W365_BACKUP_DIR) gets an export before each deletion")
    return writable("backups", Path(settings.backup_dir), "w365:backupDir (W365_BACKUP_DIR)", folder=True)


def _proxy(settings: configuration.Settings) -> Check:
    proxy = probe.proxy_of(settings)
    if proxy is None:
        return Check("proxy", "ok", "none on the way")
    return Check("proxy", "ok", f"through {proxy} (HTTPS_PROXY, ALL_PROXY; NO_PROXY excepts hosts)")


def _way(settings: configuration.Settings) -> list[Check]:
    try:
        seen = probe.probe(settings)
    except probe.ProbeError as problem:
        return _lost(str(problem), untrusted=problem.untrusted)
    return [
        Check("connection", "ok", f"answers in {seen.seconds * 1000:.0f} ms", seconds=seen.seconds),
        _tls(seen.certificate),
        _clock(seen.skew),
    ]


def _lost(reason: str, *, untrusted: bool) -> list[Check]:
    if untrusted:
        remedy = "For a certificate authority of your own set W365_CA_FILE to its PEM file; else the server's certificate must be renewed or its name be right."
        return [
            Check("connection", "ok", "answers"),
            Check("TLS", "failed", f"the certificate is not trusted: {reason}", remedy),
            _unseen("clock"),
        ]
    remedy = "Check the address (w365:baseUrl), the network, the firewall and the proxy variables."
    return [Check("connection", "failed", reason, remedy), _unseen("TLS"), _unseen("clock")]


def _unseen(name: str) -> Check:
    return Check(name, "skipped", "no answer")


def _tls(certificate: probe.Certificate | None) -> Check:
    if certificate is None:
        return Check("TLS", "skipped", "plain http on this machine")
    left = certificate.ends - datetime.now(UTC)
    said = f"trusted, issued by {certificate.issuer}, ends on {certificate.ends.date()}, in {left.days} days"
    if left < _SOON:
        return Check("TLS", "warning", said, "Have the server's certificate renewed before it ends.")
    return Check("TLS", "ok", said)


def _clock(skew: timedelta | None) -> Check:
    if skew is None:
        return Check("clock", "skipped", "the answer has no date")
    seconds = round(skew.total_seconds())
    if abs(skew) < _NOTICEABLE:
        return Check("clock", "ok", "agrees with the server's")
    said = f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} the server's"
    return Check(
        "clock",
        "failed" if abs(skew) > _HARMFUL else "warning",
        said,
        "Set this machine's clock, or have the server's set: new environments are told from old ones by their time.",
    )


def _listed(context: CommandContext) -> list[Check]:
    def ask(client: Client) -> Check:
        return Check("provisioning key", "ok", f"accepted; the instance lists {len(client.list_environments())} environments")

    return [_asked(context, "provisioning key", PROVISIONING, ask)]


def _health(context: CommandContext) -> list[Check]:
    more: list[Check] = []

    def ask(client: Client) -> Check:
        health = client.get_health()
        sick = ", ".join(f"{item.component} {item.status}" for item in health.components if not item.is_healthy)
        said = f"{health.overall_status}{f' ({sick})' if sick else ''}"
        more.append(
            Check(
                "health", "ok" if health.is_healthy else "failed", said, "" if health.is_healthy else "`w365 health` tells more."
            )
        )
        more.append(Check("product", "ok", health.product_version or "the instance does not tell its version"))
        return Check("health key", "ok", "accepted")

    key = _asked(context, "health key", HEALTH, ask)
    return [key, *(more or [Check("health", "skipped", "it could not be asked")])]


def _asked(context: CommandContext, name: str, needed: Key, ask: Callable[[Client], Check]) -> Check:
    began = time.monotonic()
    try:
        check = ask(Client(_impatient(context.settings(needed))))
    except (W365Error, CommandError) as problem:
        check = Check(name, "failed", str(problem))
    return dataclasses.replace(check, seconds=time.monotonic() - began)
