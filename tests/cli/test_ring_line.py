"""The ring of a customer's file changes in its place; everything else of the file stays as it was written."""

import pytest

from pulumi_workspace365_cli.customer_move.ring_line import with_ring
from pulumi_workspace365_cli.errors import CommandError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# A\nkey: contoso   # c\nring:  canary # r\n\nenvironment: {name: contoso}\n", "# A\nkey: contoso   # c\nring:  broad # r\n\nenvironment: {name: contoso}\n"),
        ('key: contoso\r\nring: "canary"\r\nadmin:\r\n  ring: canary\r\n', 'key: contoso\r\nring: "broad"\r\nadmin:\r\n  ring: canary\r\n'),
        ("admin: {ring: x}\nring: 'canary'", "admin: {ring: x}\nring: 'broad'"),
        ("\ufeffkey: contoso # no ring\nenvironment:\n  name: ä\U0001f600 # ring\n", "\ufeffkey: contoso # no ring\nring: broad\nenvironment:\n  name: ä\U0001f600 # ring\n"),
        ("environment: {name: \U0001f600}\nring: canary\nkey: contoso", "environment: {name: \U0001f600}\nring: broad\nkey: contoso"),
        ("environment: {name: x}\nkey: contoso", "environment: {name: x}\nkey: contoso\nring: broad"),
        ("{key: contoso, ring: canary}", "{key: contoso, ring: broad}"),
        ("---\nkey: contoso\nring:\n  canary\n...\n", "---\nkey: contoso\nring:\n  broad\n...\n"),
        ("ring: !!str canary\nkey: a\n", "ring: broad\nkey: a\n"),
    ],
)  # fmt: skip
def test_only_the_ring_changes(before: str, after: str) -> None:
    assert with_ring(before, "broad", "it") == after


@pytest.mark.parametrize(("ring", "written"), [("1", "'1'"), ("yes", "'yes'"), ("1.5", "'1.5'"), ("2027-01-31", "2027-01-31")])
def test_a_ring_that_yaml_would_read_as_something_else_is_quoted(ring: str, written: str) -> None:
    assert with_ring("key: a\nring: canary # c\n", ring, "it") == f"key: a\nring: {written} # c\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: &ring canary\nkey: contoso\nring: *ring\n",
        "ring: &ring canary\nkey: contoso\nb: *ring\n",
        "ring: |\n  canary\nkey: contoso\n",
        "{key: contoso}",
        "base: &b {ring: canary}\n<<: *b\nring: [canary]\nkey: a\n",
    ],
)
def test_a_ring_that_cannot_be_changed_in_its_place_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="contoso.yaml: the ring cannot be changed where it stands, so nothing was changed"):
        with_ring(text, "broad", "contoso.yaml")
