"""Who somebody is on the other side: by the instance file, else by what they linked themselves."""

from bot.domain.people import PEOPLE_KEY, People
from bot.ports import Sources


async def login_of(sources: Sources, slack: str) -> str | None:
    """Give the GitHub login of a Slack user; None = nobody knows it.

    A login that the instance file gives to another Slack user counts for that one only.
    """
    configured = sources.instance.github_login(slack)
    if configured is not None or not slack:
        return configured
    linked = (await _people(sources)).login_of(slack)
    taken = linked is not None and sources.instance.slack_user(linked) is not None
    return None if taken else linked


async def slack_of(sources: Sources, login: str) -> str | None:
    """Give the Slack user of a GitHub login; None = nobody knows it."""
    configured = sources.instance.slack_user(login)
    if configured is not None or not login:
        return configured
    linked = (await _people(sources)).slack_of(login)
    taken = linked is not None and sources.instance.github_login(linked) is not None
    return None if taken else linked


async def _people(sources: Sources) -> People:
    state = await sources.ledger.state(PEOPLE_KEY)
    return state if isinstance(state, People) else People()
