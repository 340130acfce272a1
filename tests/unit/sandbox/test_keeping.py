"""What is kept over a restart: what happened; nothing that runs, nothing that somebody slipped in."""

import asyncio
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.github.exchange import ApiRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.keeping import (
    DELIVERIES_KEPT,
    CannotKeep,
    Keeper,
    Kept,
    Snapshot,
    Unreadable,
    load,
    snapshot,
)
from bot.sandbox.slack.exchange import Request
from bot.sandbox.stage import Stage
from tests.unit.sandbox.stages import NOW, PORTS, VERSION, Clock, busy, new_stage, order, saved_and_loaded


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(tmp_path: Path, clock: Clock) -> Stage:
    stage = new_stage(tmp_path, clock)
    busy(stage, comments=3)
    return stage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stage.state"


# --- what comes back -------------------------------------------------------------------------------------


def test_all_that_github_slack_and_the_deployer_know_comes_back(
    stage: Stage, file: Path, clock: Clock
) -> None:
    order(stage)
    stage.worlds.tour.finished = 2
    kept = saved_and_loaded(stage, file, clock)
    before, after = stage.github.repository(SHOP), kept.github.repository(SHOP)
    assert list(after.issues) == list(before.issues)
    assert [pull.title for pull in after.pulls] == [pull.title for pull in before.pulls]
    assert [comment.body for comment in after.comments.values()] == ["Comment 0", "Comment 1", "Comment 2"]
    assert after.branches == before.branches
    assert after.history.commits == before.history.commits
    assert list(kept.github.deliveries.entries) == list(stage.github.deliveries.entries)
    assert [webhook.event for webhook in kept.github.outbox] == ["ping"]
    assert kept.slack.transcript() == stage.slack.transcript()
    assert len(kept.slack.space.outbox.pending()) == 1
    assert kept.deployer.runs == stage.deployer.runs
    assert kept.tour == stage.worlds.tour
    assert (kept.saved_at, kept.in_order, kept.ports) == (NOW, True, PORTS)


def test_what_belonged_together_still_does(stage: Stage, file: Path, clock: Clock) -> None:
    kept = saved_and_loaded(stage, file, clock)
    assert kept.github.random is kept.slack.random is kept.slack.faults.random is kept.deployer.random
    assert kept.slack.space.installation is kept.slack.installation
    (first, *_) = kept.github.repository(SHOP).pulls
    assert first.head_repository is kept.github.repository(SHOP)
    assert kept.github.deliveries.unanswered() == list(kept.github.outbox)


def test_chance_goes_on_where_it_was(stage: Stage, file: Path, clock: Clock) -> None:
    kept = saved_and_loaded(stage, file, clock)
    assert [kept.github.random.random() for _ in range(3)] == [stage.github.random.random() for _ in range(3)]


def test_keys_and_secrets_stay_so_that_the_bot_is_still_believed(
    stage: Stage, file: Path, clock: Clock
) -> None:
    again = new_stage(stage.folder, clock, saved_and_loaded(stage, file, clock))
    addresses = {"GITHUB_API_URL", "GITHUB_WEB_URL", "SLACK_API_URL"}
    before, after = stage.environment(20_001), again.environment(20_001)
    assert {name: after[name] for name in after if name not in addresses} == {
        name: before[name] for name in before if name not in addresses
    }


def test_the_clock_and_those_who_listen_are_the_new_programs(stage: Stage, file: Path, clock: Clock) -> None:
    stage.worlds.listen(lambda: None)
    stage.github.validators.append(lambda request, template: [])
    later = Clock(NOW + 60)
    kept = saved_and_loaded(stage, file, later)
    clocks = (kept.github.clock, kept.slack.clock, kept.slack.space.clock, kept.deployer.clock)
    assert all(one is later for one in clocks)
    assert (kept.github.listeners, kept.slack.space.listeners, kept.deployer.listeners) == ([], [], [])
    assert kept.github.validators == []
    assert len(stage.github.listeners) == 1


def test_what_was_asked_of_github_and_slack_is_not_kept_with_its_tokens(
    stage: Stage, file: Path, clock: Clock
) -> None:
    token = "Bearer ghs_secret"
    stage.github.api(ApiRequest("GET", "/rate_limit", {"authorization": token}, b""))
    stage.slack.api(Request("POST", "/api/auth.test", {"authorization": token}, b""))
    kept = saved_and_loaded(stage, file, clock)
    assert (list(kept.github.requests), kept.slack.calls) == ([], [])
    assert kept.github.requests.maxlen == stage.github.requests.maxlen
    assert (len(stage.github.requests), len(stage.slack.calls)) == (1, 1)


def test_a_snapshot_is_of_one_moment(stage: Stage, file: Path, clock: Clock) -> None:
    taken = snapshot(stage.kept(PORTS, in_order=False), VERSION)
    stage.github.comment("ada", SHOP, 1, "Too late")
    taken.write(file)
    bodies = [c.body for c in load(file, VERSION, clock).github.repository(SHOP).comments.values()]
    assert "Too late" not in bodies


def test_what_cannot_be_saved_is_named(stage: Stage) -> None:
    stage.github.description = lambda: "no record"  # type: ignore[attr-defined]
    with pytest.raises(CannotKeep, match="lambda"):
        snapshot(stage.kept(PORTS, in_order=False), VERSION)


# --- the file --------------------------------------------------------------------------------------------


def test_only_its_owner_can_read_the_file(stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_save_that_fails_leaves_the_file_as_it_was(stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    before = file.read_bytes()
    (file.parent / "stage.state.new").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - which one differs between systems
        snapshot(stage.kept(PORTS, in_order=True), VERSION).write(file)
    assert file.read_bytes() == before


def test_without_a_file_there_is_nothing_to_go_on_from(file: Path, clock: Clock) -> None:
    with pytest.raises(FileNotFoundError):
        load(file, VERSION, clock)


def rewritten(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


def with_pickle(body: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.partition(b"\n")[0] + b"\n" + zlib.compress(body)


def with_body(body: bytes) -> Callable[[bytes], bytes]:
    return with_pickle(pickle.dumps((body, [])))


class Evil:
    """What an attacker would slip in: reading it runs a program."""

    def __init__(self, program: Callable[..., Any], *arguments: Any) -> None:
        self._made = program, arguments

    def __reduce__(self) -> Any:
        return self._made


UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda content: b"", "does not begin"),
    "another file": (lambda content: b"SQLite format 3\x00", "does not begin"),
    "JSON of another kind": (lambda content: b'{"format": "other"}\n', "does not begin"),
    "half a header": (lambda content: b'{"format": "pointsman demo 2"}\n', "first line is incomplete"),
    "cut off": (lambda content: content[:-50], "damaged"),
    "no pickle": (with_pickle(b"nothing of the kind"), "damaged"),
    "no pickle in the pickle": (with_body(b"nothing of the kind"), "damaged"),
    "a program in front": (with_pickle(pickle.dumps(Evil(eval, "1/0"))), "builtins.eval"),
    "another value": (with_body(pickle.dumps([1, 2])), "no saved stage"),
    "a program": (with_body(pickle.dumps(Evil(eval, "1/0"))), "builtins.eval"),
    "a program by way of the sandbox": (
        with_body(b"\x80\x04\x8c\x11bot.sandbox.child\x8c\x09os.system\x93."),
        "bot.sandbox.child.os.system",
    ),
    "a function of the sandbox": (
        with_body(b"\x80\x04\x8c\x11bot.sandbox.stage\x8c\x09free_port\x93."),
        "bot.sandbox.stage.free_port",
    ),
    "a record with other fields": (
        lambda content: content.replace(b'"default_branch"', b'"trunk"'),
        "Repository has other fields now",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_what_was_saved_is_refused(name: str, stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    change, words = UNREADABLE[name]
    rewritten(file, change)
    with pytest.raises(Unreadable, match=words):
        load(file, VERSION, clock)


def test_another_versions_file_is_refused(stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    with pytest.raises(Unreadable, match=r"saved by Pointsman 1\.2\.3, and this is 2\.0\.0"):
        load(file, "2.0.0", clock)


def test_a_file_that_others_could_write_is_not_read(stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    file.chmod(0o622)
    with pytest.raises(Unreadable, match="somebody else could have written it"):
        load(file, VERSION, clock)


def test_a_link_to_another_file_is_not_followed(stage: Stage, file: Path, clock: Clock) -> None:
    saved_and_loaded(stage, file, clock)
    link = file.with_name("link")
    link.symlink_to(file)
    with pytest.raises(Unreadable, match="cannot be opened"):
        load(link, VERSION, clock)


# --- when it is saved ------------------------------------------------------------------------------------


class Saving:
    """A keeper whose pauses the test ends, and what it saved."""

    def __init__(self, file: Path) -> None:
        self.taken: list[bool] = []
        self.said: list[str] = []
        self.pauses: list[float] = []
        self.trouble: Exception | None = None
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        self.keeper = Keeper(file, self.take, self.said.append, self.sleep)

    def take(self, in_order: bool) -> Snapshot:
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(in_order)
        return Snapshot(b"{}", str(len(self.taken)).encode(), [])

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._changed.set()
        self._over.clear()
        await self._over.wait()

    async def pausing(self, times: int) -> None:
        """Wait until it pauses for the so manyth time."""
        async with asyncio.timeout(10):
            while len(self.pauses) < times:
                self._changed.clear()
                await self._changed.wait()

    def go_on(self) -> None:
        """The pause is over."""
        self._over.set()


@pytest.fixture
def saving(file: Path) -> Saving:
    return Saving(file)


def number_in(file: Path) -> bytes:
    number, webhooks = pickle.loads(zlib.decompress(file.read_bytes().partition(b"\n")[2]))  # noqa: S301
    assert (type(number), webhooks) == (bytes, [])
    return bytes(number)


async def test_it_saves_at_the_start_and_for_the_last_time_at_the_end(saving: Saving, file: Path) -> None:
    await saving.keeper.start()
    assert number_in(file) == b"1"
    assert await saving.keeper.close()
    assert (saving.taken, number_in(file)) == ([False, True], b"2")


async def test_many_changes_are_one_save_and_then_there_is_a_pause_of_two_seconds(saving: Saving) -> None:
    await saving.keeper.start()
    for _ in range(100):
        saving.keeper.changed()
    await saving.pausing(1)
    assert (len(saving.taken), saving.pauses) == (2, [2.0])
    saving.keeper.changed()
    saving.go_on()
    await saving.pausing(2)
    assert len(saving.taken) == 3
    await saving.keeper.close()


async def test_without_a_change_nothing_is_saved(saving: Saving) -> None:
    await saving.keeper.start()
    saving.keeper.changed()
    await saving.pausing(1)
    saving.go_on()
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(saving.taken) == 2
    await saving.keeper.close()


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), CannotKeep("a lambda")])
async def test_a_save_that_fails_is_said_once_and_tried_again(
    saving: Saving, file: Path, trouble: Exception
) -> None:
    await saving.keeper.start()
    saving.trouble = trouble
    for times in (1, 2):
        saving.keeper.changed()
        saving.go_on()
        await saving.pausing(times)
    (sentence,) = saving.said
    assert str(file) in sentence
    assert "No space left on device" in sentence or "a lambda" in sentence
    saving.trouble = None
    assert await saving.keeper.close()
    assert number_in(file) == b"2"


async def test_a_last_save_that_fails_is_not_called_kept(saving: Saving) -> None:
    await saving.keeper.start()
    saving.trouble = CannotKeep("a lambda")
    assert not await saving.keeper.close()


def test_a_large_stage_is_read_back_whole(tmp_path: Path, file: Path, clock: Clock) -> None:
    stage = new_stage(tmp_path, clock)
    busy(stage, comments=1_000)
    assert len(stage.github.deliveries.entries) <= DELIVERIES_KEPT
    kept: Kept = saved_and_loaded(stage, file, clock)
    assert len(kept.github.repository(SHOP).comments) == 1_000
    before, after = stage.github.deliveries.entries, kept.github.deliveries.entries
    assert [entry.webhook for entry in after.values()] == [entry.webhook for entry in before.values()]
    assert {type(entry.webhook.body) for entry in after.values()} == {bytes}


def test_of_a_long_log_of_deliveries_the_newest_are_kept_and_what_waits_is_still_sent(
    tmp_path: Path, file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.keeping.DELIVERIES_KEPT", 2)
    stage = new_stage(tmp_path, clock)
    for number in range(3):
        stage.github.comment("ada", SHOP, 1, f"Comment {number}")
    kept = saved_and_loaded(stage, file, clock)
    assert list(kept.github.deliveries.entries) == list(stage.github.deliveries.entries)[-2:]
    waiting = kept.github.outbox.drain()
    assert [webhook.guid for webhook in waiting] == [webhook.guid for webhook in stage.github.outbox]
    for webhook in waiting:
        kept.github.record_delivery_result(webhook.guid, 202, 0.01)
    assert [entry.status_code for entry in kept.github.deliveries.entries.values()] == [202, 202]
