"""The life cycle of an environment: create, complete, read and delete, and the write-ahead log of creates.

Its modules are imported when they are first used as attributes of this package: a program declares environments and needs none of them.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_workspace365.lifecycle import claims, create, delete, environment_cache, password_delivery, post_create, state

__all__ = ["claims", "create", "delete", "environment_cache", "password_delivery", "post_create", "state"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
