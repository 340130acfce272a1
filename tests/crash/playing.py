"""How a story is played while something happens to the bot beside it, and what has to be so at its end."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence

from bot.sandbox.stage import StageSettings
from tests.crash.findings import findings
from tests.crash.house import APP_KEY, House
from tests.crash.points import Point, Striking
from tests.crash.rounds import SLACK_TRIES_SECONDS, STEP_SECONDS, ended
from tests.crash.stories import Story


def settings_of(story: Story) -> StageSettings:
    return StageSettings(
        configuration=story.configuration, site=story.site, step_seconds=STEP_SECONDS, app_key=APP_KEY
    )


async def played(house: House, story: Story, killing: "asyncio.Task[list[int]]") -> None:
    """Play a story to its end, with the kills beside it; nothing may be wrong then."""
    house.slack.space.outbox.schedule_seconds = SLACK_TRIES_SECONDS
    try:
        told = await story.play(house)
        await asyncio.wait_for(killing, 1.0)
        await house.quiet()
        code, wrong = await ended(house), await findings(house, told)
        assert (code, wrong) == (0, []), "\n".join([f"it ended with {code}", *wrong])
    finally:
        killing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killing


async def kill_at(
    house: House, moments: Sequence[Point], number: signal.Signals = signal.SIGKILL
) -> list[int]:
    """Kill a bot at each of these moments, in this order; the last one lives on. Gives their exit codes."""
    codes = []
    for point in moments:
        program = await house.start()
        striking = Striking(house, program, point, number)
        try:
            await house.until(f"the moment that {point.name}", lambda: striking.struck)  # noqa: B023
        finally:
            striking.close()
        codes.append(await program.gone())
    await house.ready()
    return codes
