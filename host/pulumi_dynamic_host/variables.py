"""The environment variables that configure the host, with their earlier names as aliases."""

import os

_EARLIER = {
    "PULUMI_DYNAMIC_HOST_MODULES": "W365_HOST_MODULES",
    "PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS": "W365_HOST_ORPHAN_SECONDS",
    "PULUMI_DYNAMIC_HOST_PARALLEL": "W365_HOST_PARALLEL",
}


def name_in_use(name: str) -> str:
    """The name by which a variable is set: the earlier one where only that is."""
    earlier = _EARLIER.get(name, name)
    return earlier if os.environ.get(earlier) and not os.environ.get(name) else name


def read(name: str) -> str:
    """The value of a variable, by either name; empty where neither is set."""
    return os.environ.get(name_in_use(name), "")


def number(name: str, default: int, *, least: int) -> int:
    """The value of a variable that is a whole number.

    Raises:
        ValueError: it is another text, or a number below ``least``.
    """
    text = read(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise ValueError(f"{name_in_use(name)} is {text!r}; it must be a whole number, at least {least}")
    return int(text)


def is_on(name: str) -> bool:
    """The value of a variable that is ``on`` (the default) or ``off``.

    Raises:
        ValueError: it is another text.
    """
    value = read(name)
    if value not in {"", "on", "off"}:
        raise ValueError(f"{name} is {value!r}; it must be on (the default) or off")
    return value != "off"
