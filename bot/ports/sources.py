"""Where reactors, commands and checks read their facts."""

from msgspec import Struct

from bot.domain.instance import InstancePolicy
from bot.ports.clock import Clock
from bot.ports.github import GitHub
from bot.ports.ledger import Ledger


class Sources(Struct, frozen=True, kw_only=True):
    """Where reactors, commands and checks read their facts. `web_url` is GitHub's address for people.

    `linking` = people can sign in to GitHub, to link their accounts.
    """

    github: GitHub
    ledger: Ledger
    instance: InstancePolicy
    clock: Clock
    web_url: str = "https://github.com"
    public_url: str = "http://localhost:8080"
    slack: bool = False
    linking: bool = False
