"""`/why`: what happened to a deployment, request, pull request or commit, or why nothing did.

Without a subject it is the pull request, or the request of the Slack thread. In such a thread the answer
stands for all to read, since all of them see what it is about; elsewhere in Slack only who asked sees it.
"""

import re

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.asked import Asked, Command, answered, refused, reply_to, seen
from bot.commands.finding import request_of_thread
from bot.domain.effects import SayInThread, Wanted
from bot.domain.events import CommandAnswered, New
from bot.domain.speech import Why, read_id
from bot.domain.values import Seconds, SlackPlace
from bot.explaining import absences
from bot.explaining.brief import brief, of_repository
from bot.explaining.explained import explain
from bot.messages import answers
from bot.messages.explanations import Explanation, explanation
from bot.messages.message import Message
from bot.ports import Decision, Sources

STORIES_READ = 20
_NUMBER = re.compile(r"#?([0-9]{1,10})")


class WhyFacts(Struct, frozen=True):
    """What is told; None = no subject was named, and the place has none. `thread_of` is its message."""

    told: Explanation | None = None
    subject: str = ""
    thread_of: str | None = None


async def read(sources: Sources, asked: Asked) -> WhyFacts:
    """Read what is recorded about the subject, in this repository."""
    command = asked.command
    if not isinstance(command, Why):
        raise TypeError("this asks for no reasons")
    request = await request_of_thread(sources.ledger, asked.place)
    subject = _subject(asked, command, request)
    if subject is None:
        return WhyFacts()
    everything = await explain(sources.ledger, subject, STORIES_READ, sources.clock.now())
    here = of_repository(everything, asked.repository, asked.event)
    if not here.found.known:
        here = replace(here, absent=[absences.nothing_stored(subject, None)], now=())
    told = brief(here, sources.public_url)
    return WhyFacts(told, subject, f"slack:{request}" if request else None)


def _subject(asked: Asked, command: Why, request: str | None) -> str | None:
    """What is meant, as `pointsman why` takes it."""
    if command.subject is None:
        return f"{asked.repository.full_name}#{asked.number}" if asked.number is not None else request
    number = _NUMBER.fullmatch(command.subject)
    if number is not None:
        return f"{asked.repository.full_name}#{number[1]}"
    return read_id(command.subject) or command.subject


def decide(asked: Asked, facts: WhyFacts, _now: Seconds) -> Decision:
    """Answer with the story in short."""
    reply = reply_to(asked)
    if facts.told is None:
        return refused(reply, "subject_missing", answers.refusal("subject_missing", {}))
    message, values = explanation(facts.told), {"subject": facts.subject}
    place = asked.place
    if not isinstance(place, SlackPlace) or facts.thread_of is None or asked.button:
        return answered(reply, "why", message, values)
    own = CommandAnswered(command=asked.event, answer="answered", reason="why", values=values)
    return Decision(
        outcome="acted",
        reason="why",
        values=values,
        events=(New(key=asked.key, data=own),),
        effects=(*seen(reply), _in_thread(asked, place, message, facts.thread_of)),
    )


def _in_thread(asked: Asked, place: SlackPlace, message: Message, thread_of: str) -> Wanted:
    body = SayInThread(channel=place.channel, text=message.text, blocks=message.blocks)
    return Wanted(body=body, target=f"slack:why:{asked.event}", after=thread_of)


ROW = Command(
    word="why", summary="Tell what happened, or why nothing did.", read=read, decide=decide, facts=WhyFacts
)
