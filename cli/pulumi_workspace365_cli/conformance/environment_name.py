"""The temporary environment's name: recognisable, unique, and with characters that show how an instance changes names."""

import re
import secrets

from pulumi_workspace365.api.naming import collision_key

_DIGITS = 8
_TELLING = "W365 Conformance-{}_Prüfung"
_PLAIN = "w365-conformance-{}"
_LONGEST = 200
"""No pattern is tried on a longer name: nobody knows what an instance sends."""
_LEFT_OVER = re.compile(rf"w365conformance[0-9a-f]{{{_DIGITS}}}.*")
_PARTS = r"(?P<w>w365)(?P<blank>.*?)(?P<c>conformance)(?P<hyphen>.*?){token}(?P<underscore>.*?)(?P<p>pr)(?P<umlaut>.*?)fung(?P<more>.*)"


def new_token() -> str:
    """What tells one run's environment from every other: eight hexadecimal digits."""
    return secrets.token_hex(_DIGITS // 2)


def special_character_name(token: str) -> str:
    """A name with each kind of character that an instance may treat in a way of its own; none that an address cannot carry."""
    return _TELLING.format(token)


def ascii_name(token: str) -> str:
    """A name of lower-case letters, digits and hyphens, for instances that refuse the other."""
    return _PLAIN.format(token)


def contains_token(name: str, token: str) -> bool:
    """Whether a name was made of one that held the token."""
    return token in collision_key(name)


def looks_left_over(name: str) -> bool:
    """Whether a name looks like one that a run of this command asked for."""
    return bool(_LEFT_OVER.fullmatch(collision_key(name)))


def swap_case(name: str) -> str:
    """The name with the case of its first letter that has one changed; the name itself where none has."""
    for position, letter in enumerate(name):
        if letter.isascii() and letter.isalpha():
            return name[:position] + letter.swapcase() + name[position + 1 :]
    return name


def describe_renaming(asked: str, got: str, token: str) -> str:
    """What the instance made of a name, in words, one kind of character after the other."""
    if asked == got:
        return (
            "kept as it is: upper case, blank, hyphen, underscore and umlaut"
            if asked == special_character_name(token)
            else "kept as it is"
        )
    found = _parts(got, token)
    if not found:
        return "cut off" if got and collision_key(asked).startswith(collision_key(got)) else "a name of its own"
    cases = "kept" if found["w"] == "W365" and found["c"] == "Conformance" else "lowered" if got == got.lower() else "changed"
    kinds = (("blank", " "), ("hyphen", "-"), ("underscore", "_"), ("umlaut", "ü"))
    return ", ".join(
        [f"upper case {cases}", *(f"{kind} {_became(found[kind], was)}" for kind, was in kinds), *_added(found["more"])]
    )


def keeps_predictable(asked: str, got: str, token: str) -> bool:
    """Whether letters, digits and hyphens of a name stayed as they were: ``name_policy="exact"`` can then be kept."""
    if asked == got:
        return True
    found = _parts(got, token)
    return bool(found and found["w"] == "W365" and found["c"] == "Conformance" and found["hyphen"] == "-" and not found["more"])


def display_name(name: str) -> str:
    """A name as a report shows it."""
    return repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…")


def _parts(name: str, token: str) -> re.Match[str] | None:
    return re.fullmatch(_PARTS.format(token=token), name, re.IGNORECASE) if len(name) <= _LONGEST else None


def _became(got: str, was: str) -> str:
    return "kept" if got.casefold() == was else "removed" if not got else f"made {got!r}"


def _added(more: str) -> list[str]:
    return [f"{more!r} added at its end"] if more else []
