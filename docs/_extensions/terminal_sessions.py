"""Sessions in a terminal: ``$ `` is the prompt, and all other lines are what was shown, also those that begin with ``#``."""

import re
from typing import Any, ClassVar

from pygments.lexers.shell import BashSessionLexer
from sphinx.application import Sphinx


class SessionLexer(BashSessionLexer):
    """Pygments' own lexer takes ``#`` for the prompt of root."""

    name = "Session in a terminal"
    aliases: ClassVar[list[str]] = ["console"]
    _ps1rgx = re.compile(r"^(\$ )(.*\n?)")


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_lexer("console", SessionLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
