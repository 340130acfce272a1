"""`--dry-run` of any command: the same rules, and what would follow; nothing is done.

What a command would do is what its own decision says, so that a trial never judges by other rules.
"""

from bot.commands.asked import Reply, answered
from bot.domain.events import CommandAnswered
from bot.messages import trials
from bot.ports import Decision


def tried(reply: Reply, decision: Decision) -> Decision:
    """Tell what an accepted command would have done; a refusal or an answer is the same as ever."""
    data = [new.data for new in decision.events]
    if not any(isinstance(each, CommandAnswered) and each.answer == "accepted" for each in data):
        return decision
    would = tuple(each for each in data if not isinstance(each, CommandAnswered))
    values = {"would": decision.reason, "events": [each.TYPE for each in would]}
    return answered(reply, "dry_run", trials.would(would), values)
