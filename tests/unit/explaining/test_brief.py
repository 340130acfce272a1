"""`/why` in short: the story that somebody means, in a few lines, and of this repository only."""

from bot.domain.events import CommandAnswered
from bot.domain.values import Repository
from bot.explaining.brief import brief, of_repository
from bot.explaining.explained import Explained
from bot.explaining.gathering import Found
from bot.explaining.notes import Note
from bot.explaining.stories import plots
from bot.messages.explanations import LINES_MAX
from tests.unit.explaining.chains import Chains, sent
from tests.unit.reactors.stories import PULL, SHOP

PUBLIC = "https://bot.example"


def told(chains: Chains, **more: object) -> Explained:
    found = plots(chains.chronicle(), [event.correlation for event in chains.events])
    return Explained(subject="acme/shop#12", found=Found(found), **more)  # type: ignore[arg-type]


def question(chains: Chains, id: str) -> None:
    chains.command(id, "/why")
    answer = CommandAnswered(command=id, answer="answered", reason="why")
    chains.add(f"{id}a", answer, key=PULL, cause=id)


def failure() -> Chains:
    chains = Chains()
    chains.command()
    chains.decide("e-1", "acted", "requested")
    chains.request()
    chains.report("e-3")
    chains.shown("e-4", "e-3", "failed")
    return chains


def test_the_newest_command_is_told_and_questions_about_it_are_not() -> None:
    chains = failure()
    question(chains, "e-9")
    said = brief(told(chains), PUBLIC)
    assert said.title.startswith("❌ failed: ada commented “/deploy api production”")
    assert said.url == f"{PUBLIC}/requests/r-new"
    assert (
        said.lines[0] == "2026-02-02 02:40:00 UTC · acme/shop: api → production · Request r-new · api: d-new"
    )
    assert "1 more story: `pointsman why acme/shop#12`" in said.lines


def test_each_thing_is_said_once_and_what_is_waited_for_comes_with_it() -> None:
    now = [Note("d-new went wrong.", "`/keep d-new`")]
    said = brief(told(failure(), now=now), PUBLIC)
    assert len(set(said.lines)) == len(said.lines) <= LINES_MAX
    assert "d-new went wrong." in said.lines
    assert said.next[-1] == "`/keep d-new`"


def test_a_refusal_comes_with_its_sentence_values_and_next_step() -> None:
    chains = Chains()
    chains.command("e-1", "/deploy api production")
    chains.decide("e-1", "acted", "not_allowed", login="ada", deployers=["acme/sre"])
    answer = CommandAnswered(command="e-1", answer="refused", reason="not_allowed")
    chains.add("e-2", answer, key=PULL, cause="e-1", decided="")
    said = brief(told(chains), PUBLIC)
    assert said.title.startswith("⛔ refused")
    assert any("deployers: acme/sre" in line for line in said.lines)
    assert said.next[0].startswith("Ask one of them to give the command")
    assert said.url == f"{PUBLIC}/events/e-1"


def test_without_a_story_it_tells_what_was_ignored_or_that_nothing_came() -> None:
    quiet = brief(Explained(subject="x", found=Found(()), ignored=[Note("It was a quote.", "Do.")]), PUBLIC)
    assert (quiet.title, quiet.lines) == ("Nothing came of x", ("It was a quote.",))
    assert quiet.next[0] == "Do."
    nothing = brief(Explained(subject="x", found=Found(()), absent=[Note("Nothing.")]), PUBLIC)
    assert nothing.title == "Nothing is recorded about x"
    assert "`pointsman why x`" in nothing.next[-1]


def test_other_repositories_are_nobodys_business() -> None:
    rows = [sent("g-1"), sent("g-2", subject="acme/shopper#12")]
    everything = told(failure())
    everything = Explained(subject="d-new", found=Found(everything.found.entries, ignored=rows))
    here = of_repository(everything, SHOP, "e-none")
    assert [plot.id for plot in here.found.plots] == ["e-1"]
    assert [row.id for row in here.found.ignored] == ["g-1"]
    assert of_repository(everything, SHOP, "e-1").found.plots == []
    elsewhere = of_repository(everything, Repository("acme", "shop-2", 2, 7), "e-none")
    assert not elsewhere.found.known


def test_secrets_are_masked() -> None:
    token = "ghp_" + "a1B2" * 9
    chains = Chains()
    chains.command("e-1", f"/deploy {token} production")
    said = brief(told(chains), PUBLIC)
    assert token not in said.title
