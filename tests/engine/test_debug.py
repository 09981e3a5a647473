"""What programs log for debugging costs a fifth of a run, so it is heard when somebody asks for it."""

import io
from pathlib import Path

import pytest

from pulumi_embedded_engine.engine import Engine, Options
from pulumi_embedded_engine.report.display import Display
from tests.engine.cli import PASSPHRASE
from tests.engine.conftest import SALT


@pytest.mark.parametrize("debug", [True, False])
def test_what_is_logged_for_debugging_is_shown_when_asked_for(tmp_path: Path, debug: bool) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: talking\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.log.debug('quietly')\npulumi.log.info('aloud')\n")
    engine = Engine(tmp_path, "dev", backend_url=f"file://{tmp_path / 'state'}", passphrase=PASSPHRASE)
    engine.create()
    shown = io.StringIO()
    display = Display(shown, debug=debug)
    assert engine.preview(Options(debug=debug), [display]).ok
    display.finish()
    assert "aloud" in shown.getvalue()
    assert ("debug: quietly" in shown.getvalue()) == debug
