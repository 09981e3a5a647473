"""What programs and providers do that nobody should have to wait for."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def do(names: str) -> None:
    for name in names.split():
        function, _, argument = name.partition(":")
        globals()[function](argument)


def print_long(size: str) -> None:
    sys.stdout.write("x" * int(size) + "END\n")
    sys.stdout.flush()


def print_endless_line(size: str) -> None:
    sys.stderr.write("y" * int(size))
    sys.stderr.flush()


def print_text(text: str) -> None:
    print(text.replace("_", " "), flush=True)


def print_bytes(_: str) -> None:
    os.write(1, b"\xff\xfe\x00 no text \xe4\n")


def flood(_: str) -> None:
    """Write to both outputs for ever, beside whatever else happens."""

    def write(descriptor: int, text: bytes) -> None:
        try:
            while True:
                os.write(descriptor, text)
        except OSError:
            return

    threading.Thread(target=write, args=(1, b"flood\n" * 1000), daemon=True).start()
    threading.Thread(target=write, args=(2, b"flood " * 1000), daemon=True).start()


def close_outputs(_: str) -> None:
    os.close(1)
    os.close(2)


def leave_a_child(_: str) -> None:
    """A process that holds the outputs open."""
    child = subprocess.Popen(["sleep", "1000"])
    Path("child.pid").write_text(str(child.pid))


def leave_a_daemon(_: str) -> None:
    """The same, in a session of its own: nobody's child."""
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    Path("child.pid").write_text(str(child.pid))


def exit_now(code: str) -> None:
    os._exit(int(code))


def fail(_: str) -> None:
    raise Exception("it was told to fail")


def ignore_signals(_: str) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)


def hang(_: str) -> None:
    Path("hangs").touch()
    while True:
        time.sleep(1000)


def hang_at_exit(_: str) -> None:
    threading.Thread(target=hang, args=("",)).start()


def stop(_: str) -> None:
    """As `kill -STOP` does."""
    Path("stopped.pid").write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGSTOP)


def wait_for(name: str) -> None:
    Path(f"waits-for-{name}").touch()
    while not Path(name).exists():
        time.sleep(0.02)
