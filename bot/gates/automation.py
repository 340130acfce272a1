"""`pointsman pause`: what nobody asked for does not start while automation is paused."""

from bot.domain.automation import AUTOMATION_KEY, Automation
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, passed, waiting
from bot.ports import Sources


async def read(sources: Sources, _question: Question) -> Automation:
    """Read whether it is paused."""
    state = await sources.ledger.state(AUTOMATION_KEY)
    return state if isinstance(state, Automation) else Automation()


def judge(_question: Question, facts: Automation, _now: Seconds) -> Verdict:
    """It waits until somebody resumes."""
    if facts.is_paused:
        values = {"by": facts.by, "since": facts.paused_at, "because": facts.because}
        return waiting("automation", "automation_paused", **values)
    return passed("automation", "automation_on")


GATE = Gate(
    name="automation",
    summary="automation is not paused",
    applies=lambda question: question.automatic,
    key=lambda question: "automation",
    read=read,
    judge=judge,
    facts=Automation,
)
