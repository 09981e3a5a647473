"""The customers' files of one folder: each by itself, then across files: keys, environments, rings, and the secrets of the stacks that deploy them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.documents.yaml_document import ValuePath
from pulumi_workspace365_cli.file_validation.findings import Finding, Verdict, at
from pulumi_workspace365_cli.file_validation.projects import Project, Stack
from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.customer_file import EXPECTED, CustomerModel
from pulumi_workspace365_components.stack_files.strict_yaml import CheckedFile

Checked = CheckedFile[CustomerModel]
_Value = Callable[[CustomerModel], str]
_CLAIMS: tuple[tuple[str, str, ValuePath, _Value], ...] = (
    ("duplicate-key", "key", ("key",), lambda customer: customer.key.casefold()),
    ("duplicate-environment", "environment.name", ("environment", "name"), lambda customer: customer.environment.name.casefold()),
)


@dataclass(frozen=True)
class CustomerSet:
    """A folder of customers' files, and the project and stacks that deploy it."""

    folder: Path
    project: Project | None
    files: tuple[Checked, ...]

    @classmethod
    def read(cls, folder: Path, project: Project | None) -> "CustomerSet":
        """All files of a folder.

        Raises:
            OSError: the folder cannot be read.
        """
        paths = strict_yaml.files_of(folder)
        return cls(folder, project, tuple(strict_yaml.check_file(path, CustomerModel, EXPECTED) for path in paths))

    @property
    def customers(self) -> list[tuple[Path, CustomerModel]]:
        """Those whose files are well formed."""
        return [(one.path, one.model) for one in self.files if one.model]

    @property
    def stacks(self) -> list[Stack]:
        """Those that deploy this folder; without one, a stack of the folder's name that has defaults only."""
        project = self.project
        if project is None or self.folder.parent != project.program / "customers":
            return []
        found = [stack for stack in project.stacks if stack.settings and stack.settings.folder == self.folder]
        return found or [project.default_stack(self.folder.name)]

    def findings(self, chosen: Collection[Path]) -> Iterator[Finding]:
        """What is wrong with the files that were chosen."""
        stacks = self.stacks
        for one in self.files:
            if one.path in chosen:
                yield from _of_file(one, self.project)
                if one.model:
                    yield from _of_rings(one, one.model, stacks)
                    yield from _of_secrets(one, one.model, stacks)
        yield from self._twins(chosen)

    def _twins(self, chosen: Collection[Path]) -> Iterator[Finding]:
        checked = {one.path: one for one in self.files}
        for rule, name, field, value in _CLAIMS:
            for claimed, paths in strict_yaml.twins(self.customers, value).items():
                told = [path for path in paths[1:] if path in chosen] or [path for path in paths[:1] if path in chosen]
                for path in told:
                    other = checked[next(one for one in paths if one != path)]
                    line = other.document.line(field) if other.document else 1
                    text = f"{name}: {claimed!r} is also that of {input_files.display_path(other.path.name)}, line {line}"
                    yield at(path, checked[path].document, field, rule, text, remedy="Each customer needs its own.")


def _of_file(one: Checked, project: Project | None) -> Iterator[Finding]:
    for problem in one.problems:
        yield Finding(one.path, "field" if problem.field else "syntax", problem.reason, problem.line, problem.column)
    if one.model is None:
        return
    for field, text in one.model.provider_problems():
        yield _at(one, field, "value", f"{'.'.join(map(str, field))}: {text}")
    if one.model.admin is None and not one.model.environment.adopt_existing:
        text = "admin: it is required to create the environment; only one that exists needs none"
        yield _at(one, ("environment",), "administrator", text, "warning")
    if one.model.template and project:
        for text in _template_problems(project.program / one.model.template.file):
            yield _at(one, ("template", "file"), "value", f"template.file: {text}")


def _at(one: Checked, field: ValuePath, rule: str, message: str, verdict: Verdict = "failed") -> Finding:
    return at(one.path, one.document, field, rule, message, verdict=verdict)


def _template_problems(path: Path) -> list[str]:
    import pulumi  # noqa: PLC0415  loading the SDK takes longer than validating hundreds of files

    from pulumi_workspace365.resource.arguments import validation_problems  # noqa: PLC0415  likewise
    from pulumi_workspace365.template import TemplateInputs  # noqa: PLC0415  likewise

    given = {"environment": "-", "configuration": pulumi.FileAsset(str(path))}
    return [text.removeprefix("configuration: ") for text in validation_problems(TemplateInputs, given)]


def _of_rings(one: Checked, customer: CustomerModel, stacks: Sequence[Stack]) -> Iterator[Finding]:
    """A ring that the settings do not allow, or that no stack deploys."""
    settings = [stack.settings for stack in stacks if stack.settings]
    if problem := next((wrong for known in settings if (wrong := known.ring_problem(customer.ring))), None):
        yield _at(one, ("ring",), "unknown-ring", f"ring: {problem}")
        return
    taken = {ring for known in settings for ring in known.rings or ()}
    if not settings or any(known.rings is None for known in settings) or customer.ring in taken:
        return
    near = nearest(customer.ring, taken)
    meant = f"; the nearest is {near!r}" if near else ""
    text = f"ring: no stack deploys {customer.ring!r}: the stacks of this folder take {', '.join(sorted(taken))}{meant}"
    yield _at(one, ("ring",), "unknown-ring", text)


def _of_secrets(one: Checked, customer: CustomerModel, stacks: Sequence[Stack]) -> Iterator[Finding]:
    """A key that ``config:NAME`` does not find in the configuration of a stack that deploys the customer."""
    for stack in stacks:
        key = f"{stack.project.name}:{customer.secret}"
        if not customer.secret or not stack.is_whole or key in stack.values or key in stack.project.declared:
            continue
        settings = stack.settings
        if stack.document is None or settings is None or (settings.rings is not None and customer.ring not in settings.rings):
            continue
        text = f"sign_on.key_from: the stack {stack.name} has no secret {customer.secret!r}"
        remedy = f"Run `pulumi config set --secret {customer.secret} --stack {stack.name}`."
        yield at(one.path, one.document, ("sign_on", "key_from"), "missing-secret", text, remedy=remedy)
