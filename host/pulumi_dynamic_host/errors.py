"""The message of a failed call: one sentence for an expected error, a short traceback for a bug of the provider."""

import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_dynamic_host import redaction, safe_text, wording

_HERE = str(Path(__file__).parent)
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_FRAMES = 4


class HostError(Exception):
    """The host's own refusal: its text is complete."""

    is_expected = True


class InitFailed(Exception):
    """The resource exists, but is not as it should be: the engine keeps it and calls ``update`` at the next ``up``."""

    def __init__(self, reasons: list[str], id_: str, properties: Struct, inputs: Struct | None = None) -> None:
        super().__init__("; ".join(reasons))
        self._message = provider_pb2.ErrorResourceInitFailed(
            id=id_, properties=properties, reasons=[_redacted(reason) for reason in reasons]
        )
        if inputs is not None:
            self._message.inputs.CopyFrom(inputs)

    def translated(self, translate: Callable[[Struct], Struct]) -> "InitFailed":
        """The same with other properties."""
        properties = translate(self._message.properties)
        inputs = translate(self._message.inputs) if self._message.HasField("inputs") else None
        return InitFailed(list(self._message.reasons), self._message.id, properties, inputs)

    def trailers(self) -> tuple[tuple[str, bytes]]:
        """The metadata in which the protocol carries it."""
        detail = AnyMessage()
        detail.Pack(self._message)
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=format_error(self), details=[detail])
        return (("grpc-status-details-bin", status.SerializeToString()),)


def format_error(problem: BaseException) -> str:
    """What the engine shows for an exception, without known secrets.

    The message alone if the exception's class has a true ``is_expected``; else the class, the message and the innermost frames.
    """
    if isinstance(problem, InitFailed) or getattr(type(problem), "is_expected", False):
        return _redacted(str(problem) or type(problem).__name__)
    lines = [_headline(problem), *_frames(problem.__traceback__)]
    cause = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    if cause is not None:
        lines += [f"caused by {_headline(cause)}", *_frames(cause.__traceback__)]
    return _redacted("\n".join(lines))


def _redacted(text: str) -> str:
    return safe_text.visible(safe_text.escape_surrogates(redaction.redact(wording.translate(text))))


def _headline(problem: BaseException) -> str:
    return "".join(traceback.format_exception_only(problem)).strip()


def _frames(trace: TracebackType | None) -> list[str]:
    """The last frames of the provider's own code, and the one below them in which it broke."""
    frames = [frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(_HERE)]
    own = [frame for frame in frames if not _is_library(frame.filename)][-_FRAMES:]
    if frames and frames[-1] not in own:
        own.append(frames[-1])
    return [f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}: {frame.line}".rstrip(": ") for frame in own]


def _is_library(filename: str) -> bool:
    return filename.startswith((*_LIBRARIES, "<frozen", sys.base_prefix))
