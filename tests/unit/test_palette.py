"""Pictures get smaller and look the same."""

import random
import struct
import zlib

import pytest

from tests.browser.palette import SIGNATURE, smaller

WIDTH, HEIGHT = 64, 40


def png(pixels: list[bytes], size: int, filters: str = "01234") -> bytes:
    """A PNG whose rows have these filters in turn, as an encoder would write it."""
    lines, above = b"", bytes(WIDTH * size)
    for number, row in enumerate(pixels):
        kind = int(filters[number % len(filters)])
        lines += bytes([kind]) + filtered(kind, row, above, size)
        above = row
    header = struct.pack(">IIBBBBB", WIDTH, len(pixels), 8, {3: 2, 4: 6}[size], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b"")]
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def filtered(kind: int, row: bytes, above: bytes, size: int) -> bytes:
    def predicted(n: int) -> int:
        left, up = row[n - size] if n >= size else 0, above[n]
        corner = above[n - size] if n >= size else 0
        nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
        return (0, left, up, (left + up) // 2, nearest)[kind]

    return bytes(value - predicted(n) & 255 for n, value in enumerate(row))


def shown(picture: bytes) -> list[bytes]:
    """The rows of a picture with a palette, as RGB."""
    chunks, place = {}, len(SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        chunks[picture[place + 4 : place + 8]] = picture[place + 8 : place + 8 + length]
        place += length + 12
    data, colours = zlib.decompress(chunks[b"IDAT"]), chunks[b"PLTE"]
    rows = [data[start + 1 : start + 1 + WIDTH] for start in range(0, len(data), WIDTH + 1)]
    return [b"".join(colours[3 * n : 3 * n + 3] for n in row) for row in rows]


def few_colours(size: int) -> list[bytes]:
    chance = random.Random(7)
    colours = [chance.randbytes(3) + b"\xff" * (size - 3) for _ in range(200)]
    return [b"".join(chance.choices(colours, k=WIDTH)) for _ in range(HEIGHT)]


@pytest.mark.parametrize("size", [3, 4])
def test_a_picture_of_few_colours_keeps_every_pixel(size: int) -> None:
    rows = few_colours(size)
    small = smaller(png(rows, size))
    assert len(small) < len(png(rows, size))
    alone = [b"".join(row[n : n + 3] for n in range(0, len(row), size)) for row in rows]
    assert shown(small) == alone


def test_a_picture_of_many_colours_keeps_the_frequent_ones_and_stays_near_the_others() -> None:
    gradient = [bytes(value for n in range(WIDTH) for value in (n * 4, y * 6, 100)) for y in range(HEIGHT)]
    flat = [b"\x10\x20\x30" * WIDTH] * HEIGHT
    rows = shown(smaller(png(gradient + flat, 3)))
    assert rows[HEIGHT:] == flat
    worst = max(
        abs(a - b) for row, was in zip(rows, gradient, strict=False) for a, b in zip(row, was, strict=True)
    )
    assert worst <= 24


def test_where_a_palette_is_no_gain_the_picture_stays_as_it_is() -> None:
    small = smaller(png(few_colours(3), 3))
    one = b"".join(bytes([0, 0, n % 251]) for n in range(WIDTH))
    tiny = png([one], 3)
    assert smaller(tiny) == tiny
    with pytest.raises(ValueError, match="another kind"):
        smaller(small)  # it has a palette already


def test_another_kind_of_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        smaller(b"GIF89a")
    interlaced = bytearray(png(few_colours(3), 3))
    interlaced[28] = 1
    with pytest.raises(ValueError, match="another kind"):
        smaller(bytes(interlaced))
