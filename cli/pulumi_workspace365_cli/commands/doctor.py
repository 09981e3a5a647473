"""``w365 doctor``: checks the set-up and suggests remedies."""

import platform

import typer

from pulumi_workspace365_cli import options, output_formats, stack_checks, versions
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.diagnosis import local, remote
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Check, Report, exit_code_of
from pulumi_workspace365_components.validation.checks import CheckError


def register(app: typer.Typer) -> None:
    app.command("doctor", epilog=options.examples("w365 doctor", "w365 doctor --stack prod --output html=doctor.html"))(doctor)


def doctor(
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.Output = None,
) -> None:
    """Check the set-up and suggest remedies.

    Checks versions, project, TLS, clock, proxy, both keys and health. Sends one read-only request per key and changes nothing. Exit code 3 if a check failed; each failure includes a remedy.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, sandbox=sandbox).verified()
    output_formats.write_outputs(
        report((*local.run_checks(context), *remote.run_checks(context, needs_health=_needs_health(context)))), targets
    )


def _needs_health(context: CommandContext) -> bool:
    """Whether a check of the stack reads the instance's health; a stack that cannot be read is reported by other checks."""
    try:
        checks = stack_checks.read(context, context.stack_name())
    except (CommandError, CheckError):
        return False
    return any(check.kind == "health" for check in checks or ())


def report(checks: tuple[Check, ...]) -> Report:
    """All checks, with a summary."""
    count = {verdict: sum(check.verdict == verdict for check in checks) for verdict in ("failed", "warning")}
    summary = "No problems found." if not any(count.values()) else f"{count['failed']} failed, {count['warning']} warnings."
    return Report(
        "doctor",
        "Doctor",
        summary,
        checks=checks,
        data={
            "versions": {
                "w365": versions.installed_version(versions.DISTRIBUTION),
                "pulumi": versions.installed_version("pulumi"),
                "python": platform.python_version(),
            }
        },
        exit_code=exit_code_of(checks),
    )
