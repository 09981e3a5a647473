"""Ends the interpreter without its last search for garbage, which takes longer than many a program: all that is left ends with the process."""

import atexit
import gc
import io
from contextlib import suppress

_BUFFERED = frozenset({io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom})


def install() -> None:
    """Do so when the interpreter ends, after whatever is registered for that moment from now on."""
    atexit.register(skip_search)


def skip_search() -> None:
    """Exempt all that there is from the search. What files that nobody has closed hold is written first: most of them would be found by it."""
    for item in gc.get_objects():
        if type(item) in _BUFFERED:
            with suppress(Exception):  # it is closed, or nobody reads what is written to it
                item.flush()
    gc.freeze()
