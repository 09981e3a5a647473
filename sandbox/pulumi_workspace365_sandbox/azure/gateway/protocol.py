"""What RFC 6455 demands of the frames of one side, judged as they come: what breaks it has a close code."""

import codecs
import struct
from dataclasses import dataclass, field

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
PROTOCOL_ERROR, BAD_DATA, POLICY, TOO_BIG = 1002, 1007, 1008, 1009
LONGEST_CONTROL = 125
_CONTINUATION, _BINARY = 0x0, 0x2
_CONTROL = {CLOSE, PING, PONG}
_RESERVED_CODES = {1004, 1005, 1006, 1015}


class Violation(Exception):
    """A frame that must not be. `code`: of the close frame that says so (RFC 6455, 7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True)
class Frame:
    """A frame's head: what it is, how long its payload is, and how that is masked (empty: not at all)."""

    raw: bytes
    opcode: int
    final: bool
    length: int
    mask: bytes

    @property
    def control(self) -> bool:
        return self.opcode in _CONTROL

    def unmasked(self, piece: bytes, offset: int) -> bytes:
        """A piece of the payload, from this offset, in the clear."""
        if not self.mask:
            return piece
        turn = offset % 4
        key = (self.mask[turn:] + self.mask[:turn]) * (len(piece) // 4 + 1)
        return (int.from_bytes(piece) ^ int.from_bytes(key[: len(piece)])).to_bytes(len(piece))


@dataclass
class FrameValidator:
    """One direction of a session. `longest`: of a message, in bytes, over all its fragments."""

    masked: bool
    longest: int
    _fragmented: bool = False
    _bytes: int = 0
    _text: codecs.IncrementalDecoder | None = None
    _close: bytearray = field(default_factory=bytearray)

    def head(self, raw: bytes) -> Frame:
        """A whole head. Raises Violation."""
        opcode, final = raw[0] & 0x0F, bool(raw[0] & 0x80)
        if raw[0] & 0x70:
            raise Violation(PROTOCOL_ERROR, "A reserved bit is set, and no extension was agreed on.")
        if opcode not in {_CONTINUATION, TEXT, _BINARY, *_CONTROL}:
            raise Violation(PROTOCOL_ERROR, f"The opcode {opcode:#x} is reserved.")
        if bool(raw[1] & 0x80) != self.masked:
            raise Violation(PROTOCOL_ERROR, f"A frame from here must {'' if self.masked else 'not '}be masked.")
        frame = Frame(raw, opcode, final, _length(raw), raw[-4:] if self.masked else b"")
        if frame.control:
            _control(frame)
        else:
            self._data(frame)
        return frame

    def payload(self, frame: Frame, piece: bytes, offset: int) -> None:
        """A piece of the payload of the latest frame, in its order. Raises Violation."""
        if frame.opcode == CLOSE:
            self._close += frame.unmasked(piece, offset)
        elif not frame.control and self._text is not None:
            last = frame.final and offset + len(piece) == frame.length
            _decoded(self._text, frame.unmasked(piece, offset), final=last)

    def end(self, frame: Frame) -> None:
        """The frame is whole. Raises Violation."""
        if frame.opcode == CLOSE:
            _closing(bytes(self._close))
        elif not frame.control and frame.final:
            if self._text is not None and not frame.length:
                _decoded(self._text, b"", final=True)
            self._text = None

    def _data(self, frame: Frame) -> None:
        if (frame.opcode == _CONTINUATION) != self._fragmented:
            what = "continues no message" if frame.opcode == _CONTINUATION else "begins within another message"
            raise Violation(PROTOCOL_ERROR, f"A frame {what}.")
        if frame.opcode != _CONTINUATION:
            self._bytes = 0
            self._text = codecs.getincrementaldecoder("utf-8")() if frame.opcode == TEXT else None
        self._bytes += frame.length
        if self._bytes > self.longest:
            raise Violation(TOO_BIG, f"A message is longer than {self.longest} bytes.")
        self._fragmented = not frame.final


def head_length(first_bytes: bytes) -> int:
    """How long a head is, by its first two bytes."""
    return 2 + {126: 2, 127: 8}.get(first_bytes[1] & 0x7F, 0) + (4 if first_bytes[1] & 0x80 else 0)


def _length(raw: bytes) -> int:
    short = raw[1] & 0x7F
    if short < 126:
        return short
    length = int(struct.unpack_from(">H" if short == 126 else ">Q", raw, 2)[0])
    if length < (126 if short == 126 else 1 << 16) or length >> 63:
        raise Violation(PROTOCOL_ERROR, "A length is not written as it must be.")
    return length


def _control(frame: Frame) -> None:
    if not frame.final:
        raise Violation(PROTOCOL_ERROR, "A control frame is fragmented.")
    if frame.length > LONGEST_CONTROL:
        raise Violation(PROTOCOL_ERROR, f"A control frame is longer than {LONGEST_CONTROL} bytes.")


def _closing(payload: bytes) -> None:
    if not payload:
        return
    if len(payload) == 1:
        raise Violation(PROTOCOL_ERROR, "A close code has two bytes.")
    code = int(struct.unpack_from(">H", payload)[0])
    if not (1000 <= code < 1016 or 3000 <= code < 5000) or code in _RESERVED_CODES:
        raise Violation(PROTOCOL_ERROR, f"The close code {code} must not be sent.")
    _decoded(codecs.getincrementaldecoder("utf-8")(), payload[2:], final=True)


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool) -> None:
    try:
        decoder.decode(data, final)
    except UnicodeDecodeError:
        raise Violation(BAD_DATA, "A text is not UTF-8.") from None
