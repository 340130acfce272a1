"""`/keep`: leave what went wrong in place; it is recorded who decided that."""

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.prompted import PromptedFacts, read, refusal
from bot.domain.events import New, PromptAnswered
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: PromptedFacts, now: Seconds) -> Decision:
    """Record the decision at the slot, which shows it."""
    reply = reply_to(asked)
    no = refusal(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    only = facts.found[0]
    kept = PromptAnswered(deployment=only.deployment.id, answer="keep", person=asked.person, at=now)
    return accepted(reply, "kept", (New(key=only.key, data=kept),), None)


ROW = Command(
    word="keep", summary="Leave a failed deployment as it is.", read=read, decide=decide, facts=PromptedFacts
)
