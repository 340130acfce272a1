"""What is said of merges that deploy nothing by themselves although the configuration says that they would.

Must never leave a person without what to do next.
"""

from collections.abc import Iterable, Sequence

from bot.domain.values import Seconds
from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message
from bot.messages.moments import duration


def too_late(age: Seconds, environments: Sequence[str], services: Sequence[str], prefix: str = "") -> Message:
    """Say that a merge was heard of too late; `prefix` stands before a command's word where it has to."""

    def written(dialect: Dialect) -> Iterable[str]:
        named = ", ".join(dialect.code(name) for name in environments)
        yield dialect.heading("Merged, and not deployed by itself")
        yield (
            f"This would have been deployed to {named}, but I only heard of the merge {duration(age)} later. "
            "What is right by now is for people to say."
        )
        commands = (f"deploy {service} {name}" for name in environments for service in services)
        yield "If it is still wanted:"
        yield dialect.bullets(dialect.command(command, prefix) for command in commands)

    return told(written)
