"""Messages and descriptions in the words of the program's language."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components.package import provider_settings

_PYTHON_VALUE = re.compile(r"(?<![\w'\"])(True|False|None)(?![\w'\"])")
_DYNAMIC = re.compile(r"pulumi-python:dynamic/\w+:(\w+)")
_INSTANCE = "Instance(…), and ResourceOptions(provider=…)"


def for_programs(text: str, names: Mapping[str, str]) -> str:
    """A message of a provider as the program's author reads it: a Python program keeps Python's names.

    Args:
        text: the message.
        names: the names of properties, as Python and as the schema have them.
    """
    text = with_wire_keys(
        _DYNAMIC.sub(r"workspace365:index:\1", text).replace(_INSTANCE, "workspace365.Provider, and the resource option provider")
    )
    if runtime() == "python":
        return text
    return without_python(with_camel_case_names(text, names))


def with_camel_case_names(text: str, names: Collection[str]) -> str:
    """A text with these names as other languages write them."""
    return re.sub(r"\b[a-z]\w*_\w+\b", lambda found: to_camel_case(found[0]) if found[0] in names else found[0], text)


def with_wire_keys(text: str) -> str:
    """A text with the keys of this package's configuration."""
    return _wire_key().sub(lambda found: provider_settings.wire_keys()[found[0]], text)


def without_python(text: str) -> str:
    """A text with ``true``, ``false`` and ``null``."""
    return _PYTHON_VALUE.sub(lambda found: {"True": "true", "False": "false", "None": "null"}[found[0]], text)


@cache
def runtime(folder: Path | None = None) -> str:
    """The language of the project in whose folder the engine has started this process; empty where that cannot be seen."""
    from pulumi_workspace365.documents import project_language  # noqa: PLC0415  for messages only

    return project_language.language_of_folder(folder or Path.cwd())


@cache
def _wire_key() -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{re.escape(key)}\b" for key in provider_settings.wire_keys()))
