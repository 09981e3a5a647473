"""``w365 generate``: writes a program and an import file for all environments of an instance, so that the next preview shows no change."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365_cli import new_project, options, output_formats, project_file, stack_config, stack_views
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError, PulumiCLIRequired
from pulumi_workspace365_cli.file_schemas import names as schema_names
from pulumi_workspace365_cli.generation import customer_selection, files
from pulumi_workspace365_cli.generation.customer_selection import GeneratedCustomer, SkippedEnvironment
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table

_COLUMNS = (Column("environment"), Column("written", "status"), Column("where", "prose"))
_READABLE = 0o644
_IMPORT_FILE = "import.json"
_DEFAULT_RING = "broad"


def register(app: typer.Typer) -> None:
    examples = options.examples(
        "w365 generate", "w365 generate contoso fabrikam --set canary", "w365 generate --unmanaged --force"
    )
    app.command("generate", epilog=examples)(generate)


def generate(
    *,
    names: options.Names = None,
    set_: Annotated[
        str | None,
        typer.Option("--set", metavar="NAME", help="The folder below customers/ (default: the stack's setting `customers`)."),
    ] = None,
    unmanaged: Annotated[
        bool, typer.Option("--unmanaged", help="Omit environments that a stack of the project already manages.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist; never the program.")] = False,
    stack: options.Stacks = None,
    all_stacks: options.AllStacks = False,
    state: options.State = None,
    sandbox: options.Sandbox = False,
    output: options.Output = None,
) -> None:
    """Write a program, customers' files and an import file.

    For the environments of an instance, which are only listed. The files are for the first stack given, or the selected one, and follow its settings. With --unmanaged, what any of the stacks given manages is omitted; of all stacks if at most one is given. After `pulumi import --file import.json --generate-code=false` the next preview shows no change.
    """
    targets = output_formats.resolve_targets(output)
    given = list(dict.fromkeys(stack or ()))
    context = CommandContext.from_options(stack=given[:1], state=state, sandbox=sandbox)
    _refuse_options(given, state, all_stacks=all_stacks)
    paths = OutputPaths.for_project(context, set_)
    client = context.client(PROVISIONING)
    selected = _select(client.list_environments(), names or [])
    if unmanaged:
        managed = _managed(context, given, client.settings.instance)
        selected = [entry for entry in selected if entry.name.casefold() not in managed]
    chosen, skipped = customer_selection.select(selected, _refusal)
    written = _write(paths, chosen, client.settings.instance, force=force) if chosen else {}
    output_formats.write_outputs(report(client.settings.instance, paths, chosen, skipped, written), targets)


def _refuse_options(given: Sequence[str], state: Path | None, *, all_stacks: bool) -> None:
    if state and (all_stacks or len(given) > 1):
        raise typer.BadParameter("it is the state of one stack.", param_hint="--state")
    if all_stacks and len(given) > 1:
        raise typer.BadParameter("give several of --stack NAME or --all-stacks, not both.", param_hint="--all-stacks")


def _managed(context: CommandContext, given: Sequence[str], instance: str) -> set[str]:
    """The names of the environments of the instance that a stack manages: what two stacks manage, one of them deletes."""
    if context.state_file:
        of = [context]
    elif len(given) > 1:
        of = [replace(context, stack=name).verified() for name in given]
    else:
        of = stack_views.all_of(context)
    return {item.id.casefold() for state in stack_views.states(of) for item in state.on_instance(instance).environments}


@dataclass(frozen=True)
class OutputPaths:
    """Where things are written: the folder of Pulumi.yaml, the program's, and that of the customers.

    Attributes:
        stack: for which the files are; empty where --set is given and no stack is chosen.
        configured: the folder below customers/ that the stack reads.
        ring: which the files must name so that the stack deploys them; empty for the default.
    """

    root: Path
    program: Path
    customers: Path
    stack: str
    configured: str
    ring: str

    @classmethod
    def for_project(cls, context: CommandContext, set_: str | None) -> "OutputPaths":
        """Those of the project.

        Raises:
            CommandError: there is no project, or no stack is named.
        """
        if context.project_root is None or not (path := project_file.find(context.project_root)):
            raise CommandError(
                f"There is no Pulumi.yaml in {context.folder} or above: run `w365 init` first, in the project's folder."
            )
        project = project_file.parse(path).value
        main = project.get("main") if isinstance(project, Mapping) else None
        program = (context.project_root / str(main or ".")).resolve()
        program = program.parent if program.suffix == ".py" else program
        stack = _stack(context, is_needed=set_ is None)
        settings = _settings(
            context, context.project_root, stack, str(project.get("name", "")) if isinstance(project, Mapping) else ""
        )
        configured = str(settings.get("customers") or stack.rpartition("/")[2])
        name = set_ if set_ is not None else configured
        if not name or Path(name).name != name or name in {".", ".."}:
            raise typer.BadParameter(f"{name!r} is not a valid folder name below customers/.", param_hint="--set")
        rings = settings.get("rings")
        ring = str(rings[0]) if isinstance(rings, list) and rings and _DEFAULT_RING not in rings else ""
        return cls(context.project_root, program, program / "customers" / name, stack, configured, ring)

    def display_path(self, path: Path) -> str:
        """A path as people see it from the project."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def _stack(context: CommandContext, *, is_needed: bool) -> str:
    """The stack for which the files are. One that does not exist yet may be named, unless that looks like a slip of the pen."""
    try:
        name = context.stack or context.stack_name()
    except CommandError:
        if is_needed:
            raise
        return ""
    with suppress(PulumiCLIRequired):
        if nearest(name.rpartition("/")[2], context.configured_stacks):
            context.require_stack(name)
    return name


def _settings(context: CommandContext, root: Path, stack: str, project: str) -> dict[str, Any]:
    """The stack's own settings that say which customers' files it reads."""
    if not stack:
        return {}
    return {name: stack_config.document(root, stack, context.environ, f"{project}:{name}") for name in ("customers", "rings")}


def _select(entries: Iterable[EnvironmentEntry], names: Sequence[str]) -> list[EnvironmentEntry]:
    listing = EnvironmentIndex(entries)
    if not names:
        return list(listing)
    found = {name: listing.find(name) for name in names}
    missing = [name for name, entry in found.items() if entry is None]
    if missing:
        raise CommandError(f"The instance lists no environment {missing[0]!r}: `w365 environments` shows the existing ones.")
    return list({entry.name: entry for entry in found.values() if entry}.values())


def _refusal(name: str) -> str:
    """Why no program can declare an environment of this name."""
    from pulumi_workspace365.inputs import EnvironmentInputs  # noqa: PLC0415  likewise
    from pulumi_workspace365.resource.arguments import validation_problems  # noqa: PLC0415  it loads the SDK

    return next(iter(validation_problems(EnvironmentInputs, {"environment_name": name})), "")


def _provider() -> str:
    from pulumi_workspace365.environment import EnvironmentProvider  # noqa: PLC0415  it loads the SDK
    from pulumi_workspace365.resource import provider_references  # noqa: PLC0415  likewise

    return provider_references.serialize(EnvironmentProvider())


def _write(paths: OutputPaths, chosen: Sequence[GeneratedCustomer], instance: str, *, force: bool) -> dict[Path, str]:
    """Write everything; returns what each file is. Nothing is written where something is in the way."""
    schema = schema_names.place(paths.root, "customer")
    line = schema_names.editor_line("customer", paths.customers / "_", paths.root) if schema else ""
    texts = {paths.customers / item.file_name: line + files.customer_file(item, instance, paths.ring) for item in chosen}
    texts[paths.root / _IMPORT_FILE] = files.import_file(chosen, instance, _provider())
    in_the_way = [path for path in texts if path.exists() or path.is_symlink()]
    if in_the_way and not force:
        others = f" and {len(in_the_way) - 1} more" if len(in_the_way) > 1 else ""
        raise CommandError(
            f"{paths.display_path(in_the_way[0])}{others} exists already, so nothing was written: move it, choose another --set, or overwrite with --force."
        )
    program = paths.program / new_project.PROGRAM
    if not program.exists():
        texts[program] = new_project.program()
    if schema:
        texts[schema] = new_project.customer_schema()
    for folder in dict.fromkeys(path.parent for path in texts):
        project_file.make_folder(folder)
    for path, text in texts.items():
        project_file.replace(path, text, _READABLE)
    return {path: "overwritten" if path in in_the_way else "written" for path in texts}


def report(
    instance: str,
    paths: OutputPaths,
    chosen: Sequence[GeneratedCustomer],
    skipped: Sequence[SkippedEnvironment],
    written: Mapping[Path, str],
) -> Report:
    """What was written where, and what to do next."""
    rows = [Row((item.entry.name, "written", paths.display_path(paths.customers / item.file_name))) for item in chosen]
    rows += [Row((item.name, "left out", item.reason), "warning") for item in skipped]
    return Report(
        "generate",
        "Environments as code",
        _summary(chosen, skipped),
        facts={
            "instance": instance,
            "customers": paths.display_path(paths.customers),
            "import file": _IMPORT_FILE if chosen else "none",
        },
        tables=(Table("", _COLUMNS, tuple(rows)),) if rows else (),
        checks=(
            *(Check(item.entry.name, "ok", f"in {item.file_name}") for item in chosen),
            *(Check(item.name, "warning", f"left out: {item.reason}") for item in skipped),
        ),
        notes=tuple(_notes(paths, chosen, written)),
        data={
            "instance": instance,
            "customers": [_data(paths, item) for item in chosen],
            "left_out": [{"name": item.name, "reason": item.reason} for item in skipped],
            "files": {paths.display_path(path): what for path, what in written.items()},
        },
    )


def _summary(chosen: Sequence[GeneratedCustomer], skipped: Sequence[SkippedEnvironment]) -> str:
    several = "" if len(chosen) == 1 else "s"
    more = f"; {len(skipped)} left out" if skipped else ""
    return f"Wrote {len(chosen)} customer{several}{more}." if chosen else f"There was nothing to write{more}."


def _notes(paths: OutputPaths, chosen: Sequence[GeneratedCustomer], written: Mapping[Path, str]) -> Iterable[str]:
    if not chosen:
        return
    program = paths.program / "__main__.py"
    if program not in written:
        yield f"{paths.display_path(program)} is not changed: it must declare the customers in {paths.display_path(paths.customers)}."
    stack = f" --stack {paths.stack}" if paths.stack else ""
    if paths.customers.name != paths.configured:
        yield f"Set the stack's customers: `pulumi config set customers {paths.customers.name}{stack}`."
    yield files.WRITE_ONLY
    yield f"Next: `pulumi import --file {_IMPORT_FILE} --generate-code=false{stack}`, then `pulumi preview --expect-no-changes{stack}`. Then remove {_IMPORT_FILE}."


def _data(paths: OutputPaths, customer: GeneratedCustomer) -> dict[str, Any]:
    path = paths.display_path(paths.customers / customer.file_name)
    return {"key": customer.key, "name": customer.entry.name, "active": customer.entry.is_active, "file": path}
