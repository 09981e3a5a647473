"""The pictures of the HTML page: ``python -m tests.docs screenshots`` takes them anew with Chromium."""

import sys
import tempfile
from pathlib import Path

from pulumi_workspace365_cli.report import html_page
from tests import chromium
from tests.cli import html_specimen
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "images"
_CUSTOMERS = 60
SIZES = {"report.png": (1280, 900), "report-phone.png": (390, 844)}
_FLAGS = {"report.png": (), "report-phone.png": (chromium.DARK,)}


def take(folder: Path = FOLDER) -> None:
    """Take every picture, of the page of a stack with failures.

    Raises:
        SystemExit: there is no Chromium on PATH.
    """
    if chromium.path() is None:
        sys.exit("the pictures were not taken: there is no Chromium on PATH; install it, such as with `apt install chromium`")
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch, "page.html")
        page.write_text(html_page.render(html_specimen.check_report_of(_CUSTOMERS)), encoding="utf-8")
        for name, (width, height) in SIZES.items():
            flags = (*_FLAGS[name], f"--window-size={width},{height}", f"--screenshot={folder / name}")
            chromium.run(page, Path(scratch, "profile"), *flags)
