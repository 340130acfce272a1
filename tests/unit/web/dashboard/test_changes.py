"""News of changes: many are one, none is late, and nobody holds up the end."""

import asyncio

from bot.web.dashboard.changes import HEARTBEAT_SECONDS, PAUSE_SECONDS, Changes, Listener
from tests.clock import ManualClock


async def begun(listener: Listener) -> "asyncio.Task[bool | None]":
    """Begin to wait, as far as that goes."""
    task = asyncio.create_task(listener.next())
    for _ in range(5):
        await asyncio.sleep(0)
    return task


async def test_a_change_is_told_at_once() -> None:
    changes = Changes()
    with changes.listen(ManualClock()) as listener:
        waiting = await begun(listener)
        changes.notify()
        assert await waiting is True


async def test_a_change_from_before_somebody_waits_is_told_too() -> None:
    changes = Changes()
    with changes.listen(ManualClock()) as listener:
        changes.notify()
        assert await listener.next() is True


async def test_many_changes_within_the_pause_are_one_piece_of_news_at_its_end() -> None:
    changes, clock = Changes(), ManualClock()
    with changes.listen(clock) as listener:
        changes.notify()
        assert await listener.next() is True
        changes.notify()
        waiting = await begun(listener)
        for _ in range(50):
            changes.notify()
            clock.advance(PAUSE_SECONDS / 100)
            await asyncio.sleep(0)
        assert not waiting.done()
        clock.advance(PAUSE_SECONDS)
        assert await waiting is True
        waiting = await begun(listener)
        assert not waiting.done()
        changes.close()
        assert await waiting is None


async def test_where_nothing_changes_a_sign_of_life_is_given() -> None:
    changes, clock = Changes(), ManualClock()
    with changes.listen(clock) as listener:
        waiting = await begun(listener)
        clock.advance(HEARTBEAT_SECONDS - 1)
        await asyncio.sleep(0)
        assert not waiting.done()
        clock.advance(1)
        assert await waiting is False


async def test_the_end_is_told_even_within_the_pause() -> None:
    changes, clock = Changes(), ManualClock()
    with changes.listen(clock) as listener:
        changes.notify()
        await listener.next()
        changes.notify()
        waiting = await begun(listener)
        changes.close()
        assert await waiting is None
        assert await listener.next() is None


async def test_who_listens_no_longer_is_not_woken() -> None:
    changes = Changes()
    with changes.listen(ManualClock()):
        assert len(changes._listeners) == 1
    changes.notify()
    assert (changes.count, changes._listeners) == (1, set())
