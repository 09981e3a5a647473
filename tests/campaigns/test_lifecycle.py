from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server
from tests.campaigns import lifecycle


@pytest.mark.slow
@pytest.mark.parametrize("lives", [15, pytest.param(100, marks=pytest.mark.slow)])
def test_an_environment_lives_as_the_model_says(server: Server, tmp_path: Path, lives: int) -> None:
    lifecycle.live(server, tmp_path, seed=365, lives=lives)
