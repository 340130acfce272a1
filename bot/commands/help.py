"""`/help`: this repository's own services, environments and commands."""

from collections.abc import Iterable

from bot.commands.asked import Asked, Command, answered, reply_to
from bot.domain.speech import USAGE, Help
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision, Sources

WORD = "help"
SUMMARY = "Explain the commands."


async def _read(_sources: Sources, _asked: Asked) -> None:
    """Everything that help tells was read already."""


def row(others: Iterable[Command]) -> Command:
    """Make the row of help out of all other rows."""
    lines = [(each.word, USAGE[each.word], each.summary) for each in others]
    lines.append((WORD, USAGE[WORD], SUMMARY))

    def decide(asked: Asked, _facts: None, _now: Seconds) -> Decision:
        topic = asked.command.topic if isinstance(asked.command, Help) else None
        shown = [(usage, summary) for word, usage, summary in lines if topic in (None, word)]
        message = answers.help_text(asked.repository, asked.policy, shown)
        return answered(reply_to(asked), "help", message)

    return Command(word=WORD, summary=SUMMARY, read=_read, decide=decide)
