"""`/approve`: agree to a request that waits for it.

It counts for this request, and so for its commits and parameters alone.
"""

from bot.commands.approving import ApprovingFacts, at, read, refusal_to_approve
from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.domain.approval_events import ApprovalGiven
from bot.domain.events import New
from bot.domain.state import request_key
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: ApprovingFacts, now: Seconds) -> Decision:
    """Record the approval at the request, which shows it and has its gates asked again."""
    no = refusal_to_approve(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply_to(asked), reason, answers.refusal(reason, values), values)
    request = facts.found[0]
    given = ApprovalGiven(**at(now, asked, request))
    return accepted(reply_to(asked), "approval_given", (New(key=request_key(request.id), data=given),), None)


ROW = Command(
    word="approve",
    summary="Agree to what waits for approval.",
    read=read,
    decide=decide,
    facts=ApprovingFacts,
)
