"""The server against the machine-readable twin of its reference, with requests nobody thought of."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import core, given
from hypothesis.vendor import pretty

from pulumi_workspace365_sandbox.workspace365 import ManagementClient, Server
from tests.properties import examples

SPECIFICATION = Path(__file__).resolve().parents[4] / "shared/spec/workspace365.openapi.yaml"
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, item in yaml.safe_load(SPECIFICATION.read_text("utf-8"))["paths"].items()
    for method in item
    if method != "parameters"
]
# The test client mends a bad Content-Length by itself; test_strictness.py sends these two without one.
FRAMED_BY_THE_CLIENT = tuple(label for label in OPERATIONS if label.endswith(("Activate/", "Deactivate/")))
pytestmark = pytest.mark.hypothesis  # their properties are made in their bodies


@cache
def operations() -> dict[str, Any]:
    """Loaded when a test needs them, which takes a second."""
    from schemathesis.generation.hypothesis import setup  # noqa: PLC0415

    setup._is_patched = True  # type: ignore[attr-defined]  # or Hypothesis chooses other inputs, and shows none, in all other tests
    from schemathesis import openapi  # noqa: PLC0415
    from schemathesis.core.result import Ok  # noqa: PLC0415

    found = [result.ok() for result in openapi.from_path(SPECIFICATION).get_all_operations() if isinstance(result, Ok)]
    return {operation.label: operation for operation in found}


def strategy(label: str, mode: str) -> Any:
    from schemathesis import GenerationMode  # noqa: PLC0415

    return operations()[label].as_strategy(generation_mode=GenerationMode(mode))


def keys(server: Server, label: str) -> dict[str, str]:
    if label.endswith("/api/health"):
        return {"HealthApiKey": server.health_api_key}
    return {"ProvisioningKey": server.provisioning_key}


def test_every_operation_of_the_reference_is_tried_and_other_properties_do_not_notice() -> None:
    assert list(operations()) == OPERATIONS
    assert len(OPERATIONS) == 12
    strategy(OPERATIONS[0], "positive")
    assert core.RepresentationPrinter is pretty.RepresentationPrinter  # type: ignore[attr-defined]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_reference_allows_is_answered_as_it_says(operation: str, server: Server, management: ManagementClient) -> None:
    accepted = []

    @examples(20, shrink=False)
    @given(case=strategy(operation, "positive"))
    def check(case: Any) -> None:
        management.reset()
        management.seed("known")
        if case.path_parameters:
            case.path_parameters["EnvironmentName"] = "known"
        answer = case.call_and_validate(base_url=server.base_url, headers=keys(server, operation))
        accepted.append(answer.status_code == 200)

    check()
    assert all(accepted)
    assert accepted


@pytest.mark.parametrize("operation", [label for label in OPERATIONS if label not in FRAMED_BY_THE_CLIENT])
def test_what_the_reference_does_not_allow_is_refused(operation: str, server: Server, management: ManagementClient) -> None:
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415

    management.seed("known")
    before = management.environments()

    @examples(30, shrink=False)
    @given(case=strategy(operation, "negative"))
    def check(case: Any) -> None:
        if case.path_parameters:
            case.path_parameters["EnvironmentName"] = "known"
        case.call_and_validate(
            base_url=server.base_url,
            headers=keys(server, operation),
            excluded_checks=[not_a_server_error],  # "500 can be caused by an incorrect data object"
        )

    check()
    assert management.environments() == before
