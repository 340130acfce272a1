"""Every check in one table, and how they are made: each in its own time, none hiding another.

A check reads first and judges then, purely. Must never change anything, here or anywhere else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from msgspec import Struct

from bot.doctor import (
    github_judging,
    github_reading,
    place_judging,
    place_reading,
    slack_judging,
    slack_reading,
)
from bot.doctor.findings import Finding, Pen
from bot.doctor.github_reading import NoApp
from bot.doctor.place_reading import NoLedger
from bot.doctor.slack_reading import SlackOff
from bot.doctor.surroundings import Surroundings
from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.drivers import command
from bot.drivers.secrets import SecretsOf
from bot.ledger.upgrading import LedgerOutdated
from bot.settings import near_misses

SECONDS_MAX = 30.0

log = structlog.get_logger(__name__)

_ABSENT: Mapping[type[Exception], str] = {
    NoApp: "There is no GitHub App yet, so this was not looked at.",
    NoLedger: "There is no ledger yet; the first start makes it.",
    SlackOff: "Slack is not set up.",
}


class Check(Struct, frozen=True):
    """One row: a name, what is read, and how it is judged."""

    name: str
    read: Callable[[Surroundings], Awaitable[Any]]
    judge: Callable[[Pen, Any, Surroundings], None]
    seconds_max: float = SECONDS_MAX


async def _nothing(_surroundings: Surroundings) -> None:
    """The settings were read before."""


def _settings(pen: Pen, _read: None, around: Surroundings) -> None:
    secrets = SecretsOf(around.instance, around.environ).problems()
    problems = [*around.problems, *secrets, *command.problems(around.instance)]
    place_judging.settings(pen, problems, near_misses(around.environ))


TABLE: tuple[Check, ...] = (
    Check("settings", _nothing, _settings),
    Check("app", github_reading.app, lambda pen, told, _: github_judging.app(pen, told)),
    Check(
        "webhook",
        github_reading.hook,
        lambda pen, config, around: github_judging.hook(pen, config, around.settings.public_url),
    ),
    Check(
        "installations",
        github_reading.installations,
        lambda pen, found, around: github_judging.installations(pen, found, around.instance.serves),
    ),
    Check("clock", github_reading.skew, lambda pen, skew, _: github_judging.clock(pen, skew)),
    Check(
        "limits",
        github_reading.limits,
        lambda pen, left, around: github_judging.limits(pen, left, around.clock.now()),
    ),
    Check(
        "configurations",
        github_reading.configurations,
        lambda pen, found, _: github_judging.configurations(pen, found),
        60.0,
    ),
    Check("slack", slack_reading.token, lambda pen, told, _: slack_judging.token(pen, told)),
    Check("channels", slack_reading.channels, lambda pen, found, _: slack_judging.channels(pen, found), 60.0),
    Check(
        "ledger",
        place_reading.ledger,
        lambda pen, seen, around: place_judging.ledger(pen, seen, around.clock.now()),
        60.0,
    ),
    Check(
        "address",
        place_reading.public_address,
        lambda pen, status, around: place_judging.public_address(
            pen, status, around.settings.public_url, around.settings.github_api_url
        ),
    ),
    Check("deliveries", place_reading.proof, lambda pen, proven, _: place_judging.proof(pen, proven), 120.0),
)


async def examine(surroundings: Surroundings, table: Sequence[Check] = TABLE) -> list[Finding]:
    """Make all checks; gives their findings in the table's order."""
    found = await asyncio.gather(*(_made(check, surroundings) for check in table))
    return [finding for findings in found for finding in findings]


async def _made(check: Check, surroundings: Surroundings) -> list[Finding]:
    pen = Pen(check.name)
    try:
        async with asyncio.timeout(check.seconds_max):
            read = await check.read(surroundings)
        check.judge(pen, read, surroundings)
    except (NoApp, NoLedger, SlackOff) as absent:
        pen.skipped(_ABSENT[type(absent)])
    except TimeoutError:
        pen.failure(f"This took longer than {check.seconds_max:.0f} s.", "Is the network slow, or too much?")
    except PassingFault as fault:
        pen.failure(fault.reason, "Check the address, the network, and whether it is down; then look again.")
    except LastingFault as fault:
        pen.failure(fault.reason, fault.hint)
    except (StoreUnavailable, LedgerOutdated) as error:
        pen.failure(f"The ledger cannot be read: {error}", "Is it the right file, and may this user read it?")
    except Exception as error:
        log.exception("doctor.check_failed", check=check.name)
        pen.failure(
            f"This check itself failed: {type(error).__name__}: {error}", "Please report it as a defect."
        )
    return pen.findings
