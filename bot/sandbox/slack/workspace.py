"""All that the simulated Slack remembers: people, channels, messages, views, addresses to answer to.

Everything in it changes through SlackWorld, the methods of the Web API and what people do; whoever wants to
know of changes registers a callback. Must never own a clock or randomness: both are handed in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from bot.sandbox.slack.exchange import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.outbox import Outbox
from bot.sandbox.slack.people import Channel, Person, acme_channels, acme_people
from bot.sandbox.slack.views import Trigger, Views

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60.0
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Installation:
    """The app as it is installed: who it is, and the secrets that it shares with Slack."""

    signing_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    team_id: str = "T0ACME"
    team_domain: str = "acme"
    bot_user_id: str = "U0POINTSMAN"
    bot_id: str = "B0POINTSMAN"
    app_id: str = "A0POINTSMAN"
    app_name: str = "Pointsman"
    commands: tuple[str, ...] = ("/pointsman", "/deploy", "/rollback")
    events: tuple[str, ...] = ("app_mention", "app_home_opened")


@dataclass(slots=True)
class ResponseUrl:
    """An address that the app may answer to five times in 30 minutes, and what it answers."""

    path: str
    user: str
    channel: str
    made_at: float
    message: Message | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass(slots=True)
class Workspace:
    """The state of one workspace with one installed app."""

    clock: Callable[[], float]
    random: Random
    installation: Installation
    base_url: str = "http://slack.test"
    web_url: str = "https://acme.slack.com"
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    views: Views = field(default_factory=Views)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    listeners: list[Callable[[], None]] = field(default_factory=list)
    lag_seconds: float = 0.0
    _counters: dict[str, int] = field(default_factory=dict)
    _last_ts: int = 0
    _public: dict[tuple[str, str], Message] = field(default_factory=dict)
    _replies: dict[tuple[str, str], list[Message]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people.update({person.id: person for person in acme_people()})
        self.channels.update({channel.id: channel for channel in acme_channels()})

    def changed(self) -> None:
        """Tell everybody who listens that something is different now."""
        for listener in list(self.listeners):
            listener()

    def new_ts(self) -> str:
        """A message's timestamp, which is also its id: unique and rising."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id with this prefix: V1, V2, …"""
        self._counters[prefix] = self._counters.get(prefix, 0) + 1
        return f"{prefix}{self._counters[prefix]}"

    def skip_ids(self, count: int) -> None:
        """Leave out so many of each kind: others may have seen them given to what is forgotten here."""
        self._counters = {prefix: number + count for prefix, number in self._counters.items()}

    def new_trigger(self, user: str, view: str = "") -> str:
        """A trigger id for what this person did just now."""
        trigger_id = f"{self.new_id('13345224609.738474920.')}.{self.random.getrandbits(128):032x}"
        self.views.triggers[trigger_id] = Trigger(user, self.clock(), view)
        return trigger_id

    def new_response_url(self, kind: str, url: ResponseUrl) -> str:
        """Register an address to answer to, and its full form."""
        number = self.new_id("")
        url.path = f"/{kind}/{self.installation.team_id}/{number}/{self.random.getrandbits(96):024x}"
        self.response_urls[url.path] = url
        return self.base_url + url.path

    def person(self, name: str) -> Person:
        """A member by id or name; LookupError."""
        for person in self.people.values():
            if name in (person.id, person.name):
                return person
        raise LookupError(
            f"nobody called {name!r}; there are: {sorted(p.name for p in self.people.values())}"
        )

    def known_channel(self, name: str) -> Channel | None:
        """A conversation by id or name, with or without `#`."""
        wanted = name.removeprefix("#")
        return next((c for c in self.channels.values() if wanted in (c.id, c.name)), None)

    def channel(self, name: str) -> Channel:
        """The same for one that has to be there; LookupError naming the ones that there are."""
        channel = self.known_channel(name)
        if channel is not None:
            return channel
        raise LookupError(f"no channel {name!r}; there are: {sorted(c.name for c in self.channels.values())}")

    def direct(self, user: str) -> Channel:
        """The direct conversation of the bot and this member, made when it is first needed."""
        for channel in self.channels.values():
            if channel.person == user:
                return channel
        channel = Channel(
            f"D0{user[2:]}", f"dm-{self.person(user).name}", private=True, person=user, members={user}
        )
        self.channels[channel.id] = channel
        return channel

    def visible_channel(self, channel_id: object) -> Channel:
        """The conversation with this id as far as the bot can see it; SlackError `channel_not_found`."""
        channel = self.channels.get(str(channel_id))
        if channel is None or (channel.private and not channel.bot_is_member):
            raise SlackError("channel_not_found")
        return channel

    def in_channel(self, channel_id: str) -> Iterator[Message]:
        """What everybody in the channel sees, oldest first, threads included."""
        return (m for m in self.messages if m.channel == channel_id and m.only_for is None)

    def message(self, channel_id: str, ts: object) -> Message:
        """One message that everybody sees; SlackError `message_not_found`."""
        message = self._public.get((channel_id, str(ts)))
        if message is None:
            raise SlackError("message_not_found")
        return message

    def replies(self, first: Message) -> list[Message]:
        """What everybody sees in a message's thread, oldest first."""
        return list(self._replies.get((first.channel, first.ts), []))

    def say(self, message: Message) -> Message:
        """Put a message where it belongs."""
        self.messages.append(message)
        if message.only_for is None:
            self._public[message.channel, message.ts] = message
            if message.thread_ts and message.is_reply:
                self._replies.setdefault((message.channel, message.thread_ts), []).append(message)
        self.changed()
        return message

    def remove(self, message: Message) -> None:
        """Take a message away."""
        self.messages.remove(message)
        self._public.pop((message.channel, message.ts), None)
        thread = self._replies.get((message.channel, message.thread_ts or ""), [])
        if message in thread:
            thread.remove(message)
        self.changed()

    def whisper(self, user: str, channel: str, text: str) -> Message:
        """What Slackbot tells one person when something did not work."""
        return self.say(Message(self.new_ts(), channel, SLACKBOT, text, only_for=user))

    def name_of(self, user: str) -> str:
        """The name to show for a user id."""
        if user == self.installation.bot_user_id:
            return self.installation.app_name
        return "Slackbot" if user == SLACKBOT else self.person(user).name
