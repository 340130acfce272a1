"""One command on its way: who asked, where, in which repository, and what each command makes of it.

A command is two functions: `read` gathers facts through ports, `decide` is pure. Both get an `Asked`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from bot.domain.change import ChangeState
from bot.domain.effects import AddReaction, EffectBody, TellPerson, Wanted, WriteComment
from bot.domain.events import CommandAnswered, New
from bot.domain.policy import RepositoryPolicy
from bot.domain.speech import Parsed
from bot.domain.values import Person, Place, PullRequestPlace, Repository, Seconds, SlackPlace
from bot.messages.message import Message
from bot.ports import Decision, Sources


class Asked(Struct, frozen=True, kw_only=True):
    """A command that was understood, from somebody whom we know. `event` is the id of its event."""

    event: str
    key: str
    place: Place
    login: str
    person: Person
    given_at: Seconds
    button: bool
    repository: Repository
    policy: RepositoryPolicy
    configuration: str | None
    command: Parsed
    change: ChangeState | None = None
    web_url: str = "https://github.com"

    @property
    def change_url(self) -> str | None:
        """Where people find the pull request that it was given on."""
        if self.number is None:
            return None
        return f"{self.web_url}/{self.repository.full_name}/pull/{self.number}"

    @property
    def number(self) -> int | None:
        """The pull request's number, if it was given on one."""
        return self.place.number if isinstance(self.place, PullRequestPlace) else None


class Command(Struct, frozen=True, kw_only=True):
    """A command as the table lists it: its word, what help says of it, how it reads and decides.

    `facts` is the type of what it reads.
    """

    word: str
    summary: str
    read: Callable[[Sources, Asked], Awaitable[Any]]
    decide: Callable[[Asked, Any, Seconds], Decision]
    facts: Any = None


class Reply(Struct, frozen=True, kw_only=True):
    """Where an answer goes: the place, and who asked."""

    event: str
    key: str
    place: Place
    person: Person


def reply_to(asked: Asked) -> Reply:
    """Answer where the command was given."""
    return Reply(event=asked.event, key=asked.key, place=asked.place, person=asked.person)


def refused(reply: Reply, reason: str, message: Message, values: Mapping[str, Any] | None = None) -> Decision:
    """Refuse: a comment of its own on a pull request, a message for the asker's eyes in Slack."""
    return _closing(reply, "refused", reason, values, (said(reply, message),))


def answered(
    reply: Reply, reason: str, message: Message, values: Mapping[str, Any] | None = None
) -> Decision:
    """Answer a question; nothing else happens."""
    return _closing(reply, "answered", reason, values, (said(reply, message),))


def accepted(
    reply: Reply, reason: str, events: tuple[New, ...], request: str | None, *said_now: Wanted
) -> Decision:
    """Do what was asked; its own message tells how it goes."""
    own = New(
        key=reply.key,
        data=CommandAnswered(command=reply.event, answer="accepted", reason=reason, request=request),
    )
    return Decision(
        outcome="acted",
        reason=reason,
        values={"request": request},
        events=(own, *events),
        effects=(*seen(reply), *said_now),
    )


def _closing(
    reply: Reply, answer: Any, reason: str, values: Mapping[str, Any] | None, effects: tuple[Wanted, ...]
) -> Decision:
    own = CommandAnswered(command=reply.event, answer=answer, reason=reason, values=dict(values or {}))
    return Decision(
        outcome="acted",
        reason=reason,
        values=values or {},
        events=(New(key=reply.key, data=own),),
        effects=(*seen(reply), *effects),
    )


def seen(reply: Reply) -> tuple[Wanted, ...]:
    """Show on the comment that it was seen."""
    return _reaction(reply, "eyes")


def not_yours(reply: Reply) -> tuple[Wanted, ...]:
    """Show on the comment that its author commands nothing here."""
    return _reaction(reply, "confused")


def _reaction(reply: Reply, content: Any) -> tuple[Wanted, ...]:
    place = reply.place
    if not isinstance(place, PullRequestPlace) or place.comment is None:
        return ()
    return (Wanted(body=AddReaction(repository=place.repository, comment=place.comment, content=content)),)


def said(reply: Reply, message: Message) -> Wanted:
    """Say something where the command was given."""
    place = reply.place
    if isinstance(place, SlackPlace):
        return Wanted(body=_told(place, reply.person, message))
    body: EffectBody = WriteComment(
        repository=place.repository,
        number=place.number,
        marker=f"pointsman:answer:{reply.event}",
        text=message.markdown,
    )
    return Wanted(body=body, target=f"comment:{reply.event}")


def _told(place: SlackPlace, person: Person, message: Message) -> EffectBody:
    return TellPerson(
        channel=place.channel,
        user=person.slack or "",
        text=message.text,
        blocks=message.blocks,
        thread=place.thread,
        response_url=place.response_url,
    )
