"""Errors by the answer of the server, in the words that a user reads."""

from pulumi_workspace365 import errors
from pulumi_workspace365.api import error_messages
from tests.docs.reference import docstrings, markdown

_INSTANCE = "https://portal.example.com"
_ASKED = "activate environment 'contoso'"
_STATUSES = (400, 401, 403, 404, 411, 429, 302, 500, 503)
_KINDS = (errors.ConfigurationError, errors.WrongInstance, errors.Refused, errors.NotFound, errors.Unauthorized, errors.Rejected, errors.Unavailable, errors.Ambiguous)  # fmt: skip
_NEXT = {
    errors.ConfigurationError: "Set what the message names, and run it again.",
    errors.WrongInstance: "Point `w365:baseUrl` back to where the resource lives, or give it an [Instance](resources/instance.md).",
    errors.Refused: "Read what the message offers: each rule of ours has a way through that is named in it.",
    errors.NotFound: "`pulumi refresh` notices what was removed, the next `pulumi up` creates it again.",
    errors.Unauthorized: "Check the key that the message names: [rotating keys](../guides/rotating-keys.md).",
    errors.Rejected: "Correct the argument that the message names.",
    errors.Unavailable: "Run it again: nothing was changed.",
    errors.Ambiguous: "Run it again where the journal lasts: what a create may have made is looked for before it is sent again. The message says where a person must look first.",
}


def page() -> str:
    """The page of errors."""
    kinds = [(f"`{kind.__name__}`", markdown.prose(docstrings.read(kind).text), _NEXT[kind]) for kind in _KINDS]
    return markdown.page(
        "# Errors of an instance\n",
        "Each message is one line that says what was asked, of whom, what came back, why that usually happens and what to do next. It never "
        "holds a key, a password, a token or the value of a request. By symptom: [troubleshooting](../guides/troubleshooting.md).\n",
        "## Kinds\n",
        "In `pulumi_workspace365.errors`, all below `W365Error`. There is one kind for each thing that a caller may want to do about it.\n",
        markdown.table(("kind", "means", "what to do"), kinds),
        "## By status\n",
        f"What is shown when the server answers so to “{_ASKED}”. Answers of 429 and 5xx are tried again first, where that is safe.\n",
        *(part for status in _STATUSES for part in _status(status)),
        markdown.NOTE,
    )


def _status(status: int) -> list[str]:
    problem = error_messages.error_from_response(_ASKED, _INSTANCE, status, b"")
    return [f"### {status}\n", f"`{type(problem).__name__}`\n", f"```text\n{problem}\n```\n"]
