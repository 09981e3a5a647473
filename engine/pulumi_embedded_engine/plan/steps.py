"""The steps a deployment is made of. Pure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_embedded_engine.plan.goal import Read, Registration
from pulumi_embedded_engine.plan.snapshot import Entry
from pulumi_embedded_engine.resource.diffs import UNCHANGED, Changes, DiffResult, PropertyDiff


class Op(StrEnum):
    """What a step does, in the words of Pulumi's events."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    READ_DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


LOGICAL = frozenset({Op.SAME, Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE, Op.READ, Op.READ_DISCARD, Op.IMPORT})
"""The steps that stand for an operation of the program; the others are parts of one."""

DELETES = frozenset({Op.DELETE, Op.DELETE_REPLACED, Op.READ_DISCARD, Op.DISCARD_REPLACED})


@dataclass(frozen=True)
class PlannedImport:
    """An import that a person commands.

    Args:
        selected: the person chose the properties, so that what they lack is not the provider's fault.
        problem: why the import is impossible, if that is known before the provider is called.
    """

    selected: bool
    problem: str = ""


@dataclass(eq=False)
class Step:
    """One change to the state, and what is needed to carry it out.

    Args:
        op: what to do.
        old: the resource before; the one to delete or refresh.
        new: the resource afterwards, completed while the step is applied. None where nothing remains.
        waiting: the call of the program that waits for this resource.
        diff: why: the provider's diff, for updates and replacements; for a refresh what it found.
        pending_delete: the old resource is deleted at the end (create before delete).
        pending_replacement: the old resource stays in state until its successor exists (delete before create).
        skipped: nothing is created or recorded: the program only gets an answer.
        ignore_changes: property paths that the provider ignores.
        then: plans the rest once a refresh or an import found what really is there (None: it is gone).
        original: the resource that an import replaces.
        planned: what is special about an import that is a command, not a part of a program.
        internal: not shown.
        untargeted: unchanged only because the operation is limited to other resources: it was not compared.
    """

    op: Op
    old: Entry | None
    new: Entry | None
    waiting: Registration | Read | None = None
    diff: DiffResult = UNCHANGED
    pending_delete: bool = False
    pending_replacement: bool = False
    skipped: bool = False
    ignore_changes: list[str] = field(default_factory=list)
    then: "Callable[[Entry | None], Awaitable[list[Step]]] | None" = None
    original: Entry | None = None
    planned: PlannedImport | None = None
    internal: bool = False
    untargeted: bool = False
    seed: bytes = b""

    @property
    def resource(self) -> Entry:
        """What the step acts on: the old resource of a delete or refresh, else the new one."""
        acts_on_old = self.op in DELETES or self.op in (Op.REFRESH, Op.REMOVE_PENDING_REPLACE)
        resource = self.old if acts_on_old else self.new
        if resource is None:
            raise ValueError(f"a step of kind {self.op} has nothing to act on")
        return resource

    @property
    def successor(self) -> Entry:
        """The new resource, of steps that have one."""
        if self.new is None:
            raise ValueError(f"a step of kind {self.op} without a new resource")
        return self.new

    @property
    def urn(self) -> str:
        """The URN of the resource."""
        return (self.new or self.resource).urn

    @property
    def type(self) -> str:
        """Its type token."""
        return (self.new or self.resource).state.type

    @property
    def provider(self) -> str:
        """The reference of its provider; empty for a component."""
        return (self.new or self.resource).state.provider

    @property
    def logical(self) -> bool:
        """Whether it is an operation of the program, not a part of one."""
        return self.op in LOGICAL

    @property
    def persisted(self) -> bool:
        """Whether a refresh is recorded by itself, in the course of a program."""
        return self.then is not None

    @property
    def keys(self) -> list[str]:
        """The properties that cause a replacement."""
        return [] if self.op in (Op.UPDATE, Op.REFRESH) else self.diff.replace_keys

    @property
    def detailed(self) -> dict[str, PropertyDiff] | None:
        """The differences by property path, where the provider gave them."""
        return self.diff.detailed

    @property
    def result_op(self) -> Op:
        """What a refresh found: that the resource is the same, was updated, or is gone."""
        if self.op != Op.REFRESH:
            return self.op
        if self.new is None:
            return Op.DELETE
        return Op.SAME if self.new is self.old or self.diff.changes == Changes.NONE else Op.UPDATE


def delete(old: Entry, *, replaced: bool = False, pending_replacement: bool = False) -> Step:
    """Delete a resource, or only forget it where it is not ours."""
    if old.state.external:
        op = Op.DISCARD_REPLACED if replaced else Op.READ_DISCARD
    else:
        op = Op.DELETE_REPLACED if replaced else Op.DELETE
    return Step(op, old, None, pending_replacement=pending_replacement)


def replacement(old: Entry, new: Entry, waiting: Registration, diff: DiffResult = UNCHANGED, *, delete_later: bool) -> list[Step]:
    """Put a new resource in the place of an old one, which is deleted later or has been deleted before."""
    create = Step(Op.CREATE_REPLACEMENT, old, new, waiting, diff, pending_delete=delete_later)
    replace = Step(Op.REPLACE, old, new, diff=diff, pending_delete=delete_later)
    return [create, replace] if delete_later else [replace, create]
