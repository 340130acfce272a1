"""`freeze`: nothing is deployed while a freeze holds, by the configuration or by `/freeze`."""

from bot.domain.freezes import in_force
from bot.domain.holds import Holds, holds_key
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed
from bot.ports import Sources


async def read(sources: Sources, question: Question) -> Holds:
    """Read the freezes that people began; those of the configuration stand in the question."""
    state = await sources.ledger.state(holds_key(question.repository))
    return state if isinstance(state, Holds) else Holds()


def judge(question: Question, facts: Holds, now: Seconds) -> Verdict:
    """A freeze is no queue: what is asked for meanwhile is refused, with its end."""
    name = question.environment.name
    begun = facts.freeze_on(name, now)
    if begun is not None:
        return failed(
            "freeze",
            "frozen",
            environment=name,
            by=begun.person.login,
            until=begun.until,
            because=begun.because,
        )
    configured = in_force(question.environment.freeze, now)
    if configured is not None:
        window, until = configured
        return failed("freeze", "frozen", environment=name, until=until, because=window.reason or None)
    return passed("freeze", "not_frozen")


GATE = Gate(
    name="freeze",
    summary="no freeze holds",
    applies=lambda question: True,
    key=lambda question: "freeze",
    read=read,
    judge=judge,
    facts=Holds,
    yields=True,
)
