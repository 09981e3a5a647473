"""``w365 licensing``: who uses how many licences and modules, one environment per line and all together (docs/provisioning-api.md#licensing)."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any, Literal

import typer

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.models import Licensing
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table

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
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrCsv = None,
) -> None:
    """Count users per licence and module, also in total.

    Active users, as the instance counts them. Exit code 1 when the licensing of an environment could not be read; the totals are then those of the others.
    """
    targets = output_formats.chosen(output)
    client = CommandContext.of(stack=stack, sandbox=sandbox).client(PROVISIONING)
    wanted = list(dict.fromkeys(names or [])) or [entry.name for entry in client.list_environments()]
    told = report(client.settings.instance, version, read(client, wanted, version))
    output_formats.deliver(_summed(told) if totals else told, targets)


@dataclass(frozen=True)
class Bill:
    """The licensing of one environment, or why it could not be read."""

    name: str
    licensing: Licensing | None = None
    problem: str = ""

    @cached_property
    def counts(self) -> Mapping[str, int | None]:
        """Every number, by its name in JSON and CSV; ``None`` where the server told none."""
        told = self.licensing
        parts = (
            ("regular", told.module_summary.regular_users if told else None, _MODULES),
            ("guests", told.module_summary.guest_users if told else None, _MODULES),
            ("licence", told.summary if told else None, _LICENCES),
        )
        return {f"{group}_{name}": getattr(counts, name, None) for group, counts, names in parts for name in names}


def read(client: Client, names: Iterable[str], version: Version) -> list[Bill]:
    """The licensing of each environment, several at once.

    Raises:
        errors.ConfigurationError, errors.Unauthorized: no environment can be read.
    """
    with ThreadPoolExecutor(client.settings.max_in_flight) as pool:
        try:
            return sorted(pool.map(partial(_bill, client, version), names), key=lambda bill: bill.name.casefold())
        except _SAME_FOR_ALL:
            pool.shutdown(cancel_futures=True)
            raise


def _bill(client: Client, version: Version, name: str) -> Bill:
    try:
        return Bill(name, client.get_licensing(name, version))
    except _SAME_FOR_ALL:
        raise
    except errors.W365Error as problem:
        return Bill(name, problem=str(problem))


def report(instance: str, version: Version, bills: list[Bill]) -> Report:
    """The counts of all, and their sums."""
    columns = [f"{group}_{name}" for group, names in _groups(version) for name in names]
    totals = {column: sum(bill.counts[column] or 0 for bill in bills) for column in columns}
    unread = [bill for bill in bills if bill.problem]
    said = f"{len(bills) - len(unread)} environments"
    said += f"; {len(unread)} could not be read, so the totals are not complete." if unread else "."
    return Report(
        "licensing",
        "Licences and modules in use",
        said,
        facts={"instance": instance, "licensing version": version},
        tables=(_table(version, columns, bills, totals),) if bills else (),
        checks=tuple(_check(bill) for bill in bills),
        notes=tuple(bill.problem for bill in unread),
        data={
            "instance": instance,
            "licensing_version": version,
            "environments": [_data(bill, columns) for bill in bills],
            "totals": totals,
        },
        sheet=_sheet(version, columns, bills),
        exit_code=1 if unread else 0,
    )


def _summed(told: Report) -> Report:
    """Only the totals for people and spreadsheets; programs find them beside the environments."""
    read_ = [environment for environment in told.data["environments"] if "counts" in environment]
    numbers = {"environments": len(read_), **told.data["totals"]}
    columns = [Column(name.replace("_", " "), "number") for name in numbers]
    row = Row(tuple(map(str, numbers.values())))
    return replace(told, tables=(Table("", tuple(columns), (row,)),), sheet=csv_table.of(columns, [row]))


def _groups(version: Version) -> tuple[tuple[str, tuple[str, ...]], ...]:
    modules = (("regular", _MODULES), ("guests", _MODULES))
    return (*modules, ("licence", _LICENCES)) if version == "3.5" else modules


def _table(version: Version, columns: list[str], bills: list[Bill], totals: Mapping[str, int]) -> Table:
    billing = [Column("new billing")] if version == "3.5" else []
    texts = [Column("environment"), Column("customer"), Column("reference"), Column("type"), Column("industry"), *billing]
    heads = [*texts, *(Column(column.replace("_", " "), "number") for column in columns)]
    rows = tuple(Row((*_texts(bill, version), *_numbers(bill, columns)), "failed" if bill.problem else "ok") for bill in bills)
    last = Row(("total", *[""] * (len(texts) - 1), *(str(totals[column]) for column in columns)))
    return Table("", tuple(heads), rows, last)


def _texts(bill: Bill, version: Version) -> list[str]:
    customer = bill.licensing.customer if bill.licensing else None
    billing = {None: "", True: "yes", False: "no"}[customer.use_new_billing_method if customer else None]
    if customer is None:
        texts = [bill.name, "(not read)", "", "", ""]
    else:
        known = (customer.name, customer.reference_number, customer.customer_type_name, customer.industry_name)
        texts = [bill.name, *(text or "" for text in known)]
    return [*texts, billing] if version == "3.5" else texts


def _numbers(bill: Bill, columns: list[str]) -> list[str]:
    return ["" if bill.counts[column] is None else str(bill.counts[column]) for column in columns]


def _check(bill: Bill) -> Check:
    if bill.problem:
        return Check(bill.name, "failed", bill.problem)
    counted = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in bill.counts.items() if count)
    return Check(bill.name, "ok", counted or "no licence or module in use")


def _data(bill: Bill, columns: list[str]) -> dict[str, Any]:
    if bill.licensing is None:
        return {"name": bill.name, "problem": bill.problem}
    customer = bill.licensing.customer
    named = {"customer_type_name": customer.customer_type_name, "industry_name": customer.industry_name}
    counts = {column: bill.counts[column] for column in columns}
    return {"name": bill.name, "customer": {**customer.model_dump(), **named}, "counts": counts}


def _sheet(version: Version, columns: list[str], bills: list[Bill]) -> tuple[tuple[str, ...], ...]:
    """Only what was read, and no totals: who bills adds up."""
    billing = ("use_new_billing_method",) if version == "3.5" else ()
    header = ("environment", "customer", "reference", "customer_type", "industry", *billing, *columns)
    return (header, *((*_texts(bill, version), *_numbers(bill, columns)) for bill in bills if bill.licensing))
