"""A stack for one test: operations that expect to succeed, faults, and what must not be left behind."""

import functools
import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import yaml

from pulumi_embedded_engine.engine import Engine, OperationResult, Options, Terminated
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.run.imports import single_resource_file
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt
from pulumi_embedded_engine.testing import checks, in_process, leaks, plan_text, results
from pulumi_embedded_engine.testing.faults import Fault, Faults, Kind, Operation
from pulumi_embedded_engine.testing.results import DeployedResource, Recording, Result, failed, to_python
from pulumi_embedded_engine.workspace.project import Project

__tracebackhide__ = True  # of what fails, pytest shows the line of the test
PASSPHRASE = "passphrase of tests"  # noqa: S105  it protects nothing but what a test made up
_WORDS = {Mode.UPDATE: "up", Mode.REFRESH: "refresh", Mode.DESTROY: "destroy", Mode.IMPORT: "import"}


@functools.cache
def _salt() -> str:
    """One for all stacks of this process, as deriving the key takes a while."""
    return new_salt(PASSPHRASE)


class Stack:
    """A new stack of a project.

    Operations raise `ExpectationFailed` when they fail (with `fails=True`: when they do not), when a second `up` changes
    something, and when a process, a port or a secret in clear is left behind.

    Args:
        project: the project's folder; nothing is written to it.
        folder: where state and configuration of the stack go.
        name: the stack's name.
        settles: a second `up` must change nothing.
    """

    def __init__(self, project: Path | str, folder: Path, *, name: str = "test", settles: bool = True) -> None:
        if not Path(project).is_dir():
            raise failed(f"the project's folder {project} does not exist")
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self._folder, self._settles = name, folder, settles
        self._config: dict[str, Any] = {}
        self._secrets = PassphraseSecrets(PASSPHRASE, _salt())
        self._sentinels: set[str] = set()
        self._public: set[str] = set()
        self._mark = secrets.token_hex(8)
        self.known_secrets: Callable[[], Iterable[str]] = tuple
        """More texts that must not show up in clear, asked for after each operation."""
        self._project = Project.load(project)
        self._faults = Faults(self._terminate)
        self._engine = Engine(
            replace(self._project, stack_config_dir=folder),
            name,
            backend_url=self.backend_url,
            passphrase=PASSPHRASE,
            wrap_providers=self._faults.wrap,
        )
        (folder / "state").mkdir()
        self._write_config()
        self._engine.create()

    @property
    def backend_url(self) -> str:
        """Where the state is, for both engines."""
        return f"file://{quote(str(self._folder / 'state'), safe='/:' + os.sep)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self.close()

    def close(self) -> None:
        """End the stack; what it deployed stays where it is.

        Raises:
            ExpectationFailed: a requested fault was never injected.
        """
        for fault in self._faults.all:
            if not fault.lifted:
                fault.check()

    def _terminate(self) -> None:
        self._engine.terminate()

    # Configuration.

    def configure(self, values: Mapping[str, Any]) -> None:
        """Set configuration, texts or whole objects; a key without namespace is the project's."""
        self._config.update(values)
        self._write_config()

    def configure_secret(self, key: str, value: str = "") -> str:
        """Set a secret of the configuration, made up unless it is given; where it shows up in clear, the test fails."""
        value = self.sentinel(value)
        self.configure({key: {"secure": self._secrets.encrypt(value)}})
        return value

    def sentinel(self, value: str = "") -> str:
        """A secret, made up unless it is given, that must not show up in clear: in state, or in what a person is shown."""
        value = value or f"sentinel-{secrets.token_hex(12)}"
        self._sentinels.add(value)
        return value

    def public(self, text: str) -> None:
        """Let a text stand in clear although some secret of the state has the same value."""
        self._public.add(text)

    def _write_config(self) -> None:
        path = self._folder / f"Pulumi.{self.name}.yaml"
        path.write_text(yaml.safe_dump({"encryptionsalt": _salt(), "config": self._config}), encoding="utf-8")

    # Operations.

    def up(
        self,
        *,
        fails: bool = False,
        again: bool | None = None,
        refresh: bool = False,
        continue_on_error: bool = False,
        ignore_protect: bool = False,
        replace: Sequence[str] = (),
        parallel: int = 0,
    ) -> Result:
        """Deploy the program, and a second time, which must change nothing.

        Args:
            fails: it is to fail.
            again: whether to repeat the operation; by default the setting of the stack.
            refresh: read everything first.
            continue_on_error: failures stop only what depends on them.
            ignore_protect: delete and replace protected resources.
            replace: names of resources to replace.
            parallel: how many steps at once.
        """
        urns_ = frozenset(self.resource(name).urn for name in replace)
        options = Options(
            refresh=refresh, parallel=parallel, continue_on_error=continue_on_error, ignore_protect=ignore_protect, replace=urns_
        )
        result = self._run(options, fails=fails)
        if result.ok and (self._settles if again is None else again):
            self._assert_settled()
        return result

    def _assert_settled(self) -> None:
        second = self._run(Options(), what="second up")
        if second.steps:
            done = ", ".join(map(str, second.steps))
            raise failed(
                f"the second up of stack '{self.name}' changed something, though the program is the same: {done}. Usually check or "
                "diff compare with what the provider did not keep, or the program makes values up "
                "(up(again=False) and @pytest.mark.pulumi(settles=False) do without the second up)",
                second.output,
            )

    def preview(self, *, fails: bool = False, refresh: bool = False) -> Result:
        """Preview an `up`."""
        return self._run(Options(refresh=refresh), preview=True, fails=fails, what="preview")

    def refresh(self, *, fails: bool = False) -> Result:
        """Refresh the stack."""
        return self._run(Options(kind=Mode.REFRESH, refresh=True), fails=fails)

    def destroy(self, *, fails: bool = False, run_program: bool = False, continue_on_error: bool = False) -> Result:
        """Delete everything."""
        options = Options(kind=Mode.DESTROY, run_program=run_program, continue_on_error=continue_on_error)
        return self._run(options, fails=fails)

    def import_(self, type_: str, name: str, id_: str, *, fails: bool = False, protect: bool = False) -> Result:
        """Take over what exists, by its type token and id, under a name."""
        document = single_resource_file(type_, name, id_, parent="", provider="", selected=())
        return self._run(self._engine.import_options(document, protect=protect), fails=fails)

    # Faults.

    def fail(self, operation: Operation, name: str, *, message: str = "the server said no", times: int | None = 1) -> Fault:
        """Let calls fail without calling the provider."""
        return self._fault(operation, name, "fail", message, times)

    def lose_answer(self, operation: Operation, name: str, *, times: int | None = 1) -> Fault:
        """Lose the response: the provider carries out the call, and the engine receives an error."""
        return self._fault(operation, name, "lose", "the connection broke before the answer arrived", times)

    def kill(self, operation: Operation, name: str, *, after: bool = False) -> Fault:
        """End the engine and all processes at once: when a call is to be made, or after the provider answered it."""
        return self._fault(operation, name, "kill-after" if after else "kill", "", 1)

    def _fault(self, operation: Operation, name: str, kind: Kind, message: str, times: int | None) -> Fault:
        return self._faults.add(Fault(operation, name, kind, message, times))

    # State.

    @property
    def resources(self) -> list[DeployedResource]:
        """What state holds, but for the stack itself and default providers, in the order of deployment."""
        states = [state for state in self._engine.load().resources if state.type != urns.ROOT_STACK_TYPE]
        return [DeployedResource.from_state(state) for state in states if not urns.is_default_provider(state.urn)]

    def resource(self, name: str) -> DeployedResource:
        """The resource of a name.

        Raises:
            ExpectationFailed: there is none, or more than one.
        """
        found = [item for item in self.resources if item.name == name]
        if len(found) != 1:
            urns_text = ", ".join(sorted(item.name for item in self.resources)) or "none"
            raise failed(
                f"stack '{self.name}' has {len(found)} resources of the name '{name}' in state; its resources: {urns_text}"
            )
        return found[0]

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack in clear."""
        return {key: to_python(value) for key, value in self._engine.outputs().items()}

    @property
    def pending(self) -> list[tuple[str, str]]:
        """What was begun and never ended, such as `("creating", name)`."""
        return [(item.type, urns.name_of(item.resource.urn)) for item in self._engine.load().pending_operations]

    def export(self) -> dict[str, Any]:
        """The document of `pulumi stack export`, secrets encrypted."""
        return self._engine.export()

    # How an operation runs.

    def _run(self, options: Options, *, preview: bool = False, fails: bool = False, what: str = "") -> Result:
        what = f"{what or _WORDS[options.kind]} of stack '{self.name}'"
        return self._complete(what, lambda: self._operate(options, preview=preview), fails=fails)

    def _complete(self, what: str, operate: Callable[[], results.Ended], *, fails: bool) -> Result:
        """Carry out an operation, and judge how it ended and what it left."""
        ports = leaks.listening()
        with in_process.process_mark(self._mark):
            ended = in_process.run_in_thread(operate)
        if ended.interrupted:
            raise KeyboardInterrupt
        known = self._known_secrets()
        checks.assert_nothing_left(what, ended.result, self._mark, ports)
        checks.assert_no_secret(what, ended.result, self._folder / "state", known)
        if ended.result.ok == fails:
            raise results.unexpected(what, ended)
        normalizer = plan_text.Normalizer({*known, *ended.secrets} - self._public, self._places)
        text = plan_text.render(ended.metadata, ended.result.changes, normalizer)
        return replace(ended.result, text=text, exposed=normalizer.masked)

    def _operate(self, options: Options, *, preview: bool) -> results.Ended:
        """Carry out an operation, however it ends."""
        recording = Recording()
        outcome: OperationResult | EngineError
        try:
            outcome = self._engine.execute(options, [recording], (preview,))
        except EngineError as error:
            outcome = error
        recording.finish()
        killed = isinstance(outcome, Terminated)
        ended = results.ended(outcome, recording, killed=killed)
        return replace(ended, interrupted=True) if killed and not any(fault.hits for fault in self._faults.all) else ended

    @property
    def _places(self) -> dict[str, str]:
        """Folders of this run, and their placeholders in texts that are compared."""
        places = {self._project.root: "[project]", self._folder: "[stack]", self._folder.parent: "[folder]"}
        return {form: name for folder, name in places.items() for form in (str(folder), str(folder.resolve())) if len(form) > 1}

    def _known_secrets(self) -> set[str]:
        states = self._engine.load().resources
        in_state = {text for state in states for part in (state.inputs, state.outputs) for text in leaks.secret_texts(part)}
        in_config = {text for item in self._config.values() for text in leaks.encrypted_texts(item, self._secrets.decrypt)}
        elsewhere = {secret for secret in self.known_secrets() if secret}
        return ((in_state | in_config) - self._public) | self._sentinels | elsewhere
