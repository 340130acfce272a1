"""The Home tab: whose it is, what they may see, and what is known of each slot."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.effects import ShowHome
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import Live
from bot.domain.slack_events import HomeOpened
from bot.domain.slot import Slot
from bot.domain.values import Person, Repository
from bot.messages.home import Running
from bot.ports import Decision
from bot.reactors import home as reactor
from bot.reactors.home import HomeFacts, standing
from tests.unit.commands.known import KnownGitHub, KnownLedger, sources
from tests.unit.reactors.stories import (
    ADA,
    AT,
    GOOD,
    NEW,
    SHOP,
    after_failure,
    deployment,
    done,
    effects_of,
    event,
    live,
    running,
)

BLOG = Repository("acme", "blog", 2, 7)
OPENED = event(HomeOpened(team="T0", channel="D0ADA", person=Person(slack="U0ADA")), "slack:T0:home:U0ADA")
QUIET = Slot(history=(done(),), live=live(done()))
SLOTS = {
    "slot:acme/shop/web/staging": QUIET,
    "slot:acme/shop/api/production": QUIET,
    "slot:acme/shop/api/staging": QUIET,
    "slot:acme/shop/old/gone": QUIET,
    "slot:acme/blog/pages/production": QUIET,
    "slot:acme/removed/api/production": QUIET,
}


class SomeUnreadable(KnownGitHub):
    """Refuses to tell who may read the blog."""

    async def permission(self, repository: Repository, login: str, *, fresh: bool = False) -> Any:
        if repository == BLOG:
            raise LastingFault("suspended")
        return await super().permission(repository, login, fresh=fresh)


async def read(github: KnownGitHub | None = None, people: dict[str, str] | None = None) -> HomeFacts:
    known = github or KnownGitHub(served=(SHOP, BLOG))
    linked = {"ada": "U0ADA"} if people is None else people
    return await reactor.read(sources(known, KnownLedger(known=dict(SLOTS)), linked), OPENED)


def decided(facts: HomeFacts) -> tuple[Decision, str]:
    decision = reactor.decide(OPENED, None, facts, AT)
    (body,) = effects_of(decision, ShowHome)
    assert body.user == "U0ADA"
    assert body.view["private_metadata"] == "D0ADA"
    (wanted,) = decision.effects
    assert wanted.target == "home:T0:U0ADA"
    return decision, json.dumps(body.view, ensure_ascii=False)


async def test_slots_stand_in_the_configurations_order_and_what_it_lost_comes_last() -> None:
    facts = await read()
    assert [each.repository for each in facts.repositories] == ["acme/blog", "acme/shop"]
    assert [(each.environment, each.service) for each in facts.repositories[1].slots] == [
        ("staging", "api"),
        ("staging", "web"),
        ("production", "api"),
        ("gone", "old"),
    ]
    decision, said = decided(facts)
    assert decision.reason == "home_shown"
    assert decision.values == {"login": "ada", "repositories": 2}
    assert "https://github.example/acme/shop/commit/" in said


async def test_a_repository_that_is_not_served_any_more_is_not_shown() -> None:
    facts = await read()
    assert "acme/removed" not in [each.repository for each in facts.repositories]


async def test_what_one_cannot_read_is_not_shown() -> None:
    facts = await read(KnownGitHub(served=(SHOP, BLOG), permissions={}))
    assert facts.repositories == ()
    assert "acme" not in decided(facts)[1]


async def test_whoever_can_read_sees_what_is_live() -> None:
    facts = await read(KnownGitHub(permissions={"ada": "read"}))
    assert [each.repository for each in facts.repositories] == ["acme/shop"]


async def test_what_github_refuses_to_tell_is_counted_and_not_named() -> None:
    facts = await read(SomeUnreadable(served=(SHOP, BLOG)))
    assert ([each.repository for each in facts.repositories], facts.unreadable) == (["acme/shop"], 1)
    said = decided(facts)[1]
    assert "acme/blog" not in said
    assert "1 more repository" in said


async def test_while_github_is_away_the_look_is_repeated() -> None:
    with pytest.raises(PassingFault):
        await read(KnownGitHub(fault=PassingFault("away")))


async def test_nobody_is_asked_about_somebody_who_is_not_linked() -> None:
    github = KnownGitHub()
    facts = await read(github, people={})
    assert github.asked_for == []
    decision, said = decided(facts)
    assert decision.reason == "not_linked"
    assert "LOGIN: U0ADA" in said


# --- one slot ---------------------------------------------------------------------------------------


def test_what_is_live_names_who_brought_it_and_when() -> None:
    found = standing("api", "production", QUIET)
    assert (found.sha, found.known, found.by, found.since) == (GOOD, True, ADA, AT - 500)
    assert (found.running, found.waiting, found.asks, found.touched) == (None, 0, None, True)


def test_an_untouched_slot_claims_nothing() -> None:
    found = standing("api", "production", Slot())
    assert (found.sha, found.known, found.touched) == (None, False, False)


def test_what_runs_and_waits_is_told() -> None:
    slot = replace(QUIET, current=running(), queue=(deployment("d-2", "queued"),))
    found = standing("api", "production", slot)
    assert (found.running, found.waiting) == (Running("d-new", "running", NEW), 1)


def test_what_is_not_known_names_nobody() -> None:
    found = standing("api", "production", replace(QUIET, live=Live("d-good", GOOD, known=False)))
    assert (found.known, found.by, found.since) == (False, None, None)


def test_an_open_question_asks_for_a_decision() -> None:
    found = standing("api", "production", after_failure())
    assert (found.asks, found.went_wrong) == ("d-new", "failed")


def test_a_question_that_was_answered_or_overtaken_asks_nothing() -> None:
    asked = after_failure()
    answered = replace(asked.prompts[0], answer="keep")
    assert standing("api", "production", replace(asked, prompts=(answered,))).asks is None
    assert standing("api", "production", replace(asked, current=running("d-3"))).asks is None
