"""The answer to `/why` in short: the newest story about the subject, what it waits for, and what to do next.

Takes the words of the whole story, and fewer of them. Must never tell of another repository than the one that
was asked about: ids of others are nobody's business.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bot.domain.events import ChangeMerged, CommandAnswered, CommandGiven, DeploymentEnded, RequestProgressed
from bot.domain.values import Repository
from bot.explaining import telling, views
from bot.explaining.explained import Explained
from bot.explaining.masking import masked
from bot.explaining.moments import clock
from bot.explaining.people import known_in
from bot.explaining.stories import Plot
from bot.explaining.views import Decided, Step, Story
from bot.messages.explanations import Explanation

STEPS_LAST = 4
VALUES_SHOWN = 6
_SAID_BY_THE_STATE = frozenset({RequestProgressed.TYPE, DeploymentEnded.TYPE})
_QUESTIONS = frozenset({"why", "status", "help"})
_TOLD_BEFORE = frozenset({"recorded", "shown", "progressed", "requested", "started", "queued"})


def of_repository(explained: Explained, repository: Repository, leave_out: str) -> Explained:
    """What of it is about this repository, without the chain in which it is being asked."""
    found = explained.found
    name = repository.full_name
    entries = [plot for plot in found.plots if plot.id != leave_out and _is_of(plot, name)]
    ignored = [row for row in found.ignored if _begins(row.subject or "", name)]
    return replace(explained, found=replace(found, entries=entries, led_to=(), ignored=ignored))


def _is_of(plot: Plot, name: str) -> bool:
    keys = (f"pr:{name}#", f"slot:{name}/", f"commit:{name}@")
    if any(event.key.startswith(keys) for event in plot.events):
        return True
    return any(request.made.repository.full_name == name for request in plot.requests)


def _begins(subject: str, name: str) -> bool:
    return subject == name or subject.startswith((f"{name}#", f"{name}@", f"{name} "))


def brief(explained: Explained, public_url: str) -> Explanation:
    """Tell it in about ten lines."""
    plots = explained.found.plots
    chosen = _chosen(plots)
    if chosen is None:
        return _nothing(explained)
    story = views.story(chosen, known_in(plots))
    where = " · ".join(filter(None, (f"{telling.stamp(story.at)} UTC", telling.about(story))))
    lines = [where, *filter(None, (story.why, story.waits)), *_steps(story)]
    lines += [note.said for note in explained.now]
    if len(plots) > 1:
        number, subject = len(plots) - 1, explained.subject
        lines.append(f"{number} more {'story' if number == 1 else 'stories'}: `pointsman why {subject}`")
    return Explanation(
        title=_masked(f"{telling.marked(story.mark)}: {story.said}"),
        lines=tuple(_masked(line) for line in dict.fromkeys(lines)),
        next=tuple(_masked(step) for step in dict.fromkeys(_next(story, explained))),
        url=_address(chosen, public_url),
    )


def _chosen(plots: Sequence[Plot]) -> Plot | None:
    """The newest story that somebody or a merge began, and that is no question; else the newest of all."""
    telling_ones = [plot for plot in plots if not _is_question(plot)]
    begun = (plot for plot in telling_ones if isinstance(plot.events[0].data, CommandGiven | ChangeMerged))
    return next(begun, next(iter(telling_ones), None))


def _is_question(plot: Plot) -> bool:
    answers = (event.data for event in plot.events if isinstance(event.data, CommandAnswered))
    return any(each.answer == "answered" and each.reason in _QUESTIONS for each in answers)


def _steps(story: Story) -> list[str]:
    """The newest of what is not said already: how it began is the title, how it ended is the story's why."""
    told = [step for _, step in telling.in_order(story) if step.link == "event" and _adds(step, story)]
    return [_step(step, story) for step in told[-STEPS_LAST:]]


def _adds(step: Step, story: Story) -> bool:
    if step.type in _SAID_BY_THE_STATE or not telling.is_telling(step):
        return False
    if story.mark.tone != "busy" and any(each.code == "progressed" for each in step.decided):
        return False  # how far it came matters only as long as it goes on
    return step.said != story.said or bool(_because(step, story))


def _because(step: Step, story: Story) -> list[str]:
    """The sentences of its decisions with the values that were compared, unless they stand there already."""
    return [
        f"{'' if each.sentence in story.why else each.sentence}{_values(each, step)}".strip()
        for each in step.decided
        if each.code not in _TOLD_BEFORE and (each.sentence not in story.why or _values(each, step))
    ]


def _step(step: Step, story: Story) -> str:
    at = telling.happened_at(step)
    time = clock(at) if telling.day(at) == telling.day(story.at) else telling.stamp(at)
    waits = [f"It waits: {step.waits}"] if step.waits else []
    return " ".join([f"{time} {step.said}.", *_because(step, story), *waits])


def _values(decided: Decided, step: Step) -> str:
    """What was compared, where the sentence of the step does not say it."""
    new = [each for each in decided.values if each.text not in step.said][:VALUES_SHOWN]
    return f" ({', '.join(f'{each.label}: {each.text}' for each in new)})" if new else ""


def _next(story: Story, explained: Explained) -> Iterable[str]:
    """What the newest decisions leave a person to do, then what can be done about what waits."""
    if story.mark.tone != "good":
        for _, step in reversed(telling.in_order(story)):
            yield from (each.next for each in step.decided if each.next and each.code not in _TOLD_BEFORE)
    yield from (note.next for note in explained.now if note.next)


def _nothing(explained: Explained) -> Explanation:
    """What is known where there is no story: what was ignored, or that nothing came."""
    notes = [*explained.ignored, *explained.absent]
    subject = explained.subject
    asks = f"`pointsman why {subject}` on the command line also asks GitHub what it sent and never arrived."
    steps = [note.next for note in notes if note.next]
    return Explanation(
        title=f"Nothing came of {subject}" if explained.ignored else f"Nothing is recorded about {subject}",
        lines=tuple(_masked(note.said) for note in notes),
        next=tuple(dict.fromkeys([*steps[:2], asks])),
    )


def _address(plot: Plot, public_url: str) -> str:
    base = public_url.rstrip("/")
    return (
        f"{base}/requests/{plot.requests[-1].id}" if plot.requests else f"{base}/events/{plot.events[0].id}"
    )


def _masked(text: str) -> str:
    return str(masked(text))
