"""The page about what is supported."""

from pulumi_workspace365_cli import support

_HEAD = """# What is supported

`w365 doctor` compares what is installed with this table, which is part of the package. A version outside of the bounds fails; a newer one than those tried is
noted, and may work.

| | lowest | below | tried | if yours is not between |
|---|---|---|---|---|
"""
_SYSTEMS = """
The Pulumi CLI is not needed where the embedded engine is installed, and azure-native only for WebSocket APIs.

The workflow `.github/workflows/support.yml` runs the tests every week on each Python, with the newest and with the lowest packages, in other orders, with other
clocks, under load and offline; `make matrix` does the same on a machine of yours. What the Pulumi CLI does was recorded with the newest one
tried, and every run of the tests compares with these [recordings](fidelity.md).

| system | |
|---|---|
"""
_COMPONENTS = {
    "python": "Python",
    "pulumi": "Pulumi's Python SDK, `pulumi`",
    "cli": "the Pulumi CLI",
    "pulumi-azure-native": "`pulumi-azure-native`",
}
_NAMES = {"Darwin": "macOS", "Windows": "[Windows](windows.md)"}


def page() -> str:
    """The matrix: a table of components, one of systems."""
    systems = [f"| {_NAMES.get(name, name)} | {known} |" for name, known in support.systems().items()]
    return _HEAD + "\n".join(map(_row, support.COMPONENTS)) + "\n" + _SYSTEMS + "\n".join(systems) + "\n"


def _row(component: str) -> str:
    known = support.supported(component)
    return f"| {_COMPONENTS[component]} | {known.lowest} | {known.below or ''} | {', '.join(known.tried)} | {_in_code(known.remedy)} |"


def _in_code(remedy: str) -> str:
    """A remedy whose requirement is code, so that Markdown leaves its signs alone."""
    return " ".join(f"`{word}`" if ">=" in word else word for word in remedy.split(" "))
