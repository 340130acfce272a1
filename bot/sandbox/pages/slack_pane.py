"""The simulated Slack as a part of a page: a channel with its threads, buttons and forms, or the app's Home.

Must never show one person what only another one sees.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.sandbox.pages.look import Look
from bot.sandbox.pages.mrkdwn import mrkdwn
from bot.sandbox.pages.people import Person, person_called
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.words import emoji_less
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import Channel, Message, SlackWorld

HOME = "home"
"""The name that the app's Home tab has beside the channels' names."""
THREADS_SHOWN = 120
REMEMBERED = 4_000
SPOKEN_MAX = 140
THREADS_OPEN = 3
"""The newest so many threads are shown with their answers."""
TO_TYPE = ("/deploy staging", "/deploy", "/rollback production", "@Pointsman status", "/pointsman help")
TO_TYPE_IN_THREADS = ("@Pointsman status", "@Pointsman help")


@dataclass(frozen=True, slots=True)
class Thread:
    """A message with the answers to it."""

    first: Message
    replies: list[Message]
    open: bool


@dataclass(frozen=True, slots=True)
class Where:
    """What a button or field belongs to: `kind` is `ts` (a message's) or `view`, `id` its value."""

    address: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message as HTML, its first words, and what is said of it to somebody who does not see the page."""

    html: Markup
    words: str
    spoken: str


class SlackPane:
    """Draws the pane, and remembers each message as it was drawn: few of many change at a time."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._drawn: dict[tuple[object, ...], Drawn] = {}

    def render(self, look: Look, trouble: str = "") -> Markup:
        """The channel that is looked at, as this person sees it; LookupError."""
        world, person = self._worlds.slack, person_called(self._worlds, look.person)
        at_home = look.channel == HOME
        channel = None if at_home else world.channel(look.channel)
        address = f"/slack/{channel.name if channel else HOME}"
        told = threads(world, channel, person.member) if channel else []
        answered = next((one for one in told if one.first.ts == look.thread), None)
        shown: dict[str, Any] = {
            "look": look,
            "trouble": trouble,
            "person": person,
            "channel": channel,
            "channels": _channels(world, person, channel),
            "home": world.home(person.member) if at_home and person.member else None,
            "threads": told,
            "answered": answered,
            "form": next(reversed(world.modals(person.member)), None) if person.member else None,
            "name_of": names(world),
            "app": world.installation.app_name,
            "to_type": TO_TYPE_IN_THREADS if answered else TO_TYPE,
            "where": Where,
            "drawn": lambda message: self._message(message, look, address),
        }
        return render("panes/slack.html", shown)

    def _message(self, message: Message, look: Look, address: str) -> Drawn:
        reactions = tuple((name, len(who)) for name, who in message.reactions.items())
        key = (message.ts, len(message.versions), message.edited, reactions, look.address)
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) >= REMEMBERED:
                self._drawn.clear()
            found = self._drawn[key] = self._draw(message, look, address)
        return found

    def _draw(self, message: Message, look: Look, address: str) -> Drawn:
        world = self._worlds.slack
        name_of = names(world)
        shown = {
            "message": message,
            "look": look,
            "name_of": name_of,
            "where": Where(address, "ts", message.ts),
            "bot": world.installation.bot_user_id,
        }
        words = emoji_less(mrkdwn(message.text.replace("\n", " "), name_of).striptags())
        beginning = words if len(words) < SPOKEN_MAX else f"{words[:SPOKEN_MAX]}…"
        spoken = f"Slack: {name_of(message.user)}: {beginning}"
        return Drawn(render("message.html", shown), beginning, spoken)


def threads(world: SlackWorld, channel: Channel, member: str | None) -> list[Thread]:
    """What this person sees in a channel, oldest first; the newest hundred and some."""
    firsts: list[Message] = []
    replies: dict[str, list[Message]] = defaultdict(list)
    for message in world.space.messages:
        if message.channel != channel.id or message.only_for not in (None, member):
            continue
        if message.is_reply and message.thread_ts:
            replies[message.thread_ts].append(message)
        else:
            firsts.append(message)
    firsts = firsts[-THREADS_SHOWN:]
    talked_about = [one.ts for one in firsts if one.ts in replies][-THREADS_OPEN:]
    return [Thread(one, replies.get(one.ts, []), one.ts in talked_about) for one in firsts]


def names(world: SlackWorld) -> Callable[[str], str]:
    """What gives a name for a member's or channel's id; an id that nobody has stays as it is."""

    def name_of(thing: str) -> str:
        channel = world.space.channels.get(thing)
        if channel is not None:
            return channel.name
        try:
            return world.space.name_of(thing)
        except LookupError:
            return thing

    return name_of


def _channels(world: SlackWorld, person: Person, chosen: Channel | None) -> list[Channel]:
    """What this person can look at; the conversation with the bot only once it is used or chosen."""
    talked_in = {message.channel for message in world.space.messages}
    return [
        one
        for one in world.space.channels.values()
        if one.bot_is_member
        and (not one.private or (person.member is not None and one.person == person.member))
        and (not one.person or one is chosen or one.id in talked_in)
    ]
