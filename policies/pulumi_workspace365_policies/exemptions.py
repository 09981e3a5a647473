"""Which resources a policy's configuration leaves out."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pulumi
from pulumi_policy import PolicyConfigSchema

from pulumi_workspace365_policies.resources import Resource

_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}, "default": []}
_EXEMPT = {"exempt": _NAMES, "exemptRings": _NAMES, "exemptStacks": _NAMES}


def schema(**more: Mapping[str, Any]) -> PolicyConfigSchema:
    """The configuration of a policy: what it leaves out, and what is its own."""
    return PolicyConfigSchema({**_EXEMPT, **{name: dict(spec) for name, spec in more.items()}})


def is_exempt(resource: Resource, config: Mapping[str, Any]) -> bool:
    """Whether a resource is left out, by its name in the program or by its stack; ``*`` stands for any text.

    A stack is also left out when all rings that it deploys are.
    """
    names = ((resource.name, "exempt"), (resource.stack, "exemptStacks"))
    if any(fnmatchcase(name, pattern) for name, key in names for pattern in config.get(key, ())):
        return True
    exempt = set(config.get("exemptRings", ()))
    rings: list[str] = (pulumi.Config().get_object("rings") or []) if exempt else []
    return bool(rings) and set(rings) <= exempt
