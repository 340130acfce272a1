"""What stands in a deployment's way, and what is waited for: a line for each gate, with what it compared.

Must never show a gate as open that nobody could ask, and never a value that was not made inert.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.reasons import REASONS
from bot.domain.verdict import Verdict, failed_of, waiting_of
from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message
from bot.messages.moments import moment
from bot.messages.states import SYMBOLS

VALUES_SHOWN_MAX = 10
VALUE_LENGTH_MAX = 200
GATE_SYMBOLS: Mapping[str, str] = {
    "passed": SYMBOLS["succeeded"],
    "failed": SYMBOLS["refused"],
    "waiting": SYMBOLS["waiting"],
}
WORDS: Mapping[str, str] = {"passed": "open", "failed": "closed", "waiting": "waiting"}
_MOMENTS = frozenset({"since", "until"})
_COMMITS = frozenset({"commit", "head", "newest", "sha"})


def line(dialect: Dialect, verdict: Verdict) -> str:
    """One gate: its symbol and word, what the rule says, what was compared, and what to do next."""
    gate = f"{GATE_SYMBOLS[verdict.state]} {dialect.code(verdict.gate)} {WORDS[verdict.state]}"
    return f"{gate}: {said(dialect, verdict)}"


def said(dialect: Dialect, verdict: Verdict) -> str:
    """What a gate's rule says, what was compared, and what to do where it is not open."""
    reason = REASONS[verdict.reason]
    values = "; ".join(_values(dialect, verdict.values))
    told_values = f"{reason.said} ({values})" if values else reason.said
    return f"{told_values} {reason.next}".rstrip() if verdict.state != "passed" else told_values


def _values(dialect: Dialect, values: Mapping[str, Any]) -> Iterable[str]:
    for key, value in values.items():
        if value is None or value == [] or key in ("environment", "service"):
            continue
        yield f"{key.replace('_', ' ')}: {_value(dialect, key, value)}"


def _value(dialect: Dialect, key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = [dialect.code(str(each)) for each in value[:VALUES_SHOWN_MAX]]
        left = [f"{len(value) - VALUES_SHOWN_MAX} more"] if len(value) > VALUES_SHOWN_MAX else []
        return ", ".join([*shown, *left])
    if key in _COMMITS:
        return dialect.commit(str(value))
    if key in _MOMENTS and isinstance(value, int | float):
        return dialect.moment(float(value))
    return dialect.code(str(value), VALUE_LENGTH_MAX)


def in_short(dialect: Dialect, verdict: Verdict) -> str:
    """One gate where there is little room: its symbol, word and rule."""
    said = f"{GATE_SYMBOLS[verdict.state]} {dialect.code(verdict.gate)} {WORDS[verdict.state]}"
    return f"{said}: {REASONS[verdict.reason].said}"


def with_values(dialect: Dialect, verdict: Verdict) -> str:
    """One gate in one line: its symbol, word, rule, and what was compared."""
    values = "; ".join(_values(dialect, verdict.values))
    return f"{in_short(dialect, verdict)}{f' ({values})' if values else ''}"


def compared(verdict: Verdict) -> str | None:
    """What a verdict compared, as plain words for the record of an end; None = nothing."""
    said = (f"{key.replace('_', ' ')}: {_plain(key, value)}" for key, value in verdict.values.items())
    return "; ".join(said) or None


def _plain(key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "none"
    if key in _MOMENTS and isinstance(value, int | float):
        return moment(float(value))
    return "unknown" if value is None else str(value)


def lines(dialect: Dialect, verdicts: tuple[Verdict, ...]) -> list[str]:
    """What says no, then what is waited for; open gates are left out."""
    return [line(dialect, each) for each in (*failed_of(verdicts), *waiting_of(verdicts))]


def held(environment: str, verdicts: Mapping[str, tuple[Verdict, ...]]) -> Message:
    """Why services cannot go to an environment now: `verdicts` are those that say no, by service."""
    return told(lambda dialect: _held(dialect, environment, verdicts))


def _held(dialect: Dialect, environment: str, verdicts: Mapping[str, tuple[Verdict, ...]]) -> Iterable[str]:
    yield dialect.heading(
        f"{SYMBOLS['refused']} Not deployed: {dialect.code(environment)} does not take it now"
    )
    services_by_lines: dict[tuple[str, ...], list[str]] = {}
    for service, each in verdicts.items():
        services_by_lines.setdefault(tuple(lines(dialect, each)), []).append(dialect.code(service))
    for said, services in services_by_lines.items():
        yield f"{', '.join(services)}:\n{dialect.bullets(said)}"
    yield "Nothing was started. `--dry-run` asks all of this again without starting anything."


def waits(dialect: Dialect, verdicts: tuple[Verdict, ...]) -> str:
    """What a deployment waits for, as a list; empty where it waits for nothing."""
    waiting = waiting_of(verdicts)
    return dialect.bullets(line(dialect, each) for each in waiting) if waiting else ""
