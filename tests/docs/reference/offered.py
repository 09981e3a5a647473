"""What a package offers to programs, by the names in its ``__all__``."""

import warnings
from types import ModuleType
from typing import Any


def items(package: ModuleType) -> list[Any]:
    """Everything that the package offers; by an earlier name too, of which only programs are warned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return [getattr(package, name) for name in package.__all__]
