"""The server: imports, then forks a process for every connection and tells how it ended."""

import contextlib
import ctypes
import gc
import hashlib
import importlib
import io
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
import sysconfig
import threading
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.store import secrets

PRELOADED = [
    "aiohttp.web",
    "asyncio",
    "filelock",
    "httpx",
    "pulumi",
    "pulumi.dynamic",
    "pulumi_azure_native.apimanagement",
    "pulumi_embedded_engine.cli",
    "pulumi_dynamic_host.process",
    "pulumi_dynamic_host.server",
    "pulumi_workspace365.environment",
    "pulumi_workspace365.exchange",
    "pulumi_workspace365.instance",
    "pulumi_workspace365.functions",
    "pulumi_workspace365.sharepoint",
    "pulumi_workspace365.sign_on",
    "pulumi_workspace365.template",
    "pulumi_workspace365.api.answers",
    "pulumi_workspace365.lifecycle.delete",
    "pulumi_workspace365.lifecycle.post_create",
    "pulumi_workspace365_cli.app",
    "pulumi_workspace365_components.customer",
    "pulumi_workspace365_components.package.provider",
    "pulumi_workspace365_components.websocket_api.component",
    "pulumi_workspace365_sandbox.azure.process",
    "pulumi_workspace365_sandbox.azure_native",
    "pulumi_workspace365_sandbox.runner.orchestrator",
    "pulumi_workspace365_sandbox.workspace365.process",
    "yaml",
]


class Server:
    """Forks, and hands signals and exit codes on. Single-threaded, so that a fork is whole."""

    def __init__(self, address: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)
        self._clients: dict[int, socket.socket] = {}
        self._ended, self._wakeup = socket.socketpair()
        for one in (self._ended, self._wakeup):
            one.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._ended, selectors.EVENT_READ)
        self._selector.register(0, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)

    def serve(self) -> dict[str, Any] | None:
        """Until standard input ends (None), or, in a process that was forked, what that is to run."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == 0:
                    self._kill_all()
                    return None
                if key.fileobj is self._ended:
                    self._reap()
                elif key.fileobj is self._listener:
                    asked = self._start()
                    if asked:
                        return asked
                elif isinstance(key.fileobj, socket.socket):
                    self._forward(key.fileobj)

    def _start(self) -> dict[str, Any] | None:
        client, _ = self._listener.accept()
        head, descriptors, _, _ = socket.recv_fds(client, 8, 3)
        size = int.from_bytes(head, "big")
        text = client.recv(size, socket.MSG_WAITALL) if size else b""
        if not size or len(text) < size:  # somebody killed the client
            for one in (client.detach(), *descriptors):
                os.close(one)
            return None
        asked: dict[str, Any] = json.loads(text)
        pid = os.fork()
        if pid == 0:
            self._become(client, descriptors)
            return asked
        for descriptor in descriptors:
            os.close(descriptor)
        self._clients[pid] = client
        self._selector.register(client, selectors.EVENT_READ)
        return None

    def _become(self, client: socket.socket, descriptors: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
        os.setsid()
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        for one in (self._listener, self._ended, self._wakeup, client, *self._clients.values()):
            one.close()
        self._selector.close()

    def _forward(self, client: socket.socket) -> None:
        pid = next((pid for pid, one in self._clients.items() if one is client), 0)
        if not pid:  # its process ended at the same moment
            return
        with contextlib.suppress(ProcessLookupError):
            received = client.recv(16)
            for number in received:
                os.kill(pid, number)
            if not received:  # somebody killed the client
                self._selector.unregister(client)
                os.kill(pid, signal.SIGKILL)  # which may not lead its group yet
                os.killpg(pid, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._ended.recv(4096)
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            client = self._clients.pop(pid)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(client)
            with contextlib.suppress(OSError):
                client.sendall(status.to_bytes(4, "big"))
            client.close()

    def _kill_all(self) -> None:
        for pid in self._clients:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def run(asked: dict[str, Any]) -> int:
    """What the interpreter does with a command line: flags, then a module or a path."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    if "W365_HOST_PARENT" in os.environ:  # by which a host knows that its engine is gone; here the client is killed then
        os.environ["W365_HOST_PARENT"] = str(os.getppid())
    _arm(os.environ.pop("WARM_ARM", ""))
    os.chdir(asked["folder"])
    sys.stdin = io.TextIOWrapper(io.FileIO(0))
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), write_through=True) for number in (1, 2))
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]
    sys.executable = str(Path(sys.argv[1]).with_name("bin") / "python")  # what it starts in turn is warm too
    random.seed()
    arguments: list[str] = asked["arguments"]
    safe = "-P" in arguments[:2]
    while arguments[0] in {"-u", "-P"}:
        arguments.pop(0)
    sys.orig_argv[:] = [sys.executable, *arguments]
    _run_pth_file()
    sys.path[0:1] = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            sys.path[:0] = [] if safe else [str(Path.cwd())]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            path = Path(arguments[0])
            sys.path[:0] = [] if safe or path.is_dir() else [str(path.parent.absolute())]
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does at its top
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _run_pth_file() -> None:
    """Run the host's ``.pth`` file, which an interpreter does at its start."""
    path = Path(sysconfig.get_path("purelib"), "pulumi_dynamic_host.pth")
    if path.exists():  # not in an environment that was set up before there was such a file
        exec(path.read_text(encoding="utf-8"), {})


def _arm(wanted: str) -> None:
    """Arm the preloaded library: ``FUNCTION:NUMBER:FILE``. The function of the library begins with `points_`; the file is its log."""
    if wanted:
        function, number, path = wanted.split(":", 2)
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        getattr(ctypes.CDLL(None), f"points_{function}")(ctypes.c_long(int(number)), log)


def remember_keys(folder: Path) -> None:
    """Derive the key of a stack's secrets once for all processes: it takes a million rounds, a quarter of a second."""
    derive = secrets._key

    def remembered(passphrase: str, salt: bytes) -> bytes:
        path = folder / hashlib.sha256(passphrase.encode() + b"\0" + salt).hexdigest()
        if path.exists():
            return path.read_bytes()
        key = derive(passphrase, salt)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(key)
        draft.rename(path)
        return key

    secrets._key = remembered  # type: ignore[assignment]


def main() -> None:
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    for name in PRELOADED:
        importlib.import_module(name)
    remember_keys(Path(sys.argv[1]).parent)
    gc.collect()
    gc.freeze()
    server = Server(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asked = server.serve()
    if asked is None:
        return
    code = run(asked)
    threading._shutdown()  # type: ignore[attr-defined]
    import atexit  # noqa: PLC0415

    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
