"""What the lazy import takes for granted of the SDK's inside. Fails first when a new SDK works otherwise; a variable then does without."""

import json
import subprocess
import sys
from typing import Any

from pulumi_dynamic_host.process import DEFERRED_MODULE, LAZY_VARIABLE

from .conftest import LAUNCHER

PROGRAM = f"""
import json, sys
from pulumi_dynamic_host import lazy_import

if sys.argv[1] == "defer":
    lazy_import.defer({DEFERRED_MODULE!r})
import pulumi
from pulumi.runtime.proto import provider_pb2_grpc
import pulumi.dynamic

def executed():
    return "LocalWorkspace" in vars(sys.modules[{DEFERRED_MODULE!r}])

before = executed()
used = pulumi.automation.LocalWorkspace.__name__
print(json.dumps({{"before": before, "used": used, "after": executed()}}))
"""


def imported(how: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_sdk_is_imported_without_the_deferred_module_which_is_whole_when_it_is_used() -> None:
    assert imported("defer") == {"before": False, "used": "LocalWorkspace", "after": True}


def test_the_sdk_imports_it_always_otherwise() -> None:
    assert imported("eager")["before"], "nothing is gained by deferring it any more"


def test_a_value_that_is_neither_on_nor_off_is_one_sentence() -> None:
    done = subprocess.run([LAUNCHER, ""], env={LAZY_VARIABLE: "maybe"}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{LAZY_VARIABLE} is 'maybe'; it must be on (the default) or off\n"
