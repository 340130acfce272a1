"""What follows when an effect was given up: its deployment cannot go on, or people are told elsewhere.

A request whose comment cannot be written says so in Slack, and the other way round; who asked in Slack is
told there. What is said about trouble has no owner, so that trouble in both places does not go in circles.
"""

from typing import Any

from bot.domain.effects import EffectBody, KeepMessage, SayInThread, TellPerson, Wanted, WriteComment
from bot.domain.events import EffectParked, Event, data_of
from bot.domain.request import Request
from bot.domain.values import Seconds, SlackPlace
from bot.messages import trouble
from bot.ports import Decision
from bot.reactors import deployer


def decide(event: Event, state: Any, _facts: None, now: Seconds) -> Decision:
    """Let the slot decide about its deployment; tell a request's people where they can still be told."""
    if isinstance(state, Request):
        return _told(data_of(event, EffectParked), state)
    return deployer.parked(event, state, None, now)


def _told(data: EffectParked, request: Request) -> Decision:
    values = {"effect": data.effect, "error": data.reason}
    effects: tuple[Wanted, ...] = ()
    if data.kind == WriteComment.KIND:
        effects = _in_slack(data, request)
    elif data.kind == KeepMessage.KIND:
        effects = (*_on_github(data, request), *_to_who_asked(data, request))
    if not effects:
        return Decision(outcome="acted", reason="recorded", values=values)
    return Decision(outcome="acted", reason="told_elsewhere", values=values, effects=effects)


def _in_slack(data: EffectParked, request: Request) -> tuple[Wanted, ...]:
    channel = request.made.channel
    if not channel:
        return ()
    message = trouble.comment_not_written(request, data.effect, data.reason, data.hint)
    body = SayInThread(channel=channel, text=message.text, blocks=message.blocks)
    target = f"slack:said:{request.id}:comment-parked"
    return (Wanted(body=body, target=target, after=f"slack:{request.id}"),)


def _on_github(data: EffectParked, request: Request) -> tuple[Wanted, ...]:
    if request.made.number is None:
        return ()
    message = trouble.message_not_posted(request, data.effect, data.reason, data.hint)
    body: EffectBody = WriteComment(
        repository=request.made.repository,
        number=request.made.number,
        marker=f"pointsman:{request.id}:not-in-slack",
        text=message.markdown,
    )
    return (Wanted(body=body, target=f"comment:{request.id}:not-in-slack"),)


def _to_who_asked(data: EffectParked, request: Request) -> tuple[Wanted, ...]:
    """Who asked in Slack is told where they asked; where that channel is the trouble, nobody can be."""
    place, asker = request.made.place, request.made.asker
    if not isinstance(place, SlackPlace) or not asker.slack:
        return ()
    message = trouble.message_not_posted(request, data.effect, data.reason, data.hint)
    body = TellPerson(
        channel=place.channel,
        user=asker.slack,
        text=message.text,
        blocks=message.blocks,
        thread=place.thread,
        response_url=place.response_url,
    )
    return (Wanted(body=body, target=f"slack:told:{request.id}:message-parked"),)
