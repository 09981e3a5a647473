"""What the registration takes for granted of the SDK's inside. Fails first when a new SDK works otherwise; the variables then do without."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from pulumi_workspace365.resource.sdk_registration import FRAMES_OF_THE_SDK, OUTPUTS_VARIABLE, STACKS_VARIABLE

PROGRAM = """
import asyncio, json, sys, traceback
import pulumi
from pulumi.runtime import mocks
import pulumi_workspace365 as w365
from pulumi_workspace365.resource import sdk_registration

looks, sent, before = [], {}, getattr(sys, "tracebacklimit", None)


class Mocks(mocks.Mocks):
    def new_resource(self, args):
        sent.update(args.inputs)
        return args.name, dict(args.inputs) | {"name": "contoso"}

    def call(self, args):
        return {}


def spy(extract=traceback.extract_stack):
    depth, frame = 0, sys._getframe(1)
    while frame.f_code is not sdk_registration.register.__code__:
        depth, frame = depth + 1, frame.f_back
    looks.append({"between": depth, "seen": len(extract()) - 1, "limit": getattr(sys, "tracebacklimit", None)})
    return extract()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
pulumi.runtime.set_mocks(Mocks())
traceback.extract_stack = spy


async def declare():
    made = w365.ExchangeSettings("contoso", environment="contoso", server_type="Office365")
    told = await made.name.future()
    return {
        "attributes": sorted(name for name in vars(made) if not name.startswith("_")),
        "sent": sorted(name for name in sent if name != "__provider"),
        "name": told,
        "looks": looks,
        "limit": [before, getattr(sys, "tracebacklimit", None)],
    }


def deeper(levels):
    return deeper(levels - 1) if levels else loop.run_until_complete(declare())


print(json.dumps(deeper(20)))
"""


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {OUTPUTS_VARIABLE, STACKS_VARIABLE}}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment | variables, capture_output=True, text=True, check=False
    )


def seen(**variables: str) -> dict[str, Any]:
    done = run(**variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    return seen()


@pytest.fixture(scope="module")
def switched_off() -> dict[str, Any]:
    return seen(**{OUTPUTS_VARIABLE: "off", STACKS_VARIABLE: "off"})


def test_the_sdk_makes_attributes_of_what_a_mapping_iterates_over_and_no_more(usual: dict[str, Any]) -> None:
    assert usual["attributes"] == ["id", "name", "urn"]


def test_the_sdk_sends_the_inputs_later_when_the_mapping_iterates_over_all_of_them(usual: dict[str, Any]) -> None:
    assert usual["sent"] == ["environment", "server_type"]
    assert usual["name"] == "contoso"


def test_the_sdk_looks_at_the_stack_through_a_limit_and_from_no_deeper_than_is_allowed_for(usual: dict[str, Any]) -> None:
    assert usual["looks"]
    for look in usual["looks"]:
        assert look["between"] <= FRAMES_OF_THE_SDK, "raise FRAMES_OF_THE_SDK: the program's outermost frame would be lost"
        assert look["limit"] >= look["seen"] > 20
    assert usual["limit"] == [None, None]


def test_without_the_savings_every_input_is_an_attribute_and_all_of_the_stack_is_seen(
    usual: dict[str, Any], switched_off: dict[str, Any]
) -> None:
    assert switched_off["attributes"] == ["environment", "id", "name", "server_type", "urn"]
    assert {name: switched_off[name] for name in ("sent", "name")} == {name: usual[name] for name in ("sent", "name")}
    assert [look["limit"] for look in switched_off["looks"]] == [None]


@pytest.mark.parametrize("variable", [OUTPUTS_VARIABLE, STACKS_VARIABLE])
def test_a_value_that_is_neither_on_nor_off_is_one_sentence(variable: str) -> None:
    done = run(**{variable: "maybe"})
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(f"RunError: {variable} is 'maybe'; it must be on (the default) or off.")
