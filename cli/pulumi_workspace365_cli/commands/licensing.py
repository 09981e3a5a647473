"""``w365 licensing``: who uses how many licences and modules, one environment per line and all together (docs/provisioning-api.md#licensing)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any, Literal

import typer

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.models import Licensing
from pulumi_workspace365_cli import options, output_formats, stack_views
from pulumi_workspace365_cli.context import PROVISIONING
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table, metrics
from pulumi_workspace365_cli.report.metrics import Sample

Version = Literal["4.0", "3.5"]
_MODULES = ("hybrid", "engage", "unify")
_LICENCES = ("guest", "simplify", "adapt", "boost")
_SAME_FOR_ALL = (errors.ConfigurationError, errors.Unauthorized)


def register(app: typer.Typer) -> None:
    examples = options.examples(
        "w365 licensing",
        "w365 licensing --totals --output csv",
        "w365 licensing contoso fabrikam --version 3.5",
        "w365 licensing --output csv=licences.csv",
    )
    app.command("licensing", epilog=examples)(licensing)


def licensing(
    *,
    names: options.Names = None,
    version: Annotated[Version, typer.Option("--version", help="3.5 includes the former licences.")] = "4.0",
    totals: Annotated[bool, typer.Option("--totals", help="Show only the totals, in CSV as one row.")] = False,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Count users per licence and module, also in total.

    Active users, as the instance counts them; of several stacks, each of their instances once. Exit code 1 when the licensing of an environment could not be read; the totals are then those of the others.
    """
    targets = output_formats.resolve_targets(output)
    contexts = stack_views.contexts(stack, all_stacks=all_stacks, sandbox=sandbox)
    views = stack_views.by_instance([context.verified() for context in contexts], PROVISIONING)
    selected = [(view, _selected_names(view.client, names or [], only=len(views) == 1)) for view in views]
    _refuse_unlisted(names or [], [found for _, found in selected])
    results = [result for view, found in selected for result in read(view.client, found, version)]
    result = report([view.instance for view in views], version, results)
    output_formats.write_outputs(_with_totals(result) if totals else result, targets)


def _selected_names(client: Client, names: Sequence[str], *, only: bool) -> list[str]:
    """The environments to ask for. On the only instance a given name is taken as it is; else on the instance that lists it."""
    if names and only:
        return list(dict.fromkeys(names))
    listed = client.list_environments()
    if not names:
        return [entry.name for entry in listed]
    index = EnvironmentIndex(listed)
    return list(dict.fromkeys(entry.name for name in names if (entry := index.find(name))))


def _refuse_unlisted(names: Iterable[str], found: Sequence[Sequence[str]]) -> None:
    known = {name.casefold() for those in found for name in those}
    missing = [name for name in names if name.casefold() not in known]
    if missing:
        raise CommandError(
            f"None of the instances lists an environment {missing[0]!r}: `w365 environments` shows the existing ones."
        )


@dataclass(frozen=True)
class LicensingResult:
    """The licensing of one environment, or why it could not be read."""

    name: str
    licensing: Licensing | None = None
    problem: str = ""
    instance: str = ""

    @cached_property
    def counts(self) -> Mapping[str, int | None]:
        """Every count, by its name in JSON and CSV; ``None`` if the server sent none."""
        licensing = self.licensing
        parts = (
            ("regular", licensing.module_summary.regular_users if licensing else None, _MODULES),
            ("guests", licensing.module_summary.guest_users if licensing else None, _MODULES),
            ("licence", licensing.summary if licensing else None, _LICENCES),
        )
        return {f"{group}_{name}": getattr(counts, name, None) for group, counts, names in parts for name in names}


def read(client: Client, names: Iterable[str], version: Version) -> list[LicensingResult]:
    """The licensing of each environment, several at once.

    Raises:
        errors.ConfigurationError, errors.Unauthorized: no environment can be read.
    """
    with ThreadPoolExecutor(client.settings.max_in_flight) as pool:
        try:
            return sorted(pool.map(partial(_read_one, client, version), names), key=lambda bill: bill.name.casefold())
        except _SAME_FOR_ALL:
            pool.shutdown(cancel_futures=True)
            raise


def _read_one(client: Client, version: Version, name: str) -> LicensingResult:
    try:
        return LicensingResult(name, client.get_licensing(name, version), instance=client.settings.instance)
    except _SAME_FOR_ALL:
        raise
    except errors.W365Error as problem:
        return LicensingResult(name, problem=str(problem), instance=client.settings.instance)


def report(instances: Sequence[str], version: Version, results: list[LicensingResult]) -> Report:
    """The counts of all, and their sums."""
    columns = [f"{group}_{name}" for group, names in _groups(version) for name in names]
    results = sorted(results, key=lambda result: result.name.casefold())
    totals = {column: sum(result.counts[column] or 0 for result in results) for column in columns}
    unread = [result for result in results if result.problem]
    summary = f"{len(results) - len(unread)} environments"
    summary += f"; {len(unread)} could not be read, so the totals are not complete." if unread else "."
    return Report(
        "licensing",
        "Licences and modules in use",
        summary,
        facts={"instance": ", ".join(instances), "licensing version": version},
        tables=(_table(version, columns, results, totals),) if results else (),
        checks=tuple(_check(result) for result in results),
        notes=tuple(result.problem for result in unread),
        data={
            "instance": instances[0] if len(instances) == 1 else None,
            "instances": list(instances),
            "licensing_version": version,
            "environments": [_data(result, columns) for result in results],
            "totals": totals,
        },
        sheet=_sheet(version, columns, results),
        exit_code=1 if unread else 0,
        metrics=tuple(sample for result in results for sample in _metrics(result, columns)),
        scopes=tuple({metrics.INSTANCE_LABEL: instance} for instance in instances),
    )


def _metrics(result: LicensingResult, columns: list[str]) -> Iterator[Sample]:
    labels = {metrics.INSTANCE_LABEL: result.instance, "environment": result.name}
    yield metrics.sample(metrics.LICENSING_UP, not result.problem, labels)
    for column in columns:
        if (count := result.counts[column]) is not None:
            yield metrics.sample(metrics.USERS, count, {**labels, "counted_as": column})


def _with_totals(report: Report) -> Report:
    """Only the totals for people and spreadsheets; programs find them beside the environments."""
    read_ = [environment for environment in report.data["environments"] if "counts" in environment]
    numbers = {"environments": len(read_), **report.data["totals"]}
    columns = [Column(name.replace("_", " "), "number") for name in numbers]
    row = Row(tuple(map(str, numbers.values())))
    return replace(report, tables=(Table("", tuple(columns), (row,)),), sheet=csv_table.to_rows(columns, [row]))


def _groups(version: Version) -> tuple[tuple[str, tuple[str, ...]], ...]:
    modules = (("regular", _MODULES), ("guests", _MODULES))
    return (*modules, ("licence", _LICENCES)) if version == "3.5" else modules


def _table(version: Version, columns: list[str], results: list[LicensingResult], totals: Mapping[str, int]) -> Table:
    billing = [Column("new billing")] if version == "3.5" else []
    texts = [Column("environment"), Column("customer"), Column("reference"), Column("type"), Column("industry"), *billing]
    heads = [*texts, *(Column(column.replace("_", " "), "number") for column in columns)]
    rows = tuple(
        Row((*_texts(result, version), *_numbers(result, columns)), "failed" if result.problem else "ok") for result in results
    )
    last = Row(("total", *[""] * (len(texts) - 1), *(str(totals[column]) for column in columns)))
    return Table("", tuple(heads), rows, last)


def _texts(result: LicensingResult, version: Version) -> list[str]:
    customer = result.licensing.customer if result.licensing else None
    billing = {None: "", True: "yes", False: "no"}[customer.use_new_billing_method if customer else None]
    if customer is None:
        texts = [result.name, "(not read)", "", "", ""]
    else:
        known = (customer.name, customer.reference_number, customer.customer_type_name, customer.industry_name)
        texts = [result.name, *(text or "" for text in known)]
    return [*texts, billing] if version == "3.5" else texts


def _numbers(result: LicensingResult, columns: list[str]) -> list[str]:
    return ["" if result.counts[column] is None else str(result.counts[column]) for column in columns]


def _check(result: LicensingResult) -> Check:
    if result.problem:
        return Check(result.name, "failed", result.problem)
    counted = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in result.counts.items() if count)
    return Check(result.name, "ok", counted or "no licence or module in use")


def _data(result: LicensingResult, columns: list[str]) -> dict[str, Any]:
    if result.licensing is None:
        return {"name": result.name, "problem": result.problem}
    customer = result.licensing.customer
    named = {"customer_type_name": customer.customer_type_name, "industry_name": customer.industry_name}
    counts = {column: result.counts[column] for column in columns}
    return {"name": result.name, "customer": {**customer.model_dump(), **named}, "counts": counts}


def _sheet(version: Version, columns: list[str], results: list[LicensingResult]) -> tuple[tuple[str, ...], ...]:
    """Only what was read, and no totals: who bills adds up."""
    billing = ("use_new_billing_method",) if version == "3.5" else ()
    header = ("environment", "customer", "reference", "customer_type", "industry", *billing, *columns)
    return (header, *((*_texts(result, version), *_numbers(result, columns)) for result in results if result.licensing))
