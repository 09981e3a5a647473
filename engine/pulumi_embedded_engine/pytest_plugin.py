"""The pytest plugin: stacks of a Pulumi project on the embedded engine, as fixtures.

Installed, it adds names that begin with ``pulumi_`` to what tests may ask for, and nothing else: the engine is imported by the first test that
asks.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pulumi_embedded_engine.testing import Result, Stack

_FILES = ("Pulumi.yaml", "Pulumi.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("pulumi_project", "the folder of the Pulumi project that tests deploy, relative to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "pulumi(project=None, settles=True): the Pulumi project that a test deploys, and whether its second up must change nothing",
    )


def _argument(request: pytest.FixtureRequest, name: str) -> Any:
    marks = (mark.kwargs[name] for mark in request.node.iter_markers("pulumi") if name in mark.kwargs)
    return next(marks, None)


@pytest.fixture
def pulumi_project(request: pytest.FixtureRequest) -> Path:
    """The project: of the marker `pulumi`, of the option `pulumi_project`, else the nearest above the test's file."""
    if (marked := _argument(request, "project")) is not None:
        return Path(request.path.parent, marked)
    if configured := request.config.getini("pulumi_project"):
        return Path(request.config.rootpath, str(configured))
    for folder in request.path.parents:
        if any((folder / name).is_file() for name in _FILES):
            return folder
    pytest.fail(
        f"no Pulumi.yaml above {request.path}: name the project's folder with @pytest.mark.pulumi(project=…), "
        "with pulumi_project in pytest's configuration, or with a fixture pulumi_project of your own",
        pytrace=False,
    )


@pytest.fixture
def pulumi_config() -> Mapping[str, Any]:
    """The configuration of the stack, by key; override it."""
    return {}


@pytest.fixture
def pulumi_stack(
    request: pytest.FixtureRequest, pulumi_project: Path, pulumi_config: Mapping[str, Any], tmp_path: Path
) -> Iterator["Stack"]:
    """A new stack of the project, with a separate state; the test fails if resources remain."""
    from pulumi_embedded_engine.testing import Stack  # noqa: PLC0415  only tests that ask for it load the engine

    made = Stack(pulumi_project, tmp_path / "pulumi", settles=_argument(request, "settles") is not False)
    made.configure(pulumi_config)
    yield made
    made.close()


@pytest.fixture
def pulumi_up(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Deploy the program."""
    return pulumi_stack.up


@pytest.fixture
def pulumi_preview(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Preview an `up`."""
    return pulumi_stack.preview


@pytest.fixture
def pulumi_refresh(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Refresh the stack."""
    return pulumi_stack.refresh


@pytest.fixture
def pulumi_destroy(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Delete everything."""
    return pulumi_stack.destroy


@pytest.fixture
def pulumi_import(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Take over what exists."""
    return pulumi_stack.import_
