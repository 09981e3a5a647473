"""The server against the machine-readable twin of its reference, with requests nobody thought of."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from sandbox.workspace365 import ManagementClient, Server

SPECIFICATION = Path(__file__).resolve().parents[4] / "shared/spec/workspace365.openapi.yaml"
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_path(SPECIFICATION).get_all_operations() if isinstance(found, Ok)]
# The test client mends a bad Content-Length by itself; test_strictness.py sends these two without one.
FRAMED_BY_THE_CLIENT = ("Activate/", "Deactivate/")
REPEATABLE = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def keys(server: Server, operation: Any) -> dict[str, str]:
    if operation.path == "/api/health":
        return {"HealthApiKey": server.health_api_key}
    return {"ProvisioningKey": server.provisioning_key}


def test_every_operation_of_the_reference_is_tried() -> None:
    assert len(OPERATIONS) == 12


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_what_the_reference_allows_is_answered_as_it_says(operation: Any, server: Server, management: ManagementClient) -> None:
    accepted = []

    @settings(REPEATABLE, max_examples=20)
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def check(case: Case[Any]) -> None:
        management.reset()
        management.seed("known")
        if case.path_parameters:
            case.path_parameters["EnvironmentName"] = "known"
        answer = case.call_and_validate(base_url=server.base_url, headers=keys(server, operation))
        accepted.append(answer.status_code == 200)

    check()
    assert all(accepted)
    assert accepted


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if not operation.path.endswith(FRAMED_BY_THE_CLIENT)],
    ids=lambda operation: operation.label,
)
def test_what_the_reference_does_not_allow_is_refused(operation: Any, server: Server, management: ManagementClient) -> None:
    management.seed("known")
    before = management.environments()

    @settings(REPEATABLE, max_examples=30)
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def check(case: Case[Any]) -> None:
        if case.path_parameters:
            case.path_parameters["EnvironmentName"] = "known"
        case.call_and_validate(
            base_url=server.base_url,
            headers=keys(server, operation),
            excluded_checks=[not_a_server_error],  # "500 can be caused by an incorrect data object"
        )

    check()
    assert management.environments() == before
