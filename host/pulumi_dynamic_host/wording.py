"""How messages name properties. A dynamic provider's messages are shown as it wrote them; a package has names of its own."""

from collections.abc import Callable

_translate: Callable[[str], str] | None = None


def install(translate: Callable[[str], str]) -> None:
    """Pass every message of this process to ``translate`` before it is shown."""
    global _translate  # noqa: PLW0603  a process has one front
    _translate = translate


def translate(text: str) -> str:
    """A message in the words of whoever reads it."""
    return text if _translate is None else _translate(text)
