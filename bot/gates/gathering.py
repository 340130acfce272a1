"""Asks all gates: reads what they need, each thing once, and has them judge it.

What cannot be read makes its gate wait and say so; it never opens it, and never keeps another gate from being
read. The judging is pure, so that a recorded decision can be made again from what was read.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates import TABLE
from bot.gates.gate import Gate, Question, passed, waiting
from bot.ports import Sources

PASSED_BY_EMERGENCY = "passed_by_emergency"


class Gathered(Struct, frozen=True, kw_only=True):
    """What was read for the gates, by the gates' keys; `unreadable` says why something is missing."""

    facts: dict[str, Any] = {}
    unreadable: dict[str, str] = {}


async def gather(
    sources: Sources, questions: Iterable[Question], gates: Iterable[str] = tuple(TABLE)
) -> Gathered:
    """Read what these gates need to answer these questions."""
    facts: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    for question in questions:
        for gate in (TABLE[name] for name in gates):
            key = gate.key(question)
            if not gate.concerns(question) or key in facts or key in unreadable:
                continue
            try:
                facts[key] = await gate.read(sources, question)
            except (PassingFault, LastingFault) as fault:
                unreadable[key] = fault.reason
    return Gathered(facts=facts, unreadable=unreadable)


def judge(
    question: Question, gathered: Gathered, now: Seconds, gates: Iterable[str] = tuple(TABLE)
) -> tuple[Verdict, ...]:
    """Give the verdict of each of these gates that this question concerns, in their order."""
    asked = (gate for gate in (TABLE[name] for name in gates) if gate.concerns(question))
    return tuple(_of(gate, question, gathered, now) for gate in asked)


def _of(gate: Gate, question: Question, gathered: Gathered, now: Seconds) -> Verdict:
    key = gate.key(question)
    if key in gathered.facts:
        verdict = gate.judge(question, _typed(gate, gathered.facts[key]), now)
    elif key in gathered.unreadable:
        verdict = waiting(gate.name, "gate_unreadable", error=gathered.unreadable[key])
    else:
        verdict = waiting(gate.name, "gate_not_read")
    if verdict.state != "passed" and question.emergency and gate.yields:
        return passed(gate.name, PASSED_BY_EMERGENCY, rule=verdict.reason, **verdict.values)
    return verdict


def _typed(gate: Gate, facts: Any) -> Any:
    """What comes back from the ledger as plain values becomes what the gate had read."""
    return msgspec.convert(facts, gate.facts) if isinstance(facts, dict | list) else facts
