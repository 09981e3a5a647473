"""The documentation judged and written.

``python -m tests.docs``            judges every page; prints what is wrong and fails when anything is
``python -m tests.docs site``       looks whether a page of the built site asks another host for anything
``python -m tests.docs reference``  writes the pages that are made from the code
``python -m tests.docs screenshots``  takes the pictures of the HTML page, with Chromium
``python -m tests.docs picture``    runs `make up`'s command and draws what it prints, for the README
"""

import sys

from tests.docs import pages, parsing, pinned, reference, screenshots, site, terminal


def main(arguments: list[str]) -> int:
    """The exit code: 1 when anything is wrong."""
    problems: list[str] = []
    match arguments:
        case ["reference"]:
            reference.write()
        case ["picture"]:
            terminal.draw()
        case ["screenshots"]:
            screenshots.take()
        case ["site"]:
            problems = list(site.requests_elsewhere())
        case _:
            problems = [link for page in pages.pages() for link in pages.broken_links(page)]
            problems += pinned.problems()
            problems += [wrong for page in pages.pages() for block in pages.blocks(page) if (wrong := parsing.problem(block))]
    for line in problems:
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
