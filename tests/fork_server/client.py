# The Python of a warm environment: has the server fork a process for the command line, and ends as that ends.
# ADDRESS (of the server) and PYTHON (the real one) are set above. Nothing is imported that costs time.
import json
import os
import signal
import socket
import sys


def main() -> None:
    known = {"-u", "-P", "-m"}
    flags = [argument for argument in sys.argv[1:3] if argument.startswith("-")]
    if len(sys.argv) < 2 or not set(flags) <= known:
        os.execv(PYTHON, [PYTHON, *sys.argv[1:]])  # type: ignore[name-defined]  # noqa: F821
    server = socket.socket(socket.AF_UNIX)
    server.connect(ADDRESS)  # type: ignore[name-defined]  # noqa: F821
    asked = json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}).encode()  # noqa: PTH109  pathlib costs more than all of this
    socket.send_fds(server, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(asked)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: server.sendall(bytes([received])))
    for descriptor in (0, 1, 2):
        os.close(descriptor)  # they are the process's now
    status = server.recv(4)
    if not status:
        os._exit(1)
    code = os.waitstatus_to_exitcode(int.from_bytes(status, "big"))
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


main()
