"""Policy fragments: statements that API Management keeps under a name and inserts where ``<include-fragment>`` stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pulumi_workspace365_components.websocket_api.policy import parsing, rendering
from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError

_ID = re.compile(r"[\w-]{1,80}")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment that is deployed with the handshake, before its policy.

    Args:
        id: at most 80 letters, digits, ``_`` and ``-``; what ``<include-fragment fragment-id="…">`` names.
        policies: the statements, in order. No section, no ``<base />``, no other fragment.
        description: for the portal.

    Raises:
        PolicyError: the id is not of that form.
    """

    id: str
    policies: Sequence[Element]
    description: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise PolicyError(f"{self.id!r:.80} cannot be the id of a fragment; use letters, digits, '_' and '-', at most 80.")
        object.__setattr__(self, "policies", tuple(self.policies))

    @classmethod
    def parse(
        cls,
        id: str,  # noqa: A002  the field's name
        text: str,
        description: str | None = None,
        *,
        format: parsing.Format | None = None,  # noqa: A002  API Management calls it so
    ) -> "Fragment":
        """A fragment from its XML, ``<fragment>…</fragment>``, in either format.

        Raises:
            PolicyError: the text is not well-formed, its root is another element, or there is text beside the policies.
        """
        root = parsing.parse(text, format)
        if root.name != "fragment":
            raise PolicyError(f"Fragment {id!r}: the root element is <{root.name:.40}>; a fragment begins with <fragment>.")
        if len(root.children) != len(root.content):
            raise PolicyError(f"Fragment {id!r}: text beside the policies; a fragment holds policies only.")
        return cls(id, root.children, description)

    @property
    def document(self) -> Element:
        """The tree under its root element."""
        return Element("fragment", (), tuple(self.policies))

    def xml(self) -> str:
        """What is deployed, in format ``xml``. Raises PolicyError while a value is deferred."""
        return rendering.xml(self.document)

    def with_policies(self, policies: Sequence[Element]) -> "Fragment":
        """The same fragment with other statements."""
        return replace(self, policies=tuple(policies))
