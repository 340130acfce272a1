"""What somebody is told who links their Slack and GitHub identities."""

from collections.abc import Iterable

from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message


def link(url: str, login: str | None) -> Message:
    """The way to sign in; only who asked sees it."""

    def written(dialect: Dialect) -> Iterable[str]:
        if login is not None:
            yield f"You are {dialect.code(login)} on GitHub, as far as Pointsman knows."
        again = "Sign in to GitHub again" if login is not None else "Sign in to GitHub"
        way = dialect.link(url, f"{again} to link your accounts")
        yield f"{way}. The link is yours alone, for ten minutes."

    return told(written)
