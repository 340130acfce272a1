"""`/freeze`: let nothing into an environment for a while, or until it is unfrozen. Rollbacks pass it."""

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.deploy import channel_for
from bot.commands.holding import HoldFacts, command_of, not_allowed, read
from bot.domain.events import New
from bot.domain.hold_events import Freeze, FreezeBegun
from bot.domain.holds import holds_key
from bot.domain.identity import derive
from bot.domain.speech import Freeze as FreezeCommand
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: HoldFacts, now: Seconds) -> Decision:
    """Begin a freeze; whoever may deploy there may say that nobody does for now."""
    command, reply = command_of(asked), reply_to(asked)
    if not isinstance(command, FreezeCommand):
        raise TypeError("this freezes nothing")
    no = not_allowed(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    lasts = command.lasts_seconds
    begun = FreezeBegun(
        freeze=Freeze(
            id=derive("f", asked.event),
            environment=command.environment,
            person=asked.person,
            place=asked.place,
            since=now,
            until=None if lasts is None else now + lasts,
            because=command.because,
            channel=channel_for(asked, command.environment),
        )
    )
    return accepted(reply, "freeze_begun", (New(key=holds_key(asked.repository), data=begun),), None)


ROW = Command(
    word="freeze",
    summary="Let nothing into an environment for a while.",
    read=read,
    decide=decide,
    facts=HoldFacts,
)
