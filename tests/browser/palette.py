"""Makes a picture of a page smaller: the same pixels from a palette of at most 256 colours.

Pages have few colours and many in-between tones at the edges of letters. Reads only what a browser's
screenshots are ("PNG specification"): 8 bits, RGB or RGBA, not interlaced. Must never give a larger file.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS_MAX = 256
EXACT_COLOURS = 96
"""So many of the most frequent colours stay what they are; the others share the rest of the palette."""
_CHANNELS = {2: 3, 6: 4}

Colour = tuple[int, int, int]


def smaller(png: bytes) -> bytes:
    """The picture with a palette, or as it was where that is no gain. ValueError for another kind of PNG."""
    width, rows = _decoded(png)
    counted: Counter[Colour] = Counter()
    for row in rows:
        counted.update(_pixels(row))
    palette = _palette(counted)
    nearest = _nearest(counted, palette)
    lines = b"".join(b"\0" + bytes(map(nearest.__getitem__, _pixels(row))) for row in rows)
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", header),
        (b"PLTE", bytes(sum(palette, ()))),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    ]
    written = SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)
    return written if len(written) < len(png) else png


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pixels(row: bytes) -> Iterator[Colour]:
    return zip(row[0::3], row[1::3], row[2::3], strict=True)


# --- choosing colours -----------------------------------------------------------------------------------


def _palette(counted: Counter[Colour]) -> list[Colour]:
    """The most frequent colours, and of the others one for each region of the colour space."""
    exact = [
        colour
        for colour, _ in counted.most_common(COLOURS_MAX if len(counted) <= COLOURS_MAX else EXACT_COLOURS)
    ]
    regions: dict[Colour, Counter[Colour]] = {}
    for colour in counted.keys() - set(exact):
        red, green, blue = colour
        regions.setdefault((red >> 4, green >> 4, blue >> 4), Counter())[colour] = counted[colour]
    by_weight = sorted(regions, key=lambda region: (-regions[region].total(), region))
    left = by_weight[: COLOURS_MAX - len(exact)]
    return exact + [
        min(regions[region].most_common(), key=lambda pair: (-pair[1], pair[0]))[0] for region in left
    ]


def _nearest(counted: Counter[Colour], palette: list[Colour]) -> dict[Colour, int]:
    """The palette's number for each colour."""
    numbers = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in numbers:
            numbers[colour] = min(range(len(palette)), key=lambda n: _distance(colour, palette[n]))
    return numbers


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


# --- reading --------------------------------------------------------------------------------------------


def _decoded(png: bytes) -> tuple[int, list[bytes]]:
    """Width, and each row as RGB."""
    if not png.startswith(SIGNATURE):
        raise ValueError("this is no PNG")
    chunks = list(_chunks(png))
    width, height, depth, kind, *others = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in _CHANNELS or any(others):
        raise ValueError(f"a PNG of another kind: depth {depth}, colour type {kind}")
    size = _CHANNELS[kind]
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    stride = width * size
    before, rows = bytes(stride), []
    for start in range(0, height * (stride + 1), stride + 1):
        before = _unfiltered(data[start], bytearray(data[start + 1 : start + 1 + stride]), before, size)
        rows.append(before if size == 3 else _without_alpha(before))
    return width, rows


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def _without_alpha(row: bytes) -> bytes:
    rgb = bytearray(len(row) // 4 * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = row[0::4], row[1::4], row[2::4]
    return bytes(rgb)


def _unfiltered(kind: int, row: bytearray, above: bytes, size: int) -> bytes:
    """Undo a row's filter; `size` is the bytes of a pixel."""
    match kind:
        case 0:
            pass
        case 1:
            for n in range(size, len(row)):
                row[n] = row[n] + row[n - size] & 255
        case 2:
            row[:] = bytes(a + b & 255 for a, b in zip(row, above, strict=True))
        case 3:
            for n in range(len(row)):
                left = row[n - size] if n >= size else 0
                row[n] = row[n] + (left + above[n]) // 2 & 255
        case 4:
            for n in range(len(row)):
                left, corner = (row[n - size], above[n - size]) if n >= size else (0, 0)
                row[n] = row[n] + _paeth(left, above[n], corner) & 255
        case _:
            raise ValueError(f"there is no filter {kind}")
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    to_left, to_above, to_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    if to_left <= to_above and to_left <= to_corner:
        return left
    return above if to_above <= to_corner else corner
