"""Chromium without a window, where it is installed."""

import shutil
import subprocess
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--hide-scrollbars"),
)
DARK = "--blink-settings=preferredColorScheme=0"


def path() -> str | None:
    """The browser on PATH, if there is one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def run(page: Path, profile: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page.

    Args:
        page: a file.
        profile: a folder for the browser's own files.
        flags: such as ``--dump-dom``.

    Raises:
        FileNotFoundError: there is no Chromium on PATH.
        subprocess.CalledProcessError: it failed.
    """
    browser = path()
    if browser is None:
        raise FileNotFoundError(f"there is no Chromium on PATH, as one of {', '.join(_NAMES)}")
    command = [browser, *_FLAGS, *flags, f"--user-data-dir={profile}", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
