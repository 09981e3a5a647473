"""What must hold of a stack before an operation on it begins."""

from collections.abc import Sequence

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.plan.patterns import UrnPatterns
from pulumi_embedded_engine.plan.snapshot import Snapshot
from pulumi_embedded_engine.report.observer import Reporter
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.run.options import Options


def check(options: Options, resources: Sequence[Resource], base: Snapshot, reporter: Reporter) -> None:
    """Check that this engine can carry out the operation.

    Args:
        options: the options of the operation.
        resources: those of the stack, in the order of its state.
        base: the same, by URN.
        reporter: is told of each resource that is in the way, where there are several.

    Raises:
        NeedsPulumiCLI: the state has a resource that only the CLI can continue.
        EngineError: a target is not in the state, or has delete hooks although the program does not run.
    """
    _refuse_unsupported(resources)
    if options.kind in {Mode.REFRESH, Mode.DESTROY}:
        _refuse_unknown(options, base)
    if options.kind == Mode.DESTROY and not options.run_program:
        _refuse_delete_hooks(resources, reporter)


def _refuse_unsupported(resources: Sequence[Resource]) -> None:
    for resource in resources:
        if resource.view_of:
            raise NeedsPulumiCLI(f"the resource {resource.urn}, which is a view of another one,")
        if resource.extra.get("extensionRef") or resource.extra.get("snippetID"):
            raise NeedsPulumiCLI(f"the resource {resource.urn}, which comes from an extension or a snippet,")
        if resource.custom and not resource.provider and not resource.type.startswith("pulumi:providers:"):
            raise NeedsPulumiCLI(f"the resource {resource.urn}, written by a version of Pulumi that noted no providers,")


def _refuse_unknown(options: Options, base: Snapshot) -> None:
    for urn in UrnPatterns([*options.limits.targets, *options.limits.excludes]).literals:
        if urn not in base.all:
            raise EngineError(f"no resource named '{urn}' found")


def _refuse_delete_hooks(resources: Sequence[Resource], reporter: Reporter) -> None:
    hooked = {
        resource.urn: [*resource.resource_hooks.get("BeforeDelete", ()), *resource.resource_hooks.get("AfterDelete", ())]
        for resource in resources
    }
    for urn, names in hooked.items():
        if names:
            message = f"Resource has delete hooks registered, but the program is not running. Hooks: {', '.join(names)}"
            reporter.error(urn, message)
    if any(hooked.values()):
        raise EngineError("You must run with the `--run-program` flag to use delete hooks during destroy.")
