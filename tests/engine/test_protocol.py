"""What the engine takes for granted of the SDK's inside: its protocol works without the rest of it, and is the same protocol."""

import json
import subprocess
import sys

import pytest

LOADED = "import json, sys, pulumi_embedded_engine.cli; print(json.dumps('pulumi' in sys.modules))"
ALIKE = """
import importlib, json, sys

def messages(package):
    modules = [importlib.import_module(f"{package}.{name}_pb2") for name in sys.argv[2:]]
    return [item for module in modules for item in vars(module).values() if hasattr(item, "DESCRIPTOR") and hasattr(item, "FromString")]

packages = ["pulumi.runtime.proto", "pulumi_embedded_engine.protocol"]
found = [messages(package) for package in (packages if sys.argv[1] == "sdk first" else packages[::-1])]
print(json.dumps([any(item.__name__ == "RegisterResourceRequest" for item in found[0]), found[0] == found[1]]))
"""
MODULES = ("alias", "callback", "engine", "errors", "plugin", "provider", "resource", "source", "status")


def printed(script: str, *arguments: str) -> object:
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_engine_imports_the_protocol_without_the_rest_of_the_sdk() -> None:
    assert printed(LOADED) is False


@pytest.mark.parametrize("order", ["sdk first", "engine first"])
def test_a_message_has_one_class_in_a_process_that_imports_the_sdk_too(order: str) -> None:
    assert printed(ALIKE, order, *MODULES) == [True, True]
