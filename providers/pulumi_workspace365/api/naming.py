"""Compares names; validates those of environments and e-mail addresses before anything is sent (docs/provisioning-api.md#a-5, §10.1)."""

import re
import unicodedata
from collections.abc import Collection

from pulumi_dynamic_host import safe_text

_REFUSED_NAMES = {
    "environment": "it would make the API's addresses ambiguous",
    "demo": "Workspace 365 refuses it for new environments",
}


def collision_key(name: str) -> str:
    """The name as far as two creates may collide on it: lower case, letters and digits only (docs/provisioning-api.md#lost-answers).

    A name of signs alone is itself; what is empty or consists of dots is no name and has no key.
    """
    folded = case_key(safe_text.unescape_controls(name))
    return "".join(character for character in folded if character.isalnum()) or folded.strip(" .")


def case_key(name: str) -> str:
    """The name whatever its case, and whether an accent is part of its letter or a character of its own."""
    return unicodedata.normalize("NFC", name.casefold())


def validate_name(name: str) -> str:
    """The name of an environment, if one can have it.

    Raises:
        ValueError: the name is invalid; the text is the reason.
    """
    if name != name.strip() or not name.isprintable() or not name.strip("."):
        raise ValueError("it must not consist of dots only, and have no spaces around it and no control characters")
    if name.casefold() in _REFUSED_NAMES:
        raise ValueError(f"{name!r} cannot be an environment's name: {_REFUSED_NAMES[name.casefold()]}")
    return name


def is_predictable(name: str) -> bool:
    """Whether servers are known to keep the name unchanged."""
    return bool(re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", name))


def validate_email(email: str) -> str:
    """An e-mail address.

    Raises:
        ValueError: it cannot be one.
    """
    local, _, domain = email.rpartition("@")
    if not local or "@" in local or "." not in domain.strip(".") or not email.isprintable() or any(c.isspace() for c in email):
        raise ValueError("it must be an e-mail address, such as admin@example.com")
    return email


def nearest(name: str, names: Collection[str]) -> str | None:
    """The most similar of some names, where case does not count; ``None`` if none is similar."""
    folded = {candidate.casefold(): candidate for candidate in sorted(names)}
    import difflib  # noqa: PLC0415  for messages only

    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[near[0]] if near else None
