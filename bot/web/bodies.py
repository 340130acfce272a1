"""Reads request bodies within limits: of one body, of all bodies at once, and of time.

Nothing here is authenticated yet. A sender may lie about the length, never end, or send a thousand bodies
at once; it costs us a refusal, never the memory of the machine.
"""

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.inbox import RETRY_AFTER_SECONDS, Refused

READ_SECONDS_MAX = 30.0
BYTES_AT_ONCE_MAX = 256 * 1024 * 1024


class BodyReader:
    """Reads bodies, and knows how many bytes of them are held at the moment."""

    def __init__(
        self, bytes_at_once_max: int = BYTES_AT_ONCE_MAX, read_seconds_max: float = READ_SECONDS_MAX
    ) -> None:
        self._bytes_at_once_max = bytes_at_once_max
        self._read_seconds_max = read_seconds_max
        self.bytes_held = 0

    async def read(self, request: web.Request, bytes_max: int) -> bytes:
        """Read a body; the caller must `release` its length. Raises Refused.

        413 over `bytes_max`, 408 if it does not end in time, 503 if too many bodies are held already.
        """
        try:
            async with asyncio.timeout(self._read_seconds_max):
                return await self._read(request, bytes_max)
        except TimeoutError as error:
            raise Refused(408, "The body did not arrive in time.") from error
        except (ConnectionError, web.RequestPayloadError, HttpProcessingError) as error:
            raise Refused(400, "The body ended early or is malformed.") from error

    def release(self, size: int) -> None:
        """Say that a body of this size is not held any more."""
        self.bytes_held -= size

    async def _read(self, request: web.Request, bytes_max: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                self.bytes_held += len(chunk)
                self._check(size, bytes_max)
                chunks.append(chunk)
        except BaseException:
            self.release(size)
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _check(self, size: int, bytes_max: int) -> None:
        if size > bytes_max:
            raise too_large(bytes_max)
        if self.bytes_held > self._bytes_at_once_max:
            retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            raise Refused(503, "Too many large requests are being read; send this one again later.", retry)


def too_large(bytes_max: int) -> Refused:
    """The refusal of a body over `bytes_max`."""
    return Refused(413, f"The body is larger than {bytes_max} bytes.")
