"""Which repository a command is about."""

import pytest
from msgspec.structs import replace

from bot.commands.repository import LISTED_MAX, Whereabouts, whereabouts
from bot.domain.policy import EnvironmentPolicy
from bot.domain.request import Request
from bot.domain.values import Repository, SlackPlace
from tests.unit.commands.known import IN_SLACK, ON_PULL, KnownGitHub, KnownLedger, sources
from tests.unit.reactors.stories import POLICY, SHOP, request

BLOG = Repository("acme", "blog", 2, 7)
GENERAL = SlackPlace("T0", "C0GENERAL", "general")


def two(**policies: str | None) -> KnownGitHub:
    """Both repositories, each with the Slack channel of its configuration."""
    known = {f"acme/{name}": replace(POLICY, slack_channel=channel) for name, channel in policies.items()}
    return KnownGitHub(served=(SHOP, BLOG), policies=known)


async def test_on_a_pull_request_it_is_that_one() -> None:
    assert await whereabouts(sources(), ON_PULL, None) == Whereabouts(repository=SHOP)
    assert await whereabouts(sources(), ON_PULL, "Acme/Shop") == Whereabouts(repository=SHOP)


async def test_another_one_cannot_be_named_on_a_pull_request() -> None:
    found = await whereabouts(sources(two()), ON_PULL, "acme/blog")
    assert (found.problem, found.named) == ("repository_unknown", "acme/blog")


async def test_in_slack_the_named_one_is_found_whatever_its_case() -> None:
    assert (await whereabouts(sources(two()), IN_SLACK, "ACME/Blog")).repository == BLOG


async def test_one_that_is_not_served_is_unknown_and_the_known_ones_are_listed() -> None:
    found = await whereabouts(sources(two()), IN_SLACK, "acme/blgo")
    assert (found.problem, found.candidates) == ("repository_unknown", ("acme/shop", "acme/blog"))


async def test_a_threads_own_goes_before_the_channels() -> None:
    told: Request = request("new")
    ledger = KnownLedger({"request:r-new": told}, {"thread:C0GENERAL:1.5": ("request:r-new",)})
    github = two(shop="C0DEPLOYS", blog="C0GENERAL")
    found = await whereabouts(sources(github, ledger), replace(GENERAL, thread="1.5"), None)
    assert found.repository == SHOP


@pytest.mark.parametrize("channel", ["C0GENERAL", "general", "#general"])
async def test_the_only_one_whose_channel_this_is(channel: str) -> None:
    found = await whereabouts(sources(two(shop="C0DEPLOYS", blog=channel)), GENERAL, None)
    assert found == Whereabouts(repository=BLOG)


async def test_an_environments_own_channel_counts_too() -> None:
    production = EnvironmentPolicy(name="production", slack_channel="C0GENERAL")
    github = two(shop="C0DEPLOYS")
    github.policies["acme/blog"] = replace(POLICY, slack_channel=None, environments=(production,))
    assert (await whereabouts(sources(github), GENERAL, None)).repository == BLOG


async def test_where_several_tell_their_story_the_answer_is_a_list() -> None:
    found = await whereabouts(sources(two(shop="C0GENERAL", blog="general")), GENERAL, None)
    assert (found.problem, found.candidates) == ("repository_unclear", ("acme/shop", "acme/blog"))


async def test_where_none_does_all_that_are_served_are_listed_up_to_a_limit() -> None:
    many = tuple(Repository("acme", f"r{n}", n, 7) for n in range(LISTED_MAX + 5))
    found = await whereabouts(sources(KnownGitHub(served=many, policies={})), GENERAL, None)
    assert found.problem == "repository_none"
    assert len(found.candidates) == LISTED_MAX


async def test_a_channel_without_a_name_is_nobodys() -> None:
    found = await whereabouts(sources(two(shop="#", blog=None)), SlackPlace("T0", "D0ADA"), None)
    assert found.problem == "repository_none"


async def test_one_whose_configuration_cannot_be_read_hides_no_other() -> None:
    github = two(shop="C0GENERAL", blog="C0GENERAL")
    github.unreadable = frozenset({"acme/shop"})
    assert (await whereabouts(sources(github), GENERAL, None)).repository == BLOG
