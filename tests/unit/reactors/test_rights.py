"""Who may, when the configuration changes: what is noted, what is announced, and what is left as it is."""

from msgspec.structs import replace

from bot.domain.effects import KeepMessage, WriteComment
from bot.domain.errors import PassingFault
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy
from bot.domain.values import Person
from bot.domain.who_may import Account, ConfigurationSeen, Listed, RightsChanged, WhoMay, rights_key
from bot.reactors.rights import RightsFacts, decide, read
from tests.unit.commands.known import KnownGitHub, sources
from tests.unit.reactors.stories import AT, NEW, SHOP, effects_of, event, only

SEEN = event(ConfigurationSeen(repository=SHOP, person=Person("olive"), sha=NEW, at=AT), key=rights_key(SHOP))
ADA = (Listed("environments.production.deployers", ("ada",)),)
BOB = (Listed("environments.production.deployers", ("bob",)),)
FACTS = RightsFacts(status="valid", lists=BOB, accounts=(Account("bob", 2),), channel="C0DEPLOYS")


def test_a_first_look_notes_and_says_nothing() -> None:
    decision = decide(SEEN, None, FACTS, AT)
    assert only(decision, RightsChanged).accounts == (Account("bob", 2),)
    assert decision.effects == ()


def test_a_change_is_said_in_the_channel() -> None:
    decision = decide(SEEN, WhoMay(ADA, (Account("ada", 1),)), FACTS, AT)
    (message,) = effects_of(decision, KeepMessage)
    assert message.channel == "C0DEPLOYS"
    assert "no longer `ada`" in message.text
    assert "olive" in message.text


def test_without_a_channel_it_is_said_on_the_pull_request_that_brought_it() -> None:
    decision = decide(SEEN, WhoMay(ADA), replace(FACTS, channel=None, number=12), AT)
    (comment,) = effects_of(decision, WriteComment)
    assert comment.number == 12
    assert decide(SEEN, WhoMay(ADA), replace(FACTS, channel=None), AT).effects == ()


def test_an_account_that_was_missing_is_noted_without_a_word() -> None:
    decision = decide(SEEN, WhoMay(BOB), FACTS, AT)
    assert only(decision, RightsChanged).changes == ()
    assert decision.effects == ()


def test_nothing_new_changes_nothing() -> None:
    decision = decide(SEEN, WhoMay(BOB, (Account("bob", 2),)), replace(FACTS, accounts=()), AT)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "rights_unchanged", ())


def test_a_configuration_that_is_missing_or_broken_leaves_who_may_as_it_was() -> None:
    for status, reason in (("off", "configuration_off"), ("invalid", "configuration_invalid")):
        decision = decide(SEEN, WhoMay(ADA), RightsFacts(status=status), AT)
        assert (decision.outcome, decision.reason, decision.events) == ("ignored", reason, ())


async def test_a_github_that_does_not_answer_is_asked_again_later_and_nothing_is_given_up() -> None:
    facts = await read(sources(KnownGitHub(fault=PassingFault("down"))), SEEN, None)
    decision = decide(SEEN, None, facts, AT)
    assert (decision.outcome, decision.reason) == ("deferred", "github_unreadable")


async def test_only_names_that_are_new_are_looked_up() -> None:
    policy = RepositoryPolicy(
        environments=(EnvironmentPolicy(name="production", deployers=("Ada", "bob", "acme/sre")),)
    )
    github = KnownGitHub(accounts={"bob": 2, "acme/sre": 3}, policies={SHOP.full_name: policy})
    facts = await read(sources(github), SEEN, WhoMay(ADA, (Account("ada", 1),)))
    assert facts.accounts == (Account("bob", 2), Account("acme/sre", 3))
