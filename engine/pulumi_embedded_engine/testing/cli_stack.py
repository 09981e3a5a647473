"""A stack whose operations the Pulumi CLI carries out, with the interface of `Stack`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pulumi_embedded_engine.engine import Options
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.providers.environment import child_environment
from pulumi_embedded_engine.testing import cli_events, leaks, results
from pulumi_embedded_engine.testing.faults import Fault, Kind, Operation
from pulumi_embedded_engine.testing.guard import Guard
from pulumi_embedded_engine.testing.results import Result, failed
from pulumi_embedded_engine.testing.stack import PASSPHRASE, Stack
from pulumi_embedded_engine.workspace import local_only

__tracebackhide__ = True  # of what fails, pytest shows the line of the test
_COMMANDS = {
    Mode.UPDATE: ("up", "--yes", "--skip-preview"),
    Mode.REFRESH: ("refresh", "--yes", "--skip-preview"),
    Mode.DESTROY: ("destroy", "--yes", "--skip-preview"),
}
_PASSED_ON = ("PULUMI_DEBUG_PROVIDERS", "PULUMI_PYTHON_CMD", "PULUMI_PARALLEL")
"""Of the variables that begin with PULUMI: those that name no account, backend or stack."""
_GRACE_SECONDS = 5


def find() -> str | None:
    """The Pulumi CLI on PATH."""
    return shutil.which("pulumi")


def _unsupported(reason: str) -> NoReturn:
    raise failed(reason)


class CliStack(Stack):
    """A new stack of a project, on the Pulumi CLI: with its state, its settings and its plugins in `folder`, without login or network.

    Args:
        project: the project's folder; nothing is written to it.
        folder: where state, configuration and the CLI's own files of the stack go.
        name: the stack's name.
        settles: a second `up` must change nothing.
        unsupported: called with the reason when a test asks for what only the embedded engine can do; does not return.

    Raises:
        ExpectationFailed: no `pulumi` is on PATH.
    """

    def __init__(
        self,
        project: Path | str,
        folder: Path,
        *,
        name: str = "test",
        settles: bool = True,
        unsupported: Callable[[str], NoReturn] = _unsupported,
    ) -> None:
        command = find()
        if command is None:
            raise failed("there is no pulumi on PATH: install the Pulumi CLI, or use the embedded engine")
        self._command, self._unsupported = command, unsupported
        super().__init__(project, folder, name=name, settles=settles)
        (folder / "home").mkdir(exist_ok=True)
        self._guard: Guard | None = None
        self._calls = 0

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._end_processes()
        super().__exit__(kind, *rest)

    def close(self) -> None:
        """End the stack, and all of its processes; what it deployed stays where it is."""
        self._end_processes()
        super().close()

    def _end_processes(self) -> None:
        if self._guard:
            self._guard.close()
            self._guard = None

    def import_(self, type_: str, name: str, id_: str, *, fails: bool = False, protect: bool = False) -> Result:
        """Take over what exists, by its type token and id, under a name."""
        arguments = [
            "import",
            type_,
            name,
            id_,
            f"--protect={str(protect).lower()}",
            "--generate-code=false",
            "--yes",
            "--skip-preview",
        ]
        return self._complete(f"import of stack '{self.name}'", lambda: self._call(arguments), fails=fails)

    def _fault(self, operation: Operation, name: str, kind: Kind, message: str, times: int | None) -> Fault:
        del operation, name, message, times
        self._unsupported(
            f"{kind}: faults are injected between the embedded engine and its providers, which the Pulumi CLI does not allow: let the "
            "test server fail instead, or mark the test with @pytest.mark.pulumi(engine='embedded')"
        )

    def _operate(self, options: Options, *, preview: bool) -> results.Ended:
        if options.ignore_protect:
            self._unsupported("ignore_protect: the Pulumi CLI has no such flag for this operation: use the embedded engine")
        arguments = ["preview"] if preview else list(_COMMANDS[options.kind])
        flags = {
            "--refresh": options.refresh and options.kind == Mode.UPDATE,
            "--run-program": options.run_program,
            "--continue-on-error": options.continue_on_error,
        }
        arguments += [flag for flag, wanted in flags.items() if wanted]
        arguments += [part for urn in sorted(options.replace) for part in ("--replace", urn)]
        return self._call([*arguments, *(["--parallel", str(options.parallel)] if options.parallel else [])])

    def _call(self, arguments: list[str]) -> results.Ended:
        """Run the CLI, whose processes carry the mark of this stack, if no address leads to another machine."""
        try:
            local_only.check(self._engine.project.stack_config(self.name, self._secrets))
        except local_only.RemoteRefused as problem:
            reason = f"{str(problem).partition(': the embedded engine')[0]}: tests act on local servers only"
            return results.Ended(Result(ok=False, errors=(reason,)), refused=reason)
        except EngineError:  # the CLI's own words tell what is wrong with the configuration
            pass
        self._guard = self._guard or Guard(f"{leaks.MARK}={self._mark}")
        self._calls += 1
        log, printed = self._folder / f"events-{self._calls}.json", self._folder / f"output-{self._calls}.txt"
        config = self._folder / f"Pulumi.{self.name}.yaml"
        common = [
            "--stack",
            self.name,
            "--config-file",
            str(config),
            "--non-interactive",
            "--color",
            "never",
            "--event-log",
            str(log),
        ]
        with (
            printed.open("wb") as output,
            subprocess.Popen(  # noqa: S603  the CLI that is on PATH
                [self._command, *arguments, *common],
                cwd=self._project.root,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                code = process.wait()
            except BaseException:
                self._stop(process)
                raise
        return cli_events.ended(cli_events.read(log), printed.read_text(encoding="utf-8", errors="replace"), code=code)

    def _stop(self, process: "subprocess.Popen[bytes]") -> None:
        """End it as Ctrl-C does, then at once."""
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in leaks.left_running(self._mark):
            os.kill(pid, signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        """Without the user's account, backend and stack, and with the Python that runs the tests first."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI") or name in _PASSED_ON}
        return child_environment(kept, local_only=True) | {
            leaks.MARK: self._mark,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PULUMI_HOME": str(self._folder / "home"),
            "PULUMI_BACKEND_URL": self.backend_url,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # without it the CLI has no --event-log
        }
