"""What `/lock`, `/unlock`, `/ask`, `/freeze` and `/unfreeze` share: what is meant, and who may."""

from typing import Any

from msgspec import Struct

from bot.commands.asked import Asked
from bot.commands.deploy import channel_for
from bot.domain.hold_events import Lock
from bot.domain.holds import Holds, holds_key
from bot.domain.identity import derive
from bot.domain.policy import EnvironmentPolicy
from bot.domain.speech import Ask, Freeze, Unfreeze, Unlock
from bot.domain.speech import Lock as LockCommand
from bot.domain.values import Seconds
from bot.gates.rights import Right, right_to_deploy, right_to_emergency
from bot.messages import answers
from bot.ports import Sources

HoldCommand = LockCommand | Unlock | Ask | Freeze | Unfreeze


class HoldFacts(Struct, frozen=True, kw_only=True):
    """What holds, and the rights of who asks.

    `right` is that to deploy to every environment that is meant, or the first that is missing, in `where`.
    `over` = they may end what others took: administrators, and who is named for emergencies there.
    """

    holds: Holds = Holds()
    right: Right | None = None
    where: str | None = None
    over: bool = False


async def read(sources: Sources, asked: Asked) -> HoldFacts:
    """Read what holds and the rights in every environment that is meant."""
    state = await sources.ledger.state(holds_key(asked.repository))
    holds = state if isinstance(state, Holds) else Holds()
    meant = environments_meant(asked)
    right: Right | None = None
    where: str | None = None
    over = bool(meant)
    for environment in meant:
        found = await right_to_deploy(sources, asked.repository, asked.login, environment)
        urgent = await right_to_emergency(sources, asked.repository, asked.login, environment)
        over = over and (urgent.allowed or found.permission == "admin")
        if right is None or not found.allowed:
            right, where = found, environment.name
        if not found.allowed:
            break
    return HoldFacts(holds=holds, right=right, where=where, over=over)


def command_of(asked: Asked) -> HoldCommand:
    """The command, as one of these. Raises TypeError for another one."""
    command = asked.command
    if not isinstance(command, LockCommand | Unlock | Ask | Freeze | Unfreeze):
        raise TypeError("this holds nothing")
    return command


def because_of(asked: Asked) -> str | None:
    """The reason that was given, for those that take one."""
    command = command_of(asked)
    return None if isinstance(command, Unfreeze) else command.because


def environments_meant(asked: Asked) -> tuple[EnvironmentPolicy, ...]:
    """The environments that are meant: those named, or all of them where only services are."""
    command = command_of(asked)
    every = asked.policy.environments
    if isinstance(command, Freeze | Unfreeze):
        return tuple(each for each in every if each.name == command.environment)
    named = tuple(each for each in every if each.name in command.targets)
    return named or every


def lock_meant(asked: Asked, now: Seconds) -> Lock:
    """The lock that the named services and environments would be."""
    command = command_of(asked)
    if isinstance(command, Freeze | Unfreeze):
        raise TypeError("a freeze is no lock")
    services = tuple(each.name for each in asked.policy.services if each.name in command.targets)
    environments = tuple(each.name for each in asked.policy.environments if each.name in command.targets)
    lasts = command.lasts_seconds if isinstance(command, LockCommand) else None
    return Lock(
        id=derive("l", asked.event),
        services=services,
        environments=environments,
        person=asked.person,
        place=asked.place,
        repository=asked.repository,
        since=now,
        until=None if lasts is None else now + lasts,
        because=command.because,
        number=asked.number,
        channel=channel_for(asked, environments[0] if environments else ""),
    )


def not_allowed(asked: Asked, facts: HoldFacts) -> tuple[str, dict[str, Any]] | None:
    """Why this person may not; None = they may."""
    if facts.right is None or facts.right.allowed:
        return None
    return answers.right_refused(asked.login, facts.where or "", facts.right)
