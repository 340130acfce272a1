"""Where a ledger may lie, and that one program at a time has it."""

import stat
from pathlib import Path

import pytest

from bot.ledger.disk import FileLock, LedgerInUse, ephemeral_reason

MOUNTS = """\
overlay / overlay rw,relatime 0 0
tmpfs /fast tmpfs rw 0 0
/dev/sda1 /fast/kept ext4 rw 0 0
tmpfs /srv/my\\040data tmpfs rw 0 0
ramfs /srv/ram ramfs rw 0 0
/dev/sdb1 /data ext4 rw 0 0
tmpfs /data tmpfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mounts"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/var/lib/pointsman.db", None),
        ("/fast/pointsman.db", "tmpfs"),
        ("/fast/kept/pointsman.db", None),
        ("/faster/pointsman.db", None),
        ("/srv/my data/pointsman.db", "tmpfs"),
        ("/srv/ram/deep/er/pointsman.db", "ramfs"),
        ("/data/pointsman.db", "tmpfs"),
    ],
)
def test_a_disk_that_is_memory_is_recognised(path: str, kind: str | None, mounts: Path) -> None:
    reason = ephemeral_reason(Path(path), {}, mounts)
    assert reason == (None if kind is None else f"{path} is kept in memory ({kind}), which a restart empties")


def test_herokus_disk_is_recognised(mounts: Path) -> None:
    reason = ephemeral_reason(Path("/app/pointsman.db"), {"DYNO": "web.1"}, mounts)
    assert reason == "Heroku empties a dyno's disk at every restart"


def test_where_mounts_cannot_be_read_nothing_speaks_against_the_disk(tmp_path: Path) -> None:
    assert ephemeral_reason(Path("/fast/pointsman.db"), {}, tmp_path / "none") is None


def test_a_ledger_is_locked_by_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "pointsman.db"
    lock = FileLock(path)
    with pytest.raises(
        LedgerInUse, match=r"Another Pointsman \(process \d+\) already runs on .*pointsman\.db\. Stop"
    ):
        FileLock(path)
    lock.release()
    FileLock(path).release()


def test_the_lock_file_is_its_owners_alone(tmp_path: Path) -> None:
    FileLock(tmp_path / "pointsman.db").release()
    assert stat.S_IMODE((tmp_path / "pointsman.db.lock").stat().st_mode) == 0o600
