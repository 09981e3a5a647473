"""The temporary environment's name: recognisable, unique, and with characters that show how an instance sanitises names."""

import re
import secrets

from pulumi_workspace365.api.naming import collision_key

_DIGITS = 8
_TELLING = "W365 Conformance-{}_Prüfung"
_PLAIN = "w365-conformance-{}"
_LONGEST = 200
"""Longer names are not matched against a pattern, because an instance may send names of any length."""
_LEFT_OVER = re.compile(rf"w365conformance[0-9a-f]{{{_DIGITS}}}.*")
_PARTS = r"(?P<w>w365)(?P<blank>.*?)(?P<c>conformance)(?P<hyphen>.*?){token}(?P<underscore>.*?)(?P<p>pr)(?P<umlaut>.*?)fung(?P<more>.*)"


def new_token() -> str:
    """A random token that identifies one run's environments: eight hexadecimal digits."""
    return secrets.token_hex(_DIGITS // 2)


def special_character_name(token: str) -> str:
    """A name with every kind of character that instances may treat differently, but none that a URL path cannot contain."""
    return _TELLING.format(token)


def ascii_name(token: str) -> str:
    """A name of lower-case letters, digits and hyphens, for instances that reject the other one."""
    return _PLAIN.format(token)


def contains_token(name: str, token: str) -> bool:
    """Whether a name was derived from one that contained the token."""
    return token in collision_key(name)


def looks_left_over(name: str) -> bool:
    """Whether a name looks like one that a run of this command requested."""
    return bool(_LEFT_OVER.fullmatch(collision_key(name)))


def swap_case(name: str) -> str:
    """The name with the case of its first ASCII letter swapped; unchanged if it has none."""
    for position, letter in enumerate(name):
        if letter.isascii() and letter.isalpha():
            return name[:position] + letter.swapcase() + name[position + 1 :]
    return name


def describe_renaming(requested: str, actual: str, token: str) -> str:
    """How the instance changed a name, in words, by kind of character."""
    if requested == actual:
        return (
            "unchanged: upper case, blank, hyphen, underscore and umlaut"
            if requested == special_character_name(token)
            else "unchanged"
        )
    found = _parts(actual, token)
    if not found:
        return "truncated" if actual and collision_key(requested).startswith(collision_key(actual)) else "an unrelated name"
    cases = (
        "kept" if found["w"] == "W365" and found["c"] == "Conformance" else "lowered" if actual == actual.lower() else "changed"
    )
    kinds = (("blank", " "), ("hyphen", "-"), ("underscore", "_"), ("umlaut", "ü"))
    return ", ".join(
        [
            f"upper case {cases}",
            *(f"{kind} {_describe_change(found[kind], was)}" for kind, was in kinds),
            *_describe_suffix(found["more"]),
        ]
    )


def keeps_predictable(requested: str, actual: str, token: str) -> bool:
    """Whether the instance kept a name's letters, digits and hyphens, so that ``name_policy="exact"`` is possible."""
    if requested == actual:
        return True
    found = _parts(actual, token)
    return bool(found and found["w"] == "W365" and found["c"] == "Conformance" and found["hyphen"] == "-" and not found["more"])


def display_name(name: str) -> str:
    """A name, quoted and shortened for a report."""
    return repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…")


def _parts(name: str, token: str) -> re.Match[str] | None:
    return re.fullmatch(_PARTS.format(token=token), name, re.IGNORECASE) if len(name) <= _LONGEST else None


def _describe_change(actual: str, requested: str) -> str:
    return "kept" if actual.casefold() == requested else "removed" if not actual else f"replaced by {actual!r}"


def _describe_suffix(suffix: str) -> list[str]:
    return [f"{suffix!r} appended"] if suffix else []
