"""Sends a provider's log to the engine as messages of the resource; passes its output on, with known secrets masked."""

import contextlib
import io
import logging
import sys

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_dynamic_host import context, redaction, safe_text, wording

_LOG_TIMEOUT_SECONDS = 5.0  # seconds for the engine to take a message
_DIRECT = [("grpc.enable_http_proxy", 0)]  # the engine is on this machine; a proxy would read what it is told


class EngineHandler(logging.Handler):
    """Sends records to the engine: warnings and errors from anywhere, everything from the provider's own package.

    Debug messages are shown by ``pulumi up --debug`` alone.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address, options=_DIRECT)) if address else None
        self.setFormatter(logging.Formatter("%(message)s"))

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is for a person. An HTTP library's information about each request is not."""
        own = record.name == "root" or record.name.partition(".")[0] in {"__main__", context.current().package}
        return bool(super().filter(record)) and (record.levelno >= logging.WARNING or own)

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: what a provider did must not fail for what it has to say about it."""
        with contextlib.suppress(Exception):
            message, urn = (
                safe_text.visible(safe_text.escape_surrogates(redaction.redact(wording.translate(self.format(record))))),
                context.current().urn,
            )
            if not (self._stub and urn and _send(self._stub, record.levelno, message, urn)):
                sys.stderr.write(f"{message}\n")


class MaskedOutput(io.TextIOWrapper):
    """Standard output that shows ``[secret]`` for every known secret."""

    def write(self, text: str) -> int:
        return super().write(redaction.redact(text))


def install(address: str) -> None:
    """Send this process's logs to the engine and mask what it prints. ``address``: the engine's, or empty."""
    sys.stdout = MaskedOutput(sys.stdout.buffer, encoding="utf-8", errors="replace", write_through=True)
    sys.stderr = MaskedOutput(sys.stderr.buffer, encoding="utf-8", errors="replace", write_through=True)
    root = logging.getLogger()
    root.addHandler(EngineHandler(address))
    root.setLevel(logging.INFO)


def _send(stub: engine_pb2_grpc.EngineStub, level: int, message: str, urn: str) -> bool:
    # An ERROR message makes the run's summary say "errored"; whether the call failed is the provider's to say.
    least = {logging.WARNING: engine_pb2.WARNING, logging.INFO: engine_pb2.INFO, logging.NOTSET: engine_pb2.DEBUG}
    severity = next(severity for at_least, severity in least.items() if level >= at_least)
    request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn)
    try:
        stub.Log(request, timeout=_LOG_TIMEOUT_SECONDS)
    except grpc.RpcError:
        return False
    return True
