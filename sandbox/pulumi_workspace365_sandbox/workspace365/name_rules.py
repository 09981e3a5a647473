"""How the server sanitises a requested environment name. The real rules are undocumented, so there are several to choose from."""

import re
import unicodedata
from collections.abc import Callable

from pulumi_workspace365_sandbox.workspace365.records import SanitiserName

_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe", "Ø": "Oe", "æ": "ae"}
)


class Sanitiser:
    """Makes the server's name of a wanted one. `taken` says whether a name is in use."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, rule: SanitiserName, name: str, is_taken: Callable[[str], bool]) -> str:
        return self._customer_number(is_taken) if rule == "customer_number" else _RULES[rule](name)

    def reset(self) -> None:
        """Begin again with the first customer number."""
        self._number = 0

    def _customer_number(self, is_taken: Callable[[str], bool]) -> str:
        """A name that tells nothing of the wanted one, and is never given twice: `T0001`, `T0002`."""
        self._number += 1
        while is_taken(f"T{self._number:04}"):
            self._number += 1
        return f"T{self._number:04}"


def identity(name: str) -> str:
    return name


def lower(name: str) -> str:
    return name.lower()


def strip(name: str) -> str:
    """Keep letters and digits."""
    return re.sub(r"[\W_]", "", name)


def collide(name: str) -> str:
    """Keep the first five letters or digits, so that `contoso-a` and `contoso-b` both become `conto`."""
    return strip(name).lower()[:5]


def transliterate(name: str) -> str:
    """ASCII letters and digits, joined by hyphens: `Müller Söhne` becomes `Mueller-Soehne`."""
    plain = unicodedata.normalize("NFKD", name.translate(_GERMAN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


def steering(name: str) -> str:
    """With what sets a terminal's title and colour, and turns the direction of writing."""
    return f"{name[:3]}\x1b]0;title\x07{name[3:]}\x9b31m\u202e"


_RULES: dict[SanitiserName, Callable[[str], str]] = {
    "identity": identity,
    "lower": lower,
    "strip": strip,
    "collide": collide,
    "transliterate": transliterate,
    "steering": steering,
}
