"""Named values: ``{{display-name}}`` in a policy, kept by API Management beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Text, is_deferred, map_leaves
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError

_REFERENCE = re.compile(r"\{\{([A-Za-z0-9\-._]+)\}\}")
_NAME = re.compile(r"[A-Za-z0-9\-._]{1,256}")


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A named value that is deployed with the handshake, before its policy.

    Args:
        name: what stands in ``{{…}}``; letters, digits, ``-``, ``.`` and ``_``, at most 256.
        value: at most 4096 characters; not shown in any representation. Leave it out with ``key_vault_secret``.
        secret: whether API Management hides the value.
        key_vault_secret: the identifier (URL) of a Key Vault secret that holds the value.
        identity_client_id: the user-assigned identity that reads the Key Vault; the system-assigned one if left out.

    Raises:
        PolicyError: the name is not of that form, or not exactly one of ``value`` and ``key_vault_secret`` is given.
    """

    name: str
    value: Text | None = None
    secret: bool = True
    key_vault_secret: Text | None = None
    identity_client_id: Text | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        if (self.value is None) == (self.key_vault_secret is None):
            raise PolicyError(f"Named value {self.name!r}: give either a value or a key_vault_secret.")
        if isinstance(self.value, str) and not 1 <= len(self.value) <= 4096:
            raise PolicyError(f"Named value {self.name!r}: a value has 1 to 4096 characters, this one has {len(self.value)}.")

    def __repr__(self) -> str:
        """Without the value, which is a secret more often than not."""
        return f"NamedValue({self.name!r})"


def named_value(name: str | NamedValue) -> str:
    """``{{name}}``, a placeholder for a named value, alone or within a text or an expression.

    Raises:
        PolicyError: no named value can have that name.
    """
    return f"{{{{{_check_name(name.name if isinstance(name, NamedValue) else name)}}}}}"


def names_in(text: str) -> list[str]:
    """The named values that a text refers to."""
    return _REFERENCE.findall(text)


def holds_reference(text: str) -> bool:
    """Whether a text refers to a named value, so that its final form is not known here."""
    return _REFERENCE.search(text) is not None


def rename_references(node: Element, names: Mapping[str, str]) -> Element:
    """The tree with its references to named values renamed; other references stay."""
    return map_leaves(node, lambda value: value if is_deferred(value) else renamed_text(str(value), names))


def renamed_text(text: str, names: Mapping[str, str]) -> str:
    """A text likewise."""
    return _REFERENCE.sub(lambda found: f"{{{{{names.get(found[1], found[1])}}}}}", text)


def _check_name(name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PolicyError(f"{name!r:.80} cannot name a named value; use letters, digits, '-', '.' and '_', at most 256.")
    return name
