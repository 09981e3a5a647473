"""The property tests of the suite with inputs that a seed makes: what fails becomes an ``@example`` of its test, which every run tries."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Searched:
    """How many property tests were tried with how many inputs, and what failed: pytest's lines."""

    properties: int
    inputs: int
    problems: list[str]


def search(seed: int, times: int, record: Path, *tests: str, root: Path = ROOT, workers: int = 2) -> Searched:
    """Try so many times the inputs of a run of the suite, those of ``tests`` or of all. Raises RuntimeError where pytest cannot run them."""
    chosen = [f"--search={times}", f"--hypothesis-seed={seed}", f"--inputs={record}", "--timeout=3600", *tests]
    command = [sys.executable, "-m", "pytest", "-m", "hypothesis", "-n", str(workers), "-q", "--no-header", "--tb=short", *chosen]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"pytest ended with {done.returncode}: {done.stdout}{done.stderr}")
    counts = [int(value.split()[0]) for value in json.loads(record.read_text(encoding="utf-8")).values()]
    return Searched(len(counts), sum(counts), [done.stdout] if done.returncode else [])
