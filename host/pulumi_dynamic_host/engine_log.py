"""Sends a provider's log to the engine as messages of the resource; passes its output on, with known secrets masked."""

import contextlib
import io
import logging
import sys
from typing import Any
from weakref import WeakKeyDictionary

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_dynamic_host import context, redaction, safe_text, wording

_LOG_TIMEOUT_SECONDS = 5.0  # seconds for the engine to take a message
_DIRECT = [("grpc.enable_http_proxy", 0)]  # the engine is on this machine; a proxy would read what it is told


class EngineLog:
    """The log of the engine at an address."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=_DIRECT)
        self._stub = engine_pb2_grpc.EngineStub(self._channel)

    def send(self, level: int, message: str, urn: str) -> bool:
        """Add a message of a resource; whether the engine took it."""
        # An ERROR message makes the run's summary say "errored"; whether the call failed is the provider's to say.
        least = {logging.WARNING: engine_pb2.WARNING, logging.INFO: engine_pb2.INFO, logging.NOTSET: engine_pb2.DEBUG}
        severity = next(severity for at_least, severity in least.items() if level >= at_least)
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn)
        try:
            self._stub.Log(request, timeout=_LOG_TIMEOUT_SECONDS)
        except (grpc.RpcError, ValueError):  # the second where it is closed
            return False
        return True

    def close(self) -> None:
        """The engine is gone."""
        self._channel.close()


class EngineHandler(logging.Handler):
    """Sends records to the engine of the current call: warnings and errors from anywhere, everything from the provider's own package.

    Debug messages are shown by ``pulumi up --debug`` alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is for a person. An HTTP library's information about each request is not."""
        own = record.name == "root" or record.name.partition(".")[0] in {"__main__", context.current().package}
        return bool(super().filter(record)) and (record.levelno >= logging.WARNING or own)

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: what a provider did must not fail for what it has to say about it."""
        with contextlib.suppress(Exception):
            message = safe_text.visible(safe_text.escape_surrogates(redaction.redact(wording.translate(self.format(record)))))
            call = context.current()
            if not (call.connection.log and call.urn and call.connection.log.send(record.levelno, message, call.urn)):
                sys.stderr.write(f"{message}\n")


class MaskedOutput(io.TextIOWrapper):
    """Standard output that shows ``[secret]`` for every known secret."""

    def write(self, text: str) -> int:
        return super().write(redaction.redact(text))


class CallOutput(MaskedOutput):
    """Standard output of a host of several engines: what a provider prints is a message of the resource whose call prints it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unfinished: WeakKeyDictionary[context.Call, str] = WeakKeyDictionary()

    def write(self, text: str) -> int:
        call = context.current()
        if not (call.urn and call.connection.log):
            return super().write(text)
        *lines, self._unfinished[call] = (self._unfinished.get(call, "") + text).split("\n")
        for line in filter(None, lines):
            call.connection.log.send(logging.INFO, safe_text.escape_surrogates(redaction.redact(line)), call.urn)
        return len(text)


def install(output: type[MaskedOutput] = MaskedOutput) -> None:
    """Send this process's logs to the engines, and mask what it prints."""
    sys.stdout = output(sys.stdout.buffer, encoding="utf-8", errors="replace", write_through=True)
    sys.stderr = MaskedOutput(sys.stderr.buffer, encoding="utf-8", errors="replace", write_through=True)
    root = logging.getLogger()
    root.addHandler(EngineHandler())
    root.setLevel(logging.INFO)
