"""``w365 health``: the instance's health, as one of its web servers sees it (docs/provisioning-api.md#health)."""

from collections.abc import Iterator

import typer

from pulumi_workspace365.api.models import Health
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import HEALTH, CommandContext
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, exit_code_of, metrics
from pulumi_workspace365_cli.report.metrics import Sample


def register(app: typer.Typer) -> None:
    app.command("health", epilog=options.examples("w365 health", "w365 health --output junit=health.xml"))(health)


def health(
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrPrometheus = None,
) -> None:
    """Show the health of the instance.

    The web server that answers speaks for itself only: behind a load balancer the next answer may differ. Exit code 3 when unhealthy.
    """
    targets = output_formats.resolve_targets(output)
    client = CommandContext.from_options(stack=stack, sandbox=sandbox).verified().client(HEALTH)
    output_formats.write_outputs(report(client.settings.instance, client.get_health()), targets)


def report(instance: str, answer: Health) -> Report:
    """The report of a health response. Any status except OK and NOT_APPLICABLE is unhealthy (docs/provisioning-api.md#a-18)."""
    overall = Check("overall", "ok" if answer.overall_status == "OK" else "failed", answer.overall_status)
    checks = (overall, *(_check(item.component, item.status, healthy=item.is_healthy) for item in answer.components))
    rows = (
        Row((check.name, item.status, item.response_time or ""), check.verdict)
        for check, item in zip(checks[1:], answer.components, strict=True)
    )
    sick = [check.name for check in checks[1:] if check.verdict == "failed"]
    why = f": {', '.join(sick)}" if sick else ""
    return Report(
        "health",
        "Health of the instance",
        "Healthy."
        if answer.is_healthy
        else f"Unhealthy ({answer.overall_status}){why}. Check that web server's configuration and network.",
        facts={
            "instance": instance,
            "product version": answer.product_version or "not told",
            "overall status": answer.overall_status,
        },
        tables=(Table("", (Column("component"), Column("status", "status"), Column("response time", "number")), tuple(rows)),),
        checks=checks,
        data={"healthy": answer.is_healthy, **answer.model_dump()},
        exit_code=exit_code_of(checks),
        metrics=tuple(_metrics(instance, answer)),
        scopes=({metrics.INSTANCE_LABEL: instance},),
    )


def _metrics(instance: str, answer: Health) -> Iterator[Sample]:
    labels = {metrics.INSTANCE_LABEL: instance}
    yield metrics.sample(metrics.INSTANCE_UP, answer.is_healthy, labels)
    for item in answer.components:
        if item.status != "NOT_APPLICABLE":
            yield metrics.sample(metrics.COMPONENT_UP, item.is_healthy, {**labels, "component": item.component})


def _check(name: str, status: str, *, healthy: bool) -> Check:
    remedies = {
        "RabbitMq": "This web server may be unable to reach RabbitMQ: check the address in its connection string, TCP port 5672 and AllowCrossSiteMove.",
    }
    if status == "NOT_APPLICABLE":
        return Check(name, "skipped", "not in use here")
    return Check(name, "ok", status) if healthy else Check(name, "failed", status, remedies.get(name, ""))
