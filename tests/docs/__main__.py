"""``python -m tests.docs``: judge every page; prints what is wrong and fails when anything is."""

import sys

from tests.docs import pages, parsing


def main() -> int:
    """The number of problems, at most 1."""
    problems = [link for page in pages.pages() for link in pages.broken_links(page)]
    problems += [wrong for page in pages.pages() for block in pages.blocks(page) if (wrong := parsing.problem(block))]
    for line in problems:
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
