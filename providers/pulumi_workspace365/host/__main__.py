"""Starts ``pulumi_dynamic_host``, installed beside this package or in the same checkout."""

import os
import sys


def _add_search_path() -> None:
    above = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120  pathlib costs more
    for folder in (above, os.path.join(os.path.dirname(above), "host")):  # noqa: PTH118, PTH120
        if folder not in sys.path and os.path.isdir(folder):  # noqa: PTH112
            sys.path.append(folder)


def main() -> None:
    """Run the host under its earlier name."""
    sys.path[0] = os.getcwd()  # noqa: PTH109  providers are looked up as in the program: in the working folder first
    _add_search_path()
    from pulumi_dynamic_host.__main__ import main as serve  # noqa: PLC0415  not before the search path is right

    serve()


if __name__ == "__main__":
    main()
