"""Compares the installed versions with the supported ones."""

import platform
from collections.abc import Iterator

from pulumi_workspace365_cli import support, versions
from pulumi_workspace365_cli.report import Check


def run_checks() -> Iterator[Check]:
    """The checks of Python, the system, and the packages of this virtual environment."""
    yield compare("Python", "python", platform.python_version())
    yield _system(platform.system())
    yield Check("package", "ok", f"{versions.DISTRIBUTION} {versions.installed_version(versions.DISTRIBUTION)}")
    yield compare("Pulumi SDK", "pulumi", versions.installed_version("pulumi"))
    azure_native = versions.installed_version("pulumi-azure-native")
    if azure_native == versions.NOT_INSTALLED:
        yield Check("azure-native", "skipped", "not installed; only WebSocket APIs need it")
    else:
        yield compare("azure-native", "pulumi-azure-native", azure_native)


def compare(name: str, component: str, version: str, shown: str | None = None) -> Check:
    """Whether a version of a component of the matrix is supported.

    Args:
        name: of the check.
        component: one of ``support.COMPONENTS``.
        version: the installed one.
        shown: the detail where all is well; the version by default.
    """
    known, shown = support.supported(component), shown or version
    if known.is_too_old(version):
        return Check(name, "failed", f"{shown} is older than {known.lowest}, the oldest supported version", known.remedy)
    if known.is_too_new(version):
        return Check(name, "failed", f"{shown} is not supported: it must be below {known.below}", known.remedy)
    if known.is_untried(version):
        return Check(name, "ok", f"{shown}, newer than {known.tried[-1]}, the newest version that the tests have run with")
    return Check(name, "ok", shown)


def _system(system: str) -> Check:
    tested = system == "Linux"
    return Check(
        "system", "ok", system if tested else f"{system}: {support.systems().get(system, 'nobody has run the tests there')}"
    )
