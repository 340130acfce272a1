"""`/unfreeze`: end what `/freeze` began. A freeze of the configuration ends by the configuration only."""

from typing import Any

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.holding import HoldFacts, command_of, not_allowed, read
from bot.domain.events import New
from bot.domain.hold_events import Freeze, FreezeEnded
from bot.domain.holds import holds_key, is_over
from bot.domain.speech import Unfreeze
from bot.domain.values import Seconds, is_same
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: HoldFacts, now: Seconds) -> Decision:
    """End every freeze that holds there: one's own, or with the right to anybody's."""
    command, reply = command_of(asked), reply_to(asked)
    if not isinstance(command, Unfreeze):
        raise TypeError("this unfreezes nothing")
    name = command.environment
    held = [each for each in facts.holds.freezes if each.environment == name and not is_over(each.until, now)]
    no = not_allowed(asked, facts) or _not_to_be_ended(asked, facts, name, held)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    key = holds_key(asked.repository)
    ended = tuple(
        New(
            key=key,
            data=FreezeEnded(
                freeze=each.id,
                environment=name,
                person=asked.person,
                at=now,
                channel=each.channel,
            ),
        )
        for each in held
    )
    return accepted(reply, "freeze_ended", ended, None)


def _not_to_be_ended(
    asked: Asked, facts: HoldFacts, name: str, held: list[Freeze]
) -> tuple[str, dict[str, Any]] | None:
    if not held:
        return "nothing_frozen", {"environment": name}
    others = [each for each in held if not is_same(each.person, asked.person)]
    if others and not facts.over:
        return "not_your_freeze", {"environment": name, "by": others[0].person.login}
    return None


ROW = Command(word="unfreeze", summary="End a freeze.", read=read, decide=decide, facts=HoldFacts)
