"""The two ends of an output, as the watcher keeps them and the bot reads them."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drivers.programs import recording, watcher
from bot.drivers.programs.recording import Layout, read_end, read_recorded, written
from bot.drivers.programs.watcher import Kept

HEAD, RING, TAIL, CHUNK = 20, 50, 30, 20
LAYOUT = Layout(HEAD, RING)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "HEAD_BYTES", HEAD)
    monkeypatch.setattr(watcher, "RING_BYTES", RING)
    monkeypatch.setattr(recording, "TAIL_BYTES", TAIL)
    monkeypatch.setattr(recording, "CHUNK_BYTES", CHUNK)


def text_of(length: int) -> bytes:
    return b"".join(b"%05d." % number for number in range(length // 6 + 1))[:length]


def test_a_short_output_is_kept_whole(tmp_path: Path) -> None:
    Kept(str(tmp_path)).take(b"hello")
    found = read_recorded(tmp_path, LAYOUT)
    assert (found.head, found.left_out, found.tail) == (b"hello", 0, b"")


def test_before_anything_is_written_there_is_nothing(tmp_path: Path) -> None:
    assert written(tmp_path) == 0
    Kept(str(tmp_path))
    assert written(tmp_path) == 0
    assert read_end(tmp_path, LAYOUT, 10) == b""


@pytest.mark.parametrize("length", [1, HEAD, HEAD + 1, HEAD + TAIL, HEAD + RING, HEAD + RING + 1, 500, 1000])
@pytest.mark.parametrize("piece", [1, 7, CHUNK])
def test_of_a_long_one_the_beginning_and_the_end(tmp_path: Path, length: int, piece: int) -> None:
    whole = text_of(length)
    kept = Kept(str(tmp_path))
    for start in range(0, length, piece):
        kept.take(whole[start : start + piece])
    found = read_recorded(tmp_path, LAYOUT)
    assert found.head == whole[:HEAD]
    assert found.tail == whole[HEAD:][-TAIL:]
    assert len(found.head) + found.left_out + len(found.tail) == length == written(tmp_path)
    for last in (1, 5, TAIL):
        assert read_end(tmp_path, LAYOUT, last) == whole[-last:]


@given(pieces=st.lists(st.integers(1, CHUNK), max_size=30), more=st.integers(0, 200))
def test_what_is_overwritten_while_somebody_reads_is_never_shown(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[int], more: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    whole = text_of(sum(pieces) + more)
    kept, at = Kept(str(folder)), 0
    for piece in pieces:
        kept.take(whole[at : at + piece])
        at += piece
    before = written(folder)
    for start in range(at, at + more, CHUNK):  # the program goes on after the reader has read the count
        kept.take(whole[start : min(start + CHUNK, at + more)])
    counts = iter((b"%020d\n" % before, b"%020d\n" % kept.written))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "written", lambda _folder: int(next(counts)))
        found = read_recorded(folder, LAYOUT)
    assert found.head == whole[: min(before, HEAD)]
    assert found.tail == b"" or whole[:before].endswith(found.tail)
    assert len(found.head) + found.left_out + len(found.tail) == before


def test_a_full_disk_loses_output_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(str(tmp_path))
    kept.take(b"one\n")
    writing = os.pwrite

    def full(_file: int, _data: bytes, _at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    kept.take(b"two\n")
    monkeypatch.setattr(os, "pwrite", writing)
    kept.take(b"three\n")
    found = read_recorded(tmp_path, LAYOUT)
    assert found.head == b"one\n\0\0\0\0three\n"
