"""What the reading commands print: tables and stories for people. `--json` prints data instead.

Text that came from outside is never taken for markup or control sequences.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.domain.events import Event, RequestProgressed, TimerDue, TurnCame
from bot.domain.values import Person
from bot.explaining.gathering import Found
from bot.explaining.stories import Plot
from bot.ports import DeliveryRow
from bot.web.dashboard import facts, views
from bot.web.dashboard.facts import Fact
from bot.web.dashboard.marks import DONE, Mark
from bot.web.dashboard.moments import clock
from bot.web.dashboard.views import Decided, Performed, Quiet, Step, Story
from bot.web.dashboard.wording import Who

_RECEIVED = "received"
# Their steps say it themselves.
_PLAIN_REASONS = frozenset({"recorded", "shown", "progressed"})
_IDLE_TURNS = frozenset({"nobody_waits", "slot_busy", "another_is_first"})
_VALUE_CHARS_MAX = 200
_COLUMNS_UNBOUNDED = 10_000


def show_deliveries(rows: Sequence[DeliveryRow]) -> None:
    """List deliveries, the newest first."""
    table = _table("received (UTC)", "source", "event", "subject", "state", "outcome", "reason", "id")
    for row in rows:
        event = f"{row.event}.{row.action}" if row.action else row.event
        table.add_row(
            moment(row.received_at),
            row.source,
            _safe(event),
            _safe(row.subject),
            row.state,
            row.outcome or "",
            _safe(row.reason),
            _safe(row.id),
        )
    _console().print(table)


def show_events(events: Iterable[Event]) -> None:
    """List events in their order."""
    table = _table("#", "time (UTC)", "type", "key", "id", "caused by")
    for event in events:
        table.add_row(
            str(event.sequence),
            moment(event.time),
            event.data.TYPE,
            _safe(event.key),
            event.id,
            event.causation or _safe(event.delivery),
        )
    _console().print(table)


def show_record(record: Any) -> None:
    """Print one record whole."""
    _console().print_json(msgspec.json.encode(record).decode())


def show_explanation(found: Found, *, verbose: bool = False) -> None:
    """Tell the stories, the oldest first, in the dashboard's words; `verbose` adds ids, keys and bookkeeping.

    What is only due later is no event yet: without `verbose` nothing stands here that has not happened.
    """
    console, who = _console(), _known_people(found)
    for entry in reversed(found.entries):
        told = views.story(entry, who) if isinstance(entry, Plot) else views.quiet(entry)
        for line in _story_lines(told, verbose=verbose):
            _print(console, line)
        if isinstance(entry, Plot) and entry.cut:
            _print(console, "  The oldest events are left out: there are too many.")
    for plot in reversed(found.led_to):
        story = views.story(plot, who)
        _print(console, f"What it led to: {_heading(story)}{_in_brackets(_about(story))}")
    if found.unreadable:
        _print(console, f"{found.unreadable} events of it cannot be read by this version of Pointsman.")


def _story_lines(story: Story | Quiet, *, verbose: bool) -> Iterable[str]:
    """A heading with the outcome, what it is about, and its steps in the order of time."""
    yield _heading(story)
    if isinstance(story, Story):
        yield from (f"  {line}" for line in (_about(story), story.why, story.waits) if line)
    left_out = story.left_out if isinstance(story, Story) else 0
    steps = sorted(enumerate(story.steps), key=lambda pair: (_at(pair[1]), pair[0]))
    for number, step in steps:
        if left_out and isinstance(story, Story) and number == story.early:
            yield f"  … {left_out} steps are left out here; --json has them all"
        if verbose or number == 0 or _is_telling(step):
            at = _at(step)
            time = clock(at) if _day(at) == _day(story.at) else moment(at)
            yield f"  {time}  {_marked(step.mark)}: {step.said}"
            yield from (f"            {line}" for line in _step_lines(step, verbose=verbose))
    yield ""


def _heading(story: Story | Quiet) -> str:
    return f"{moment(story.at)} UTC  {_marked(story.mark)}: {story.said}"


def _marked(mark: Mark) -> str:
    return f"{mark.symbol} {mark.word}"


def _about(story: Story) -> str:
    return " · ".join(filter(None, (story.where, *story.links)))


def _at(step: Step) -> float:
    """A timer is recorded when it is set, and happens when it is decided about."""
    return max((each.at for each in step.decided), default=step.at) if step.type == TimerDue.TYPE else step.at


def _is_telling(step: Step) -> bool:
    """Bookkeeping is told where it says how something ended, why it waits, or that something is wrong.

    A delivery that meant something is told by the event that follows it.
    """
    marks = [*(each.mark for each in step.decided), *(each.mark for each in step.performed)]
    if step.waits or any(mark.tone == "bad" for mark in marks):
        return True
    if step.link == "delivery":
        return step.mark.word != _RECEIVED
    if step.type == TurnCame.TYPE:
        return any(each.code not in _IDLE_TURNS for each in step.decided)
    ended = step.type == RequestProgressed.TYPE and step.mark.tone in ("good", "bad")
    return ended or not step.minor


def _step_lines(step: Step, *, verbose: bool) -> Iterable[str]:
    if verbose:
        named = " ".join(filter(None, (step.type, step.key, step.href)))
        yield named + (_in_brackets(_facts(step.facts)) if step.link == "delivery" else "")
    elif step.link == "delivery" and step.mark.word != _RECEIVED:
        yield from (f"because: {fact.text}" for fact in step.facts if fact.label == "because")
    for decided in step.decided:
        yield from _decided_lines(decided, verbose=verbose)
    if step.waits:
        yield f"waits: {step.waits}"
    if verbose:
        yield from (f"• {each.said} ({each.id})" for each in step.followed)
        yield from (_performed_line(each, each.facts) for each in step.performed)
    else:
        said = (
            _performed_line(each, [fact for fact in each.facts if _helps(each, fact)])
            for each in step.performed
        )
        yield from dict.fromkeys(said)


def _decided_lines(decided: Decided, *, verbose: bool) -> Iterable[str]:
    """A decision with its reason and what was compared; one that only remembers is left to `verbose`."""
    values = _in_brackets(_facts(decided.values))
    if verbose:
        named = f"{decided.reactor}: {decided.mark.word}, {decided.code}"
        yield f"{decided.mark.symbol} {named}. {decided.sentence}{values}"
    elif decided.code not in _PLAIN_REASONS:
        yield f"{decided.mark.symbol} {decided.sentence}{values}"


def _performed_line(performed: Performed, shown: Iterable[Fact]) -> str:
    waits = f". {performed.waits}" if performed.waits else ""
    return f"→ {performed.said}: {performed.mark.word}{_in_brackets(_facts(shown))}{waits}"


def _helps(performed: Performed, fact: Fact) -> bool:
    """What is said of an effect that is not done; why it waits is a sentence of its own."""
    return performed.mark.word != DONE.word and not performed.waits and fact.label in ("reason", "what to do")


def _facts(rows: Iterable[Fact]) -> str:
    return ", ".join(f"{row.label}: {_short(row.text)}" for row in rows)


def _known_people(found: Found) -> Who:
    """Name somebody by the login that the events themselves tell of, where a Slack user is linked to one."""
    plots = [*(entry for entry in found.entries if isinstance(entry, Plot)), *found.led_to]
    people = (person for plot in plots for event in plot.events for person in _people(event.data))
    logins = {person.slack: person.login for person in people if person.slack and person.login}

    def who(person: Person) -> str:
        login = person.login or logins.get(person.slack or "")
        return facts.person(Person(login=login, slack=person.slack, is_bot=person.is_bot))

    return who


def _people(value: Struct) -> Iterable[Person]:
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if isinstance(inner, Person):
            yield inner
        elif isinstance(inner, Struct):
            yield from _people(inner)


def _print(console: Console, line: str) -> None:
    """One line, of which nothing is taken for markup, a control sequence or an emoji's name."""
    console.print(Text("".join(c for c in line if c.isprintable())), soft_wrap=True)


def _console() -> Console:
    """On a terminal as wide as it is; into a pipe or file one line for each row, so that `grep` finds all."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_UNBOUNDED
    return console


def _in_brackets(values: str) -> str:
    return f" ({values})" if values else ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _VALUE_CHARS_MAX else text[:_VALUE_CHARS_MAX] + "…"


def _safe(text: object) -> str:
    return escape("".join(c for c in str(text or "") if c.isprintable()))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _day(seconds: float) -> str:
    return moment(seconds)[:10]


def moment(seconds: float) -> str:
    """Write a time for people: UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
