"""Waiting for a state without sleeping."""

import asyncio

import pytest

from bot.sandbox.github import Changes


async def test_whoever_waits_looks_again_at_each_change() -> None:
    changes, seen = Changes(), list[int]()
    waiting = asyncio.create_task(changes.wait_until(lambda: len(seen) >= 2))
    for number in range(2):
        await asyncio.sleep(0)
        assert not waiting.done()
        seen.append(number)
        changes.notify()
    await waiting


async def test_what_already_holds_is_not_waited_for() -> None:
    await Changes().wait_until(lambda: True, 0)


async def test_waiting_ends_with_an_error() -> None:
    with pytest.raises(TimeoutError):
        await Changes().wait_until(lambda: False, 0.01)


async def test_somebody_who_gave_up_harms_nobody() -> None:
    changes = Changes()
    gone = asyncio.create_task(changes.next())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    changes.notify()
