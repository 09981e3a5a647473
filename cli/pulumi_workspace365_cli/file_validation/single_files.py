"""Files that are judged by themselves: checks, budgets, rollouts; and the settings of stacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365.resource import config_keys
from pulumi_workspace365_cli import stack_config
from pulumi_workspace365_cli.file_validation.customer_sets import CustomerSet
from pulumi_workspace365_cli.file_validation.findings import Finding, at
from pulumi_workspace365_cli.file_validation.projects import Stack
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_components.stack_files import settings as stack_settings


def of_checks(path: Path) -> Iterator[Finding]:
    """What is wrong with a checks file. Variables and files that it names are not looked at."""
    document, problems = _read(path)
    yield from problems
    if document:
        for field, text in _check_problems(document.value):
            yield at(path, document, field, "field", text)


def _check_problems(document: object) -> list[tuple[ValuePath, str]]:
    from pulumi_workspace365_components.validation import checks_file  # noqa: PLC0415  it takes as long as a hundred customers

    return [(problem.path, problem.text) for problem in checks_file.problems_of(document)]


def of_budgets(path: Path) -> Iterator[Finding]:
    """What is wrong with a budgets file."""
    document, problems = _read(path)
    yield from problems
    if document:
        yield from _budget_findings(path, document, budgets.problems(document.value))


def of_rollout(path: Path) -> Iterator[Finding]:
    """What is wrong with a rollout, and with the file of budgets that it names."""
    from pulumi_workspace365_cli.rollout import plan_file  # noqa: PLC0415  it takes as long as a hundred customers

    document, problems = _read(path)
    yield from problems
    if document is None:
        return
    if not isinstance(document.value, dict):
        yield at(path, document, (), "syntax", "a rollout has waves, a list of names and stacks; this file has none")
        return
    model, wrong = plan_file.validated(document)
    for spot, text in wrong:
        yield at(path, document, spot, "field", text)
    if model and isinstance(model.budgets, str):
        yield from of_budgets(path.parent / model.budgets)
    elif model:
        yield from _budget_findings(path, document, budgets.problems({"budgets": model.budgets}))


def _budget_findings(path: Path, document: Document, problems: Iterable[tuple[ValuePath, str]]) -> Iterator[Finding]:
    for spot, text in problems:
        yield at(path, document, spot, "field", text)


def of_stack(stack: Stack, customers: CustomerSet | None) -> Iterator[Finding]:
    """What is wrong with a stack's file: its settings, keys that nothing reads, its checks, and a folder or a ring that does not exist.

    Args:
        stack: the stack.
        customers: the files that it deploys; ``None`` where there is no folder of them.
    """
    yield from stack.problems
    if stack.document is None:
        return
    if stack.project.reads_customers:
        yield from stack.problems_of_settings()
    if stack.checks is not None:
        for field, text in _check_problems(stack.checks):
            yield stack.finding(stack_config.CHECKS, "field", f"{stack_config.CHECKS}: {text}", field=field)
    secrets = {customer.secret for _, customer in customers.customers if customer.secret} if customers else set()
    yield from _unknown_keys(stack, secrets)
    yield from _unknown_folder(stack, customers)
    yield from _unknown_rings(stack, customers)


def _unknown_keys(stack: Stack, secrets: Iterable[str]) -> Iterator[Finding]:
    known, instead = dict(config_keys.PACKAGES), dict[str, str]()
    if stack.project.reads_customers:
        namespace = f"{stack.project.name}:"
        encrypted = {
            key.removeprefix(namespace)
            for key, value in stack.values.items()
            if key.startswith(namespace) and isinstance(value, dict) and "secure" in value
        }
        own, instead = stack_settings.known_keys(stack.project.name, {*secrets, *encrypted})
        known |= {name: frozenset(keys) for name, keys in own.items()}
    for key, text in config_keys.unknown_keys(stack.values, known, instead, stack.project.declared).items():
        yield stack.finding(key, "unknown-setting", text, config_keys.ADVICE)


def _unknown_folder(stack: Stack, customers: CustomerSet | None) -> Iterator[Finding]:
    if stack.project.reads_customers and stack.settings and customers is None:
        key = f"{stack.project.name}:customers"
        yield stack.finding(
            key,
            "unknown-folder",
            f"{key}: there is no folder customers/{stack.settings.customers}",
            "Make it, or name another one.",
        )


def _unknown_rings(stack: Stack, customers: CustomerSet | None) -> Iterator[Finding]:
    if not stack.settings or customers is None or any(one.model is None for one in customers.files):
        return
    there = {customer.ring for _, customer in customers.customers}
    for at_, ring in enumerate(stack.settings.rings or ()):
        if ring not in there:
            key = f"{stack.project.name}:rings"
            text = f"{key}: no customer has the ring {ring!r}; there are: {', '.join(sorted(there)) or 'none'}"
            yield stack.finding(key, "unknown-ring", text, field=(at_,))


def _read(path: Path) -> tuple[Document | None, list[Finding]]:
    source = input_files.display_path(path)
    try:
        return yaml_document.parse(input_files.decode_text(input_files.read_regular_file(path), source), source), []
    except input_files.FileError as problem:
        return None, [Finding(path, "syntax", problem.reason, problem.line, problem.column)]
