"""The pytest plugin: the local servers as fixtures.

Installed, it adds names that begin with ``workspace365_`` to what tests may ask for, and nothing else: the servers are imported by the first
test that asks for one.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pulumi_workspace365_sandbox.testing import AzureServer, ReusableServer, Workspace365Server

_SERVERS = pytest.StashKey[list[Any]]()


@pytest.fixture(scope="session")
def _workspace365_reusable() -> "Iterator[ReusableServer[Workspace365Server]]":
    from pulumi_workspace365_sandbox import testing  # noqa: PLC0415  only tests that ask for it load the servers

    reusable = testing.ReusableServer(testing.workspace365_server)
    yield reusable
    reusable.close()


@pytest.fixture(scope="session")
def _workspace365_azure_reusable() -> "Iterator[ReusableServer[AzureServer]]":
    from pulumi_workspace365_sandbox import testing  # noqa: PLC0415  see above

    reusable = testing.ReusableServer(testing.azure_server)
    yield reusable
    reusable.close()


@pytest.fixture
def workspace365_server(
    request: pytest.FixtureRequest,
    _workspace365_reusable: "ReusableServer[Workspace365Server]",
    tmp_path: Path,
) -> "Iterator[Workspace365Server]":
    """A Workspace 365 without environments; W365_BASE_URL and its keys are set to it, and the journal of creates is the test's own."""
    journal = {"W365_JOURNAL": str(tmp_path / "workspace365-journal.jsonl")}
    with _served(request, _workspace365_reusable.for_a_test(), journal) as server:
        yield server


@pytest.fixture
def workspace365_azure(
    request: pytest.FixtureRequest, _workspace365_azure_reusable: "ReusableServer[AzureServer]"
) -> "Iterator[AzureServer]":
    """A local Azure with one API Management service; the variables of Azure's clients and of engines are set to it."""
    with _served(request, _workspace365_azure_reusable.for_a_test(), {}) as server:
        yield server


@contextmanager
def _served(request: pytest.FixtureRequest, server: AbstractContextManager[Any], more: Mapping[str, str]) -> Iterator[Any]:
    """The server in use: the environment leads to it and to no other, also after a test's own `monkeypatch.undo()`."""
    from pulumi_workspace365_sandbox import testing  # noqa: PLC0415  see above
    from pulumi_workspace365_sandbox.support.processes import StartError  # noqa: PLC0415

    with ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except StartError as problem:
            pytest.fail(str(problem), pytrace=False)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in {**testing.variables(started), **more}.items():
            if value is None:
                patch.delenv(name)
            else:
                patch.setenv(name, value)
        request.node.stash.setdefault(_SERVERS, []).append(started)
        yield started


@pytest.hookimpl(optionalhook=True)
def pytest_pulumi_secrets(item: pytest.Item) -> list[str]:
    """The keys and passwords of the servers, for the embedded engine's stacks: they must not show up in clear."""
    return [secret for server in item.stash.get(_SERVERS, []) for secret in server.secrets]
