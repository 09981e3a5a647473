"""Makes an interpreter look like one on Windows, as far as Python code can tell: found by its name at the start of each process.

The standard library and other distributions are imported before, with what they need; the project's own modules after. What is not
shown in this way: paths with backslashes, the sharing of open files, the console, and how Windows starts and ends processes.
"""

import asyncio
import fcntl
import importlib
import os
import pathlib
import shutil
import signal
import socket
import sys
import traceback
import types
import warnings
from typing import Any, NoReturn

FIRST = """
concurrent.futures.thread concurrent.futures.process ctypes getpass logging.handlers multiprocessing.connection multiprocessing.context
platform random ssl subprocess tarfile tempfile unittest.mock uuid webbrowser zipfile zoneinfo
certifi cryptography.x509 dill filelock google.protobuf.json_format grpc grpc.aio httpcore httpx pulumi pulumi.dynamic
pulumi.provider pydantic rich.console rich.progress tenacity typer.main typer.testing websockets.sync.client yaml
"""
MODULES = "_posixshmem _posixsubprocess crypt fcntl grp nis ossaudiodev posix pty pwd readline resource spwd syslog termios tty"
OF_OS = """
O_ASYNC O_CLOEXEC O_DIRECT O_DIRECTORY O_DSYNC O_NDELAY O_NOATIME O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_RSYNC O_SYNC O_TMPFILE
chown chroot confstr ctermid eventfd fchdir fchmod fchown fdatasync fork forkpty fpathconf fstatvfs getegid geteuid getgid getgroups
getloadavg getpgid getpgrp getpriority getresgid getresuid getsid getuid initgroups killpg lchown lockf login_tty major memfd_create
minor mkfifo mknod nice openpty pathconf pidfd_open posix_fadvise posix_fallocate posix_spawn posix_spawnp pread preadv pwrite pwritev
register_at_fork sched_getaffinity sched_get_priority_max sched_setaffinity sched_yield sendfile setegid seteuid setgid setgroups setns
setpgid setpriority setregid setresgid setresuid setreuid setsid setuid splice statvfs sync sysconf tcgetpgrp tcsetpgrp ttyname uname
unshare wait wait3 wait4 waitid writev
"""
OF_SIGNAL = """
ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT
SIGRTMAX SIGRTMIN SIGSTOP SIGSYS SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK
SIG_SETMASK SIG_UNBLOCK alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait
sigwaitinfo
"""
OF_SOCKET = "AF_UNIX CMSG_LEN CMSG_SPACE SCM_RIGHTS SO_REUSEPORT recv_fds send_fds sethostname"
RESERVED = set('<>:"|?*')


def _raise_not_implemented(*_: Any, **__: Any) -> NoReturn:
    raise NotImplementedError


class _ProactorLikeEventLoop(asyncio.SelectorEventLoop):
    """The default loop on Windows watches no file descriptors, and handles no signals."""

    add_reader: Any = _raise_not_implemented
    add_writer: Any = _raise_not_implemented
    add_signal_handler: Any = _raise_not_implemented


def _hide_names() -> None:
    for name, loaded in list(sys.modules.items()):  # filelock keeps what it has here, in the place of its other module
        if name.partition(".")[0] == "filelock" and getattr(loaded, "os", None) is os:
            loaded.os = types.SimpleNamespace(**vars(os))  # type: ignore[attr-defined]
    for name in MODULES.split():
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL), (socket, OF_SOCKET)):
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    signal.SIGBREAK = signal.Signals(21)  # type: ignore[attr-defined]  # its number there; a signal that can be sent here


def _locking(descriptor: int, mode: int, length: int) -> None:
    kind = fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB
    fcntl.lockf(descriptor, kind, length, os.lseek(descriptor, 0, os.SEEK_CUR))


def _add_modules() -> None:
    module: Any = types.ModuleType("msvcrt")
    module.LK_UNLCK, module.LK_NBLCK, module.locking = 0, 2, _locking
    sys.modules["msvcrt"] = module


def _replace_functions() -> None:
    pair, unix = socket.socketpair, socket.AF_UNIX
    socket.socketpair = lambda *_, **__: pair(unix)
    shutil.which = _which  # type: ignore[assignment]  # without bytes
    setattr(asyncio.SelectorEventLoop, "add_signal_handler", _raise_not_implemented)  # noqa: B010  it has another type
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        policy = asyncio.get_event_loop_policy()
    type(policy)._loop_factory = _ProactorLikeEventLoop  # type: ignore[attr-defined]  # of each new loop
    asyncio.new_event_loop = asyncio.events.new_event_loop = _ProactorLikeEventLoop
    fsync, kill = os.fsync, os.kill

    def fsync_of_writers(descriptor: Any) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR) == 0:
            raise OSError(9, "Bad file descriptor")
        fsync(descriptor)

    def kill_without_asking(pid: int, number: int) -> None:
        if number == 0:  # which is Ctrl-C there
            raise OSError(87, "The parameter is incorrect")
        kill(pid, number)

    os.fsync = fsync_of_writers  # type: ignore[assignment]  # the names of its arguments
    os.kill = kill_without_asking


def _which(name: str, mode: int = os.F_OK | os.X_OK, path: str | None = None) -> str | None:
    folders = (os.environ.get("PATH", "") if path is None else path).split(os.pathsep)
    found = (pathlib.Path(folder, name + suffix) for folder in ["", *folders] for suffix in ("", ".exe", ".cmd"))
    return next((str(file) for file in found if file.is_file() and os.access(file, mode)), None)


def _watch_files() -> None:
    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path, _, flags = arguments
            _check_opened(os.fsdecode(path), flags)
        elif event in {"os.rename", "os.mkdir"}:
            for path in arguments[: 2 if event == "os.rename" else 1]:
                _check_name(os.fsdecode(path))

    sys.addaudithook(check)


def _check_opened(path: str, flags: int) -> None:
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _check_name(path)
    if os.path.isdir(path):  # noqa: PTH112  for every file that is opened
        raise PermissionError(13, "Permission denied", path)


def _check_name(path: str) -> None:
    if RESERVED & set(path):
        raise OSError(22, "Invalid argument", path)


def _ignore_case_of_variables() -> None:
    def encoded(name: str) -> bytes:
        return os.fsencode(name.upper())

    for name in [name for name in os.environ if name != name.upper()]:
        os.environ[name.upper()] = os.environ.pop(name)
    os.environ.encodekey = encoded  # type: ignore[assignment]


def _apply() -> None:
    warnings.simplefilter("ignore", EncodingWarning)
    warnings.filterwarnings("error", category=EncodingWarning, module="pulumi_(workspace365|dynamic_host|embedded_engine)")
    for name in FIRST.split():
        importlib.import_module(name)
    import platform  # noqa: PLC0415

    platform.uname()  # kept for later
    _replace_functions()
    _hide_names()
    _add_modules()
    _watch_files()
    _ignore_case_of_variables()
    home = sys.modules[pathlib.Path.__module__]
    home.WindowsPath = pathlib.PosixPath  # type: ignore[attr-defined]  # what a path is where os.name is nt
    sys.platform, os.name = "win32", "nt"


try:
    _apply()
except BaseException:  # noqa: BLE001  else the interpreter would go on as one of POSIX
    traceback.print_exc()
    os._exit(70)
