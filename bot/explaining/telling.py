"""A story as lines of text: for a terminal, and in short for a comment or a Slack message.

One source of words: whoever asks, wherever, is told the same. Pure. Lines hold what came from outside; those
who show them make them inert.
"""

from collections.abc import Iterable

from bot.domain.events import (
    ChangeMerged,
    ChecksRequested,
    CommandGiven,
    RequestProgressed,
    TimerDue,
    TurnCame,
)
from bot.explaining.facts import Fact
from bot.explaining.marks import DONE, Mark
from bot.explaining.moments import clock, moment
from bot.explaining.views import Decided, Performed, Quiet, Step, Story

RECEIVED = "received"
# Their steps say it themselves.
_PLAIN_REASONS = frozenset({"recorded", "shown", "progressed"})
_IDLE_TURNS = frozenset({"nobody_waits", "slot_busy", "another_is_first"})
# What somebody did or asked for: they want to know what to do next.
_ASKED = frozenset({CommandGiven.TYPE, ChangeMerged.TYPE, ChecksRequested.TYPE})
_VALUE_CHARS_MAX = 200


def story_lines(story: Story | Quiet, *, verbose: bool = False) -> Iterable[str]:
    """A heading with the outcome, what it is about, and its steps in the order of time."""
    yield heading(story)
    if isinstance(story, Story):
        yield from (f"  {line}" for line in (about(story), story.why, story.waits) if line)
    left_out = story.left_out if isinstance(story, Story) else 0
    for number, step in in_order(story):
        if left_out and isinstance(story, Story) and number == story.early:
            yield f"  … {left_out} steps are left out here; --json has them all"
        if verbose or number == 0 or is_telling(step):
            at = happened_at(step)
            time = clock(at) if day(at) == day(story.at) else stamp(at)
            yield f"  {time}  {marked(step.mark)}: {step.said}"
            yield from (f"            {line}" for line in step_lines(step, verbose=verbose))
    yield ""


def heading(story: Story | Quiet) -> str:
    """When it began, how it stands, what it is."""
    return f"{stamp(story.at)} UTC  {marked(story.mark)}: {story.said}"


def marked(mark: Mark) -> str:
    """A symbol with its word."""
    return f"{mark.symbol} {mark.word}"


def about(story: Story) -> str:
    """What is shipped where, and under which ids."""
    return " · ".join(filter(None, (story.where, *story.links)))


def in_order(story: Story | Quiet) -> list[tuple[int, Step]]:
    """The steps in the order of time, with their places in the story."""
    return sorted(enumerate(story.steps), key=lambda pair: (happened_at(pair[1]), pair[0]))


def happened_at(step: Step) -> float:
    """A timer is recorded when it is set, and happens when it is decided about."""
    return max((each.at for each in step.decided), default=step.at) if step.type == TimerDue.TYPE else step.at


def is_telling(step: Step) -> bool:
    """Bookkeeping is told where it says how something ended, why it waits, or that something is wrong.

    A delivery that meant something is told by the event that follows it.
    """
    marks = [*(each.mark for each in step.decided), *(each.mark for each in step.performed)]
    if step.waits or any(mark.tone == "bad" for mark in marks):
        return True
    if step.link == "delivery":
        return step.mark.word != RECEIVED
    if step.type == TurnCame.TYPE:
        return any(each.code not in _IDLE_TURNS for each in step.decided)
    ended = step.type == RequestProgressed.TYPE and step.mark.tone in ("good", "bad")
    return ended or not step.minor


def step_lines(step: Step, *, verbose: bool = False) -> Iterable[str]:
    """What belongs to a step: why, what was compared, what to do next, and what was done."""
    if verbose:
        named = " ".join(filter(None, (step.type, step.key, step.href)))
        yield named + (_in_brackets(_facts(step.facts)) if step.link == "delivery" else "")
    elif step.link == "delivery" and step.mark.word != RECEIVED:
        labels = {"because": "because: ", "compared": "compared: ", "what to do": "what to do: "}
        yield from (f"{labels[fact.label]}{fact.text}" for fact in step.facts if fact.label in labels)
    for decided in step.decided:
        yield from _decided_lines(decided, asked=step.type in _ASKED, verbose=verbose)
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


def _decided_lines(decided: Decided, *, asked: bool, verbose: bool) -> Iterable[str]:
    """A decision with its reason and what was compared; one that only remembers is left to `verbose`."""
    values = _in_brackets(_facts(decided.values))
    if verbose:
        named = f"{decided.reactor}: {decided.mark.word}, {decided.code}"
        yield f"{decided.mark.symbol} {named}. {decided.sentence}{values}"
    elif decided.code not in _PLAIN_REASONS:
        yield f"{decided.mark.symbol} {decided.sentence}{values}"
    if decided.next and (asked or verbose or decided.mark.tone == "bad"):
        yield f"what to do: {decided.next}"


def _performed_line(performed: Performed, shown: Iterable[Fact]) -> str:
    waits = f". {performed.waits}" if performed.waits else ""
    return f"→ {performed.said}: {performed.mark.word}{_in_brackets(_facts(shown))}{waits}"


def _helps(performed: Performed, fact: Fact) -> bool:
    """What is said of an effect that is not done; why it waits is a sentence of its own."""
    return performed.mark.word != DONE.word and not performed.waits and fact.label in ("reason", "what to do")


def _facts(rows: Iterable[Fact]) -> str:
    return ", ".join(f"{row.label}: {_short(row.text)}" for row in rows)


def _short(text: str) -> str:
    return text if len(text) <= _VALUE_CHARS_MAX else text[:_VALUE_CHARS_MAX] + "…"


def _in_brackets(values: str) -> str:
    return f" ({values})" if values else ""


def day(seconds: float) -> str:
    """The day, in UTC."""
    return stamp(seconds)[:10]


def stamp(seconds: float) -> str:
    """A time to the second, in UTC, which the reader knows."""
    return moment(seconds).removesuffix(" UTC")
