"""Makes a preview small enough to keep: ``pulumi preview --json | python tests/cli/record_preview.py > previews/NAME.json``.

What is left out is where in a file a resource stands, which input depends on what, and the ends of long texts.
"""

import json
import sys
from typing import Any

_LEFT_OUT = {"sourcePosition", "stackTrace", "propertyDependencies", "created", "modified", "customTimeouts", "aliases"}
_LONGEST = 120


def smaller(value: Any) -> Any:
    """The same, without what no judge looks at."""
    if isinstance(value, dict):
        return {name: smaller(item) for name, item in value.items() if name not in _LEFT_OUT}
    if isinstance(value, list):
        return [smaller(item) for item in value]
    return value[:_LONGEST] if isinstance(value, str) and "urn:pulumi" not in value and len(value) > _LONGEST else value


if __name__ == "__main__":
    json.dump(smaller(json.load(sys.stdin)), sys.stdout, indent=None, separators=(",", ":"))
    sys.stdout.write("\n")
