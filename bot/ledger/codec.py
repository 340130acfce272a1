"""How values lie in the tables: msgpack, compressed where that pays, and back to typed structs.

Stored events are never rewritten, so what cannot be read is named (`Unreadable`) and parked by those
who meet it; it must never stop what stands behind it.
"""

import hashlib
import threading
from typing import Any, TypeVar

import msgspec
import zstandard

from bot import ports
from bot.domain import effects, event_types, events, upcasting

COMPRESSED_FROM_BYTES = 1024
_LEVEL = 1
# A msgpack document never begins with these bytes and goes on: 0x28 alone is the number 40.
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

# Keys of maps are sorted, so that equal values are equal bytes: an unchanged effect is not sent again.
_encoder = msgspec.msgpack.Encoder(order="deterministic")
_per_thread = threading.local()
_T = TypeVar("_T")

Unreadable = ports.Unreadable


def compress(raw: bytes) -> bytes:
    """Compress; webhook bodies shrink to about a tenth."""
    compressor: zstandard.ZstdCompressor | None = getattr(_per_thread, "compressor", None)
    if compressor is None:
        compressor = _per_thread.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return compressor.compress(raw)


def decompress(stored: bytes) -> bytes:
    """Undo `compress`."""
    decompressor: zstandard.ZstdDecompressor | None = getattr(_per_thread, "decompressor", None)
    if decompressor is None:
        decompressor = _per_thread.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(stored)


def digest(raw: bytes) -> bytes:
    """Give what tells two bodies apart."""
    return hashlib.blake2b(raw, digest_size=16).digest()


def pack(value: Any) -> bytes:
    """Write a value; raises TypeError for what msgspec cannot encode."""
    raw = _encoder.encode(value)
    return raw if len(raw) < COMPRESSED_FROM_BYTES else compress(raw)


def pack_like(stored: bytes, value: Any) -> bytes:
    """Write a value that takes the place of a stored one: compressed only where that one was."""
    raw = _encoder.encode(value)
    return compress(raw) if stored.startswith(_ZSTD_MAGIC) else raw


def unpack(stored: bytes) -> Any:
    """Read a value as plain dicts, lists, texts and numbers."""
    return msgspec.msgpack.decode(_plain(stored))


def _plain(stored: bytes) -> bytes:
    return decompress(stored) if stored.startswith(_ZSTD_MAGIC) else stored


def read_data(type_name: str, version: int, stored: bytes) -> events.EventData:
    """Read what an event carries, led up to today's version. Raises Unreadable."""
    kind = event_types.BY_TYPE.get(type_name)
    if kind is None:
        raise Unreadable(f"this version does not know {type_name} in version {version}")
    if version == kind.VERSION:
        return _read(type_name, kind, stored)
    if version > kind.VERSION:
        raise Unreadable(upcasting.too_new(type_name, version, kind.VERSION))
    try:
        versions = (version, kind.VERSION)
        led = upcasting.upcast(type_name, versions, unpack(stored), upcasting.UPCASTERS)
        return msgspec.convert(led, kind)
    except (upcasting.NoWayUp, msgspec.DecodeError, zstandard.ZstdError) as error:
        raise Unreadable(f"{type_name} in version {version}: {error}") from error


def read_effect(kind_name: str, stored: bytes) -> effects.EffectBody:
    """Read what an effect carries. Raises Unreadable."""
    kind = effects.BY_KIND.get(kind_name)
    if kind is None:
        raise Unreadable(f"this version does not know effects of the kind {kind_name}")
    return _read(kind_name, kind, stored)


def _read(name: str, kind: type[_T], stored: bytes) -> _T:
    try:
        return msgspec.msgpack.decode(_plain(stored), type=kind)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise Unreadable(f"{name}: {error}") from error
