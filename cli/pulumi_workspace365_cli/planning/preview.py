"""The document that ``pulumi preview --json`` prints, by the CLI or the embedded engine. An incomplete document is refused."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365_cli import resource_names
from pulumi_workspace365_cli.errors import CommandError

OPERATIONS = frozenset(
    {
        "same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced", "read", "read-replacement",
        "refresh", "discard", "discard-replaced", "remove-pending-replace", "import", "import-replacement", "diff",
    }
)  # fmt: skip
"""What a step may do (the CLI's display.StepOp)."""
QUIET = frozenset({"same", "read", "refresh", "discard", "diff", "remove-pending-replace", "discard-replaced"})
"""Operations that change nothing anywhere."""
_COUNTED = ("create", "update", "delete", "replace", "import")
_STACK = "::pulumi:pulumi:Stack"
_HOW = "Give the complete output of `pulumi preview --json` (not `--output json`)"


def _or_empty(value: Any) -> Any:
    return {} if value is None else value


def _or_none_listed(value: Any) -> Any:
    return [] if value is None else value


Properties = Annotated[Mapping[str, Any], BeforeValidator(_or_empty)]
Names = Annotated[list[str], BeforeValidator(_or_none_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, alias_generator=to_camel)


class State(_Part):
    """A resource before or after the step, with the type and the property names of Python's dynamic resources.

    What is secret is the text ``[secret]``.
    """

    type: str = ""
    id: str | None = None
    custom: bool = False
    protect: bool = False
    retain_on_delete: bool = False
    inputs: Properties = {}
    outputs: Properties = {}
    dependencies: Names = []
    deleted_with: str | None = None
    parent: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _normalised(cls, stated: Any) -> Any:
        return resource_names.normalised(stated)


class Step(_Part):
    """What would be done with one resource."""

    op: str
    urn: str = Field(pattern=r"^urn:pulumi:.*::.*::.+::.+$")
    old_state: State | None = None
    new_state: State | None = None
    diff_reasons: Names = []
    replace_reasons: Names = []
    detailed_diff: Properties = {}

    @property
    def state(self) -> State:
        """The resource as it will be, else as it was."""
        return self.new_state or self.old_state or State()

    @property
    def type(self) -> str:
        """The type token of the resource; of a package's resource that of the dynamic one."""
        return self.state.type or resource_names.dynamic_type(self._own_type)

    @property
    def _own_type(self) -> str:
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def is_custom(self) -> bool:
        """Whether a provider stands behind it: components and the stack itself are only names for what they hold."""
        states = [state for state in (self.old_state, self.new_state) if state]
        return any(state.custom for state in states) if states else True

    @property
    def properties(self) -> tuple[str, ...]:
        """The arguments that differ, by their names in Python."""
        paths = resource_names.normalised_paths(self._own_type, self.detailed_diff or [*self.diff_reasons, *self.replace_reasons])
        return tuple(dict.fromkeys(path.split(".")[0].split("[")[0] for path in paths))


class Diagnostic(_Part):
    """A message of the program, a provider or the engine."""

    urn: str | None = None
    message: str = ""
    severity: str = ""

    @property
    def line(self) -> str:
        """The message in one line, without its severity."""
        return " ".join(self.message.split()).removeprefix(f"{self.severity}: ").removeprefix("Preview failed: ")

    @property
    def named_line(self) -> str:
        """The message in one line, after the name of its resource unless it contains that."""
        kind, _, name = (self.urn or "").rpartition("::")
        return self.line if not kind or kind.endswith(_STACK) or name in self.line else f"{name}: {self.line}"


class Preview(_Part):
    """A whole preview."""

    steps: Annotated[list[Step], BeforeValidator(_or_none_listed)] = []
    diagnostics: Annotated[list[Diagnostic], BeforeValidator(_or_none_listed)] = []
    change_summary: Mapping[str, int] | None = None
    maybe_corrupt: bool = False

    @property
    def errors(self) -> list[str]:
        """Why the preview failed; the engine's final message only if there is no other."""
        errors = [diagnostic.line for diagnostic in self.diagnostics if diagnostic.severity == "error"]
        causes = [line for line in errors if line != "preview failed" and "program exited with non-zero exit code" not in line]
        return list(dict.fromkeys(causes or errors))

    @property
    def warnings(self) -> list[str]:
        """The warnings, each with the name of the resource that it is about, unless it says that itself."""
        return list(dict.fromkeys(item.named_line for item in self.diagnostics if item.severity == "warning"))

    @property
    def stack(self) -> str:
        return self.steps[0].urn.split("::")[0].removeprefix("urn:pulumi:") if self.steps else ""

    @property
    def project(self) -> str:
        return self.steps[0].urn.split("::")[1] if self.steps else ""


def read(raw: bytes, source: str) -> Preview:
    """The preview in a file.

    Args:
        raw: its bytes; UTF-8, or UTF-16 with its mark, as PowerShell writes.
        source: how to call the file in messages.

    Raises:
        CommandError: it is no preview, or not a whole one.
    """
    try:
        found = Preview.model_validate(_document(raw, source))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise CommandError(f"{source} is not a Pulumi preview: {where}: {first['msg']}. {_HOW}.") from None
    if not found.errors:
        _refuse_a_part(found, source)
    return found


def _document(raw: bytes, source: str) -> Any:
    try:
        text = input_files.decode_text(raw, source, utf_16=True)
    except input_files.FileError as problem:
        raise CommandError(f"{problem} {_HOW}.") from problem
    if not text.strip():
        raise CommandError(f"{source} is empty: the preview printed nothing, so it probably failed; its standard error says why.")
    try:
        return json_document.parse(text, source)
    except input_files.FileError as problem:
        raise CommandError(_no_json(text, problem)) from problem


def _no_json(text: str, problem: input_files.FileError) -> str:
    source = problem.source
    if not isinstance(problem.__cause__, json.JSONDecodeError):
        return f"{problem} {_HOW}."
    if not text.lstrip().startswith("{"):
        return f"{source} is not JSON: it begins with other text. Run `pulumi preview --json`, and keep standard error apart from it."
    if text.count("\n{") and '"sequence"' in text[:200]:
        return f"{source} is a stream of events, not a preview: unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, and run `pulumi preview --json` again."
    return f"{source} is not a whole JSON document (line {problem.line}): it was cut off, or something else was written into it. {_HOW}."


def _refuse_a_part(preview: Preview, source: str) -> None:
    """A preview without errors must also be complete: what is missing could be anything."""
    if preview.change_summary is None or not preview.steps:
        raise CommandError(
            f"{source} is not a whole preview: it has no {'steps' if preview.change_summary else 'changeSummary'}. {_HOW}."
        )
    if preview.maybe_corrupt:
        raise CommandError(
            f"{source}: Pulumi says that the stack's state may be corrupt. Look at `pulumi stack export` before anything else."
        )
    unknown = [step.op for step in preview.steps if step.op not in OPERATIONS]
    if unknown:
        raise CommandError(f"{source} has the operation {unknown[0]!r}, which this version of w365 cannot judge: upgrade it.")
    counts = Counter(step.op for step in preview.steps)
    for op in _COUNTED:
        announced = preview.change_summary.get(op, 0)
        if counts[op] < announced:
            raise CommandError(
                f"{source} is not a whole preview: it announces {announced} of {op}, but has {counts[op]} of them. {_HOW}."
            )
