"""What tests of the engine share."""

from pathlib import Path

import pytest
import yaml

from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.store.stack_store import StackStore
from tests.engine import cli
from tests.engine.cli import PASSPHRASE, RECORDED, PulumiCLI

RECORDED_CONFIG = yaml.safe_load((RECORDED / "interchange/Pulumi.dev.yaml").read_text(encoding="utf-8"))
SALT: str = RECORDED_CONFIG["encryptionsalt"]
"""As the CLI made it; one salt, so that the key is derived once for all tests of a process."""


@pytest.fixture(scope="session")
def secrets() -> PassphraseSecrets:
    return PassphraseSecrets(PASSPHRASE, SALT)


@pytest.fixture
def store(tmp_path: Path, secrets: PassphraseSecrets) -> StackStore:
    """A new stack without resources."""
    store = Backend.from_url(f"file://{tmp_path}").stack("interchange", "dev")
    store.init(secrets)
    return store


@pytest.fixture
def interchange(tmp_path: Path) -> PulumiCLI:
    """The program ``interchange`` for the real CLI; skips where there is none."""
    if not cli.available():
        pytest.skip("no Pulumi CLI on PATH")
    return cli.copy_program("interchange", tmp_path / "interchange")
