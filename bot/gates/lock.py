"""A lock keeps everybody out but its holder: people, automation, and rollbacks too."""

from bot.domain.holds import Holds
from bot.domain.values import Seconds, is_same
from bot.domain.verdict import Verdict
from bot.gates import freeze
from bot.gates.gate import Gate, Question, failed, passed


def judge(question: Question, facts: Holds, now: Seconds) -> Verdict:
    """Refused while somebody else holds it; one's own lock never stands in one's way."""
    lock = facts.lock_on(question.service, question.environment.name, now)
    if lock is None:
        return passed("lock", "not_locked")
    is_holders = question.asker is not None and is_same(lock.person, question.asker)
    if is_holders and not question.automatic:
        return passed("lock", "own_lock", lock=lock.id)
    return failed(
        "lock",
        "locked",
        lock=lock.id,
        by=lock.person.login,
        since=lock.since,
        until=lock.until,
        because=lock.because,
    )


GATE = Gate(
    name="lock",
    summary="nobody else holds a lock",
    applies=lambda question: True,
    key=lambda question: "lock",
    read=freeze.GATE.read,
    judge=judge,
    facts=Holds,
    yields=True,
    holds_rollbacks=True,
)
