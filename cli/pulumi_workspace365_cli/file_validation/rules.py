"""What is looked for, by the id that findings have."""

from collections.abc import Mapping

_OWN: Mapping[str, str] = {
    "syntax": "The file is YAML of the kind that is expected here.",
    "field": "Each field exists, is required or may be left out, and has a value of its type.",
    "value": "Each value is one that the provider or the component accepts.",
    "administrator": "An environment that is to be created has an administrator.",
    "duplicate-key": "No two files have the same key.",
    "duplicate-environment": "No two files claim the same environment.",
    "unknown-ring": "Each ring is allowed, and deployed by a stack; each ring of a stack has a customer.",
    "missing-secret": "The configuration of each stack has the sign-on keys of its customers.",
    "setting": "Each setting of a stack has a value of its type.",
    "unknown-setting": "Something reads each setting.",
    "unknown-folder": "The folder of a stack's customers exists.",
    "unknown-kind": "It is known what kind of file a file is.",
}
HANDSHAKE = "handshake/"
"""What the ids of handshake rules begin with."""


def descriptions(ids: frozenset[str]) -> dict[str, str]:
    """A sentence about each rule."""
    found = {rule: text for rule, text in _OWN.items() if rule in ids}
    if any(rule.startswith(HANDSHAKE) for rule in ids):
        from pulumi_workspace365_components.websocket_api.policy.rules import RULES  # noqa: PLC0415  few files have handshakes

        found |= {f"{HANDSHAKE}{rule.id}": rule.summary for rule in RULES if f"{HANDSHAKE}{rule.id}" in ids}
    return found
