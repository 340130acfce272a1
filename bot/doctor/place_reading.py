"""Reads what is here: the ledger's file, the bot's own address, and whether all that GitHub sent has come."""

import asyncio
from pathlib import Path

from bot.doctor.github_reading import app_of
from bot.doctor.surroundings import Surroundings
from bot.domain.errors import PassingFault
from bot.domain.values import Seconds
from bot.github.hooks import HookLog
from bot.github.transport import NoReply
from bot.ledger.examining import Examined, examine
from bot.ledger.sqlite import open_sqlite
from bot.ports import DeliveryProof
from bot.runtime.missing import Known, ours
from bot.runtime.proving import first_sent, prove

PROOF_SECONDS: Seconds = 86_400.0
SENDER = "github"


class NoLedger(Exception):
    """There is no ledger's file that could be looked into."""


def _path(surroundings: Surroundings) -> Path:
    if surroundings.ledger is None or not surroundings.ledger.exists():
        raise NoLedger
    return surroundings.ledger


async def ledger(surroundings: Surroundings) -> Examined:
    """Look into the ledger's file. Raises NoLedger, StoreUnavailable."""
    return await asyncio.to_thread(examine, _path(surroundings))


async def public_address(surroundings: Surroundings) -> int:
    """Ask the bot at its public address whether it lives; gives the status. Raises PassingFault."""
    url = f"{surroundings.settings.public_url}/healthz"
    try:
        status, _, _ = await surroundings.transport("GET", url, {}, b"")
    except NoReply as lost:
        raise PassingFault(f"Nobody answers at {url}: {lost.reason}.") from lost
    return status


async def proof(surroundings: Surroundings) -> DeliveryProof:
    """Compare a day of GitHub's list with the ledger. Raises NoApp, NoLedger, StoreUnavailable and faults."""
    github, path = app_of(surroundings), _path(surroundings)
    now = surroundings.clock.now()
    since = max(now - PROOF_SECONDS, now - surroundings.instance.retention.deliveries)
    listed = await HookLog(github).sent_since(since)
    opened = open_sqlite(path, exclusive=False)
    try:
        ids = list(dict.fromkeys(attempt.delivery for attempt in listed.attempts))
        rows = await opened.known_deliveries(SENDER, ids)
        known = Known(rows=rows, answers_since=await opened.oldest_delivery(SENDER))
    finally:
        await opened.close()
    mine = ours(listed.attempts, known)
    begun = since if listed.complete else min((each.at for each in listed.attempts), default=now)
    return prove(first_sent(mine), rows, (begun, now))
