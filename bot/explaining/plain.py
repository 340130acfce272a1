"""The sentences of `bot.messages` as a page shows them: text, with backticks around what is code.

The page escapes everything and makes the backticks code, so nothing here needs escaping.
"""

from collections.abc import Iterable

from bot.domain.values import Person, Seconds
from bot.explaining import facts, moments
from bot.messages import escaping
from bot.messages.dialects import SHORT_SHA


class Plain:
    """A dialect without any markup but backticks."""

    def text(self, text: str, most: int = escaping.TEXT_LENGTH_MAX) -> str:
        """Somebody's words."""
        return escaping.plain(text, most)

    def code(self, text: str, most: int = escaping.TEXT_LENGTH_MAX) -> str:
        """A name, an id or a command."""
        line = escaping.plain(text, most)
        return f"`{line}`" if line and "`" not in line else line

    def command(self, said: str, prefix: str = "") -> str:
        """A command to type."""
        return self.code(f"/{prefix}{said}", 500)

    def bold(self, written: str) -> str:
        """Stress is the page's affair."""
        return written

    def heading(self, written: str) -> str:
        """Headings are the page's affair."""
        return written

    def link(self, url: str | None, label: str) -> str:
        """Links are the page's affair."""
        return label

    def person(self, person: Person) -> str:
        """Who."""
        return facts.person(person)

    def channel(self, channel: str) -> str:
        """A Slack channel."""
        return f"#{escaping.plain(channel)}"

    def moment(self, at: Seconds) -> str:
        """A time."""
        return moments.moment(at)

    def commit(self, sha: str) -> str:
        """A commit, shortened."""
        return self.code(sha[:SHORT_SHA] if facts.SHA.fullmatch(sha) else sha)

    def bullets(self, written: Iterable[str]) -> str:
        """One line for each."""
        return "\n".join(written)


PLAIN = Plain()
