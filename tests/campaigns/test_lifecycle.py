from pathlib import Path

from sandbox.workspace365 import Server
from tests.campaigns import lifecycle


def test_an_environment_lives_as_the_model_says(server: Server, tmp_path: Path) -> None:
    lifecycle.live(server, tmp_path, seed=365, lives=15)
