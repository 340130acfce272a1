"""`/reject`: refuse a request that waits for approval, or, for who has approved it, take the approval back.

What runs already is not touched: `/cancel` is for that.
"""

from bot.commands.approving import ApprovingFacts, at, read, refusal
from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.domain.approval_events import ApprovalWithdrawn, RequestRejected
from bot.domain.events import New
from bot.domain.request import approved_by
from bot.domain.speech import Reject
from bot.domain.state import request_key
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: ApprovingFacts, now: Seconds) -> Decision:
    """Record it at the request, which ends what waits, or counts one approval less."""
    no = refusal(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply_to(asked), reason, answers.refusal(reason, values), values)
    request = facts.found[0]
    key = request_key(request.id)
    if approved_by(request, asked.person):
        withdrawn = ApprovalWithdrawn(**at(now, asked, request))
        return accepted(reply_to(asked), "approval_withdrawn", (New(key=key, data=withdrawn),), None)
    because = asked.command.because if isinstance(asked.command, Reject) else None
    rejected = RequestRejected(**at(now, asked, request), because=because)
    return accepted(reply_to(asked), "rejected", (New(key=key, data=rejected),), None)


ROW = Command(
    word="reject",
    summary="Refuse what waits for approval, or take an approval back.",
    read=read,
    decide=decide,
    facts=ApprovingFacts,
)
