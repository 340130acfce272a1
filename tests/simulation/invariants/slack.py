"""What must hold of what people see in Slack: messages, threads, whispers."""

from collections import Counter
from collections.abc import Iterator

from bot.domain.effects import KeepMessage, SayInThread, TellPerson
from bot.sandbox.slack import Message
from tests.simulation.aftermath import Aftermath


def _by_marker(after: Aftermath) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for message in after.stage.slack.space.messages:
        marker = (message.metadata or {}).get("event_payload", {}).get("marker")
        if marker:
            found.setdefault(marker, []).append(message)
    return found


def nothing_is_said_in_slack_twice(after: Aftermath) -> Iterator[str]:
    """P4: a message that may have been posted is looked for before it is posted again."""
    for marker, messages in _by_marker(after).items():
        if len(messages) > 1:
            yield f"{len(messages)} messages of {marker}: {[each.spoken[:80] for each in messages]}"


def every_message_says_the_newest(after: Aftermath) -> Iterator[str]:
    """P16: what stands there is the newest that was to be said, with its buttons."""
    there = _by_marker(after)
    for effect in after.effects:
        body = effect.body
        if effect.state != "done" or not isinstance(body, KeepMessage | SayInThread):
            continue
        marker = body.marker if isinstance(body, KeepMessage) else effect.key
        messages = there.get(marker, [])
        if not messages:
            yield f"{effect.key} was never said: {body.text[:120]!r}"
        elif len(messages) == 1 and messages[0].text != body.text:
            yield f"{effect.key} should say {body.text[:160]!r}, and says {messages[0].text[:160]!r}"


def nobody_is_told_the_same_twice(after: Aftermath) -> Iterator[str]:
    """P4: what only one person sees cannot be looked for; it is repeated after a lost reply only."""
    bot = after.stage.slack.installation.bot_user_id
    whispers = [each for each in after.stage.slack.space.messages if each.only_for and each.user == bot]
    told = Counter((each.only_for, each.channel, each.spoken) for each in whispers)
    bodies = (effect.body for effect in after.effects)
    wanted = Counter((body.user, body.channel) for body in bodies if isinstance(body, TellPerson))
    lost = (
        after.trace.counters["slack: lost_reply"]
        + after.trace.counters["slack: slow"]
        + len(after.crashes.struck)
    )
    for (reader, channel, spoken), count in told.items():
        user = reader or ""
        if count > max(1, wanted[user, channel]) + lost:
            yield f"{user} was told {count} times in {channel}: {spoken[:120]!r}"


ALL = (nothing_is_said_in_slack_twice, every_message_says_the_newest, nobody_is_told_the_same_twice)
