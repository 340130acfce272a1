"""Asks GitHub's own log of deliveries what it sent and never arrived here, where there is an App to ask with.

A few requests, within seconds. Must never make anybody wait for a GitHub that does not answer.
"""

import asyncio
import os

from bot import logs
from bot.cli.asking import settings
from bot.doctor import surroundings_of
from bot.domain.values import Seconds
from bot.explaining.absences import Asked, ask
from bot.github.hooks import DAY_SECONDS, HookLog, redelivery_window
from bot.github.transport import HttpTransport, open_session
from bot.ports import Ledger
from bot.runtime.clock import SystemClock

SECONDS_MAX: Seconds = 10.0


async def asked_of_github(ledger: Ledger, subject: str, now: Seconds, *, known: bool) -> Asked:
    """Ask about a subject; as far back as GitHub can repeat if nothing is known of it, else the last day."""
    configured = settings()
    logs.set_up("error", configured.log_format)
    since = now - (DAY_SECONDS if known else redelivery_window(configured.github_api_url))
    async with open_session() as session:
        around = surroundings_of(configured, os.environ, SystemClock(), HttpTransport(session))
        if around.github is None:
            return Asked(since=since, problem=" ".join(around.problems) or "there is no GitHub App yet")
        try:
            return await asyncio.wait_for(
                ask(HookLog(around.github), ledger, subject, since), timeout=SECONDS_MAX
            )
        except TimeoutError:
            return Asked(since=since, problem=f"it did not answer within {SECONDS_MAX:.0f} s")
