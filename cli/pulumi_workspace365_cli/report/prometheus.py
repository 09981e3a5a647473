"""For monitoring: the text format of Prometheus, as node_exporter's textfile collector and the Pushgateway read it."""

from collections.abc import Iterable, Iterator, Mapping

from pulumi_workspace365_cli.report import metrics
from pulumi_workspace365_cli.report.metrics import Sample
from pulumi_workspace365_cli.report.model import Report


def render(report: Report) -> str:
    """The report's metrics, and when it was made."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  only this format pays for loading it
    from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415  likewise
    from prometheus_client.registry import Collector  # noqa: PLC0415  likewise

    values = _lowest((*report.metrics, *_last_runs(report)))

    class Values(Collector):
        def collect(self) -> Iterator[GaugeMetricFamily]:
            for family in metrics.FAMILIES.values():
                shown = GaugeMetricFamily(family.name, family.help, labels=family.labels)
                for labels, value in values.get(family.name, {}).items():
                    shown.add_metric(labels, value)
                if shown.samples:
                    yield shown

    registry = CollectorRegistry()
    registry.register(Values())
    return generate_latest(registry).decode()


def _last_runs(report: Report) -> Iterator[Sample]:
    when = report.generated.timestamp()
    for scope in report.scopes or ({},):
        yield metrics.sample(metrics.LAST_RUN, when, {"command": report.command, **scope})


def _lowest(samples: Iterable[Sample]) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    """The values by metric and labels: a second sample with the same labels would make the whole file unreadable."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for one in samples:
        own = found.setdefault(one.name, {})
        own[one.labels] = min(one.value, own.get(one.labels, one.value))
    return found
