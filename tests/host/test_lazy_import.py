"""Modules that are imported in the background, once, and as if nothing had been tried where that fails; and those that are left out."""

import subprocess
import sys
from pathlib import Path

LOADS = """
import sys, threading
sys.path.insert(0, {folder!r})
from pulumi_dynamic_host import lazy_import
lazy_import.expect("no_such_module", "module_to_load")
for _ in range(3):
    lazy_import.load_expected()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
"""


def run(folder: Path, module: str, then: str) -> subprocess.CompletedProcess[str]:
    (folder / "module_to_load.py").write_text(module, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", LOADS.format(folder=str(folder)) + then], capture_output=True, text=True, check=True
    )


def test_a_module_is_loaded_once_before_it_is_imported(tmp_path: Path) -> None:
    done = run(tmp_path, "print('loaded')", "print('module_to_load' in sys.modules); import module_to_load")
    assert done.stdout.splitlines() == ["loaded", "True"]
    assert not done.stderr


def test_a_module_that_cannot_be_loaded_says_so_only_to_who_imports_it(tmp_path: Path) -> None:
    then = "\ntry:\n    import module_to_load\nexcept ValueError as problem:\n    print(problem)"
    done = run(tmp_path, "raise ValueError('broken')", then)
    assert done.stdout.splitlines() == ["broken"]
    assert not done.stderr


LEFT_OUT = """
import sys
sys.path.insert(0, {folder!r})
from pulumi_dynamic_host import lazy_import
{before}
with lazy_import.left_out("module_to_load"):
    try:
        import module_to_load
        print("there")
    except ImportError:
        print("not there")
import module_to_load
print("there" if module_to_load.loaded else "")
"""


def test_a_module_that_is_left_out_is_as_if_not_installed_and_can_be_imported_afterwards(tmp_path: Path) -> None:
    assert left_out(tmp_path, "") == ["not there", "there"]


def test_a_module_that_was_imported_before_is_not_left_out(tmp_path: Path) -> None:
    assert left_out(tmp_path, "import module_to_load") == ["there", "there"]


def left_out(folder: Path, before: str) -> list[str]:
    (folder / "module_to_load.py").write_text("loaded = True", encoding="utf-8")
    code = LEFT_OUT.format(folder=str(folder), before=before)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
