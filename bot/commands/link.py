"""`/link`: join one's Slack and GitHub identities, by signing in to GitHub from a link that only one gets.

It needs no repository and no rights: it is how one gets them in Slack. The link leads to `web.linking`, which
finds the command by its event; it holds for ten minutes, once.
"""

from msgspec import Struct

from bot.commands.asked import Reply, answered, refused
from bot.commands.identity import login_of
from bot.domain.events import CommandGiven
from bot.domain.values import SlackPlace
from bot.messages import answers, linking
from bot.ports import Decision, Sources

LINK_SECONDS = 600.0


class LinkFacts(Struct, frozen=True, kw_only=True):
    """Who they are already, where the link leads, and whether there is anything to sign in with."""

    login: str | None = None
    configured: bool = False
    possible: bool = False
    public_url: str = ""


async def read(sources: Sources, data: CommandGiven) -> LinkFacts:
    """Read who they are already."""
    slack = data.person.slack or ""
    return LinkFacts(
        login=await login_of(sources, slack),
        configured=sources.instance.github_login(slack) is not None,
        possible=sources.linking,
        public_url=sources.public_url,
    )


def decide(reply: Reply, facts: LinkFacts) -> Decision:
    """Give the link to whoever asked, or say why there is none."""
    if not isinstance(reply.place, SlackPlace):
        return refused(reply, "link_in_slack", answers.refusal("link_in_slack", {}))
    if facts.configured:
        values = {"login": facts.login}
        return refused(reply, "linked_by_instance", answers.refusal("linked_by_instance", values), values)
    if not facts.possible:
        return refused(reply, "linking_off", answers.refusal("linking_off", {}))
    url = f"{facts.public_url}/link/{reply.event}"
    return answered(reply, "link_given", linking.link(url, facts.login))
