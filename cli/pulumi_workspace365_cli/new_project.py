"""The files of a new project: a program, its first customer, what it needs, and what stays out of version control."""

from importlib import resources
from pathlib import Path

from pulumi_workspace365_cli.file_schemas import names as schema_names

STACK = "dev"
PROGRAM = "__main__.py"
_CUSTOMER = f"customers/{STACK}/contoso.yaml"
_SCHEMA = f"{schema_names.FOLDER}/{schema_names.file_name('customer')}"
_CUSTOMER_TEXT = """\
# The first customer of the stack, an example: each file here is one customer. Replace it before you deploy to a real instance.
key: contoso  # names the customer in Pulumi's state; never change it
environment:
  name: contoso
admin:  # used once, when the environment is created
  email: admin@contoso.example
  first_name: Carla
  last_name: Conti
"""
_REQUIREMENTS = """\
# pulumi-workspace365 is not released yet, so it is not named here: a registry that has the name has a package of somebody else.
# Build its wheels in a clone with `make wheels`, then: pip install CLONE/wheels/*.whl
pulumi>=3.272,<4
"""
_IGNORED = """\
.venv/
venv/
__pycache__/
# the state of local servers, records of rollouts, backups of states
.sandbox/
.w365/
w365-*.json
"""


def texts(root: Path) -> dict[str, str]:
    """The texts of the files that a project still lacks, by their names in its folder; a program of its own gets no customer.

    Args:
        root: the project's folder.
    """
    wanted = {"requirements.txt": _REQUIREMENTS, ".gitignore": _IGNORED}
    if not (root / PROGRAM).exists():
        wanted |= {
            PROGRAM: program().replace("Written by `w365 generate`; it", "It"),
            _CUSTOMER: _customer(root),
            _SCHEMA: customer_schema(),
        }
    return {name: text for name, text in wanted.items() if not (root / name).exists()}


def program() -> str:
    """The program that deploys a customer per file, as ``w365 generate`` writes it."""
    return resources.files("pulumi_workspace365_cli.generation").joinpath("program.py").read_text("utf-8")


def customer_schema() -> str:
    """The schema of customers' files, for editors."""
    from pulumi_workspace365_cli.file_schemas import catalog  # noqa: PLC0415  it loads the SDK

    return catalog.text("customer")


def _customer(root: Path) -> str:
    return schema_names.editor_line("customer", root / _CUSTOMER, root) + _CUSTOMER_TEXT
