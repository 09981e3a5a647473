"""Decodes the content encoding of a response up to a size limit."""

import zlib


class DecodingError(Exception):
    """Why a body cannot be read."""


class Decoder:
    """Decodes one content encoding, with a limit on the size of the output."""

    def __init__(self, encodings: str) -> None:
        """Prepare for what Content-Encoding names.

        Raises:
            DecodingError: more than one encoding, or one that was not asked for and is not known here.
        """
        named = [name for part in encodings.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
        if len(named) > 1:
            raise DecodingError("it is compressed more than once")
        if named and named[0] not in {"gzip", "x-gzip", "deflate"}:
            raise DecodingError("its content encoding is not supported")
        self._may_be_raw = named == ["deflate"]
        self._inflate = None if not named else zlib.decompressobj(zlib.MAX_WBITS | (0 if self._may_be_raw else 16))
        self._has_begun = False

    def decode(self, data: bytes, most: int) -> bytes:
        """What becomes of the next piece, at most so many bytes of it."""
        if self._inflate is None or not data:
            return data
        try:
            plain = self._inflate.decompress(data, most)
        except zlib.error as problem:
            if self._has_begun or not self._may_be_raw:
                raise DecodingError("its content does not match its encoding") from problem
            self._may_be_raw, self._inflate = False, zlib.decompressobj(-zlib.MAX_WBITS)  # deflate has two readings
            return self.decode(data, most)
        self._has_begun = True
        return plain

    def finish(self) -> None:
        """See that nothing is missing."""
        if self._inflate is not None and self._has_begun and not self._inflate.eof:
            raise DecodingError("its compressed content is truncated")
