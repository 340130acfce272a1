"""Chains of causes become stories: who asked, with all that is about their request."""

import msgspec

from bot.domain.events import DeploymentQueued, PromptAnswered, TurnCame
from bot.explaining.stories import Plot, QuietRun, answers_of, of_chains, of_deployment, plots, with_quiet
from tests.unit.explaining.chains import REQUEST, Chains, sent
from tests.unit.reactors.stories import ADA, AT, SLOT, order


def ids(plot: Plot) -> list[str]:
    return [event.id for event in plot.events]


def test_a_chain_is_a_story_with_its_decisions_effects_and_delivery() -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "github.reaction")
    (plot,) = plots(chains.chronicle(), ["e-1"])
    assert (plot.id, ids(plot)) == ("e-1", ["e-1"])
    assert [row.reactor for row in plot.outcomes["e-1"]] == ["tests"]
    assert [row.kind for row in plot.effects["e-1"]] == ["github.reaction"]
    assert list(plot.deliveries) == [("github", "g-e-1")]


def test_what_a_deployer_reports_is_told_in_the_story_of_its_request() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    chains.report("e-3")
    chains.shown("e-4", "e-3", "running")
    (plot,) = plots(chains.chronicle(), ["e-3"])
    assert (plot.id, ids(plot)) == ("e-1", ["e-1", "e-2", "e-3", "e-4"])
    (request,) = plot.requests
    assert request.state == "running"


def test_a_report_that_nobody_asked_for_is_a_story_of_its_own() -> None:
    chains = Chains()
    chains.report("e-1")
    (plot,) = plots(chains.chronicle(), ["e-1"])
    assert ids(plot) == ["e-1"]


def test_a_command_about_an_earlier_request_has_its_own_story_and_shows_in_the_other() -> None:
    chains = Chains()
    chains.command("e-1")
    chains.request("e-2", "e-1")
    chains.command("e-3", "/cancel")
    chains.ended("e-4", "e-3")
    chains.shown("e-5", "e-3", "cancelled")
    later, earlier = plots(chains.chronicle(), ["e-3"], [REQUEST])
    assert ids(later) == ["e-3", "e-4", "e-5"]
    assert ids(earlier) == ["e-1", "e-2", "e-4", "e-5"]
    assert later.requests == ()


def test_the_end_of_one_deployment_that_starts_another_is_told_in_both() -> None:
    chains = Chains()
    chains.command("e-1")
    chains.request("e-2", "e-1")
    chains.command("e-3")
    chains.request("e-4", "e-3", "d-next")
    chains.report("e-5")
    chains.shown("e-6", "e-5", "succeeded")
    chains.shown("e-7", "e-5", "starting", "d-next")
    second, first = plots(chains.chronicle(), [], ["request:r-new", "request:r-next"])
    assert ids(first) == ["e-1", "e-2", "e-5", "e-6", "e-7"]
    assert ids(second) == ["e-3", "e-4", "e-7"]


def test_a_request_whose_beginning_is_left_out_is_told_from_where_it_is_known() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    chains.report("e-3")
    chains.shown("e-4", "e-3", "running")
    (plot,) = plots(chains.chronicle(without=["e-1", "e-2"]), ["e-3"])
    assert (ids(plot), plot.requests) == (["e-3", "e-4"], ())


def test_stories_come_newest_first() -> None:
    chains = Chains()
    for id in ("e-1", "e-2", "e-3"):
        chains.command(id)
    assert [plot.id for plot in plots(chains.chronicle(), ["e-2", "e-3", "e-1"])] == ["e-3", "e-2", "e-1"]


def test_a_story_is_made_anew_only_when_something_of_it_changed() -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "github.comment", "pending")
    (before,) = plots(chains.chronicle(), ["e-1"])
    (same,) = plots(chains.chronicle(), ["e-1"])
    chains.effects.clear()
    chains.do("e-1", "github.comment", "done", updated_at=AT + 1)
    (after,) = plots(chains.chronicle(), ["e-1"])
    assert before.fingerprint == same.fingerprint != after.fingerprint


def test_a_story_is_made_anew_when_it_is_to_be_tried_again_later() -> None:
    chains = Chains()
    chains.command()
    chains.hold("e-1", "GitHub answered 502.", AT + 1)
    (before,) = plots(chains.chronicle(), ["e-1"])
    chains.hold("e-1", "GitHub answered 502.", AT + 3, attempts=2)
    (after,) = plots(chains.chronicle(), ["e-1"])
    assert before.fingerprint != after.fingerprint


def two_services(chains: Chains) -> Plot:
    """One request for two services: d-new fails, its question is answered; d-next goes on."""
    chains.command()
    both = (order("d-new"), msgspec.structs.replace(order("d-next"), request="r-new", service="web"))
    made = msgspec.structs.replace(chains.request().data, orders=both)
    chains.events[-1] = msgspec.structs.replace(chains.events[-1], data=made)
    chains.report("e-3")
    chains.ended("e-4", "e-3")
    chains.add("e-5", TurnCame(), key=SLOT, cause="e-3")
    chains.shown("e-05", "e-3", "running")
    chains.report("e-6", "d-next")
    chains.command("e-7", "/rollback api production")
    answer = PromptAnswered(deployment="d-new", answer="rollback", person=ADA, at=AT, led_to="d-back")
    chains.add("e-8", answer, key=SLOT, cause="e-7", decided="")
    chains.shown("e-9", "e-7", "failed")
    (plot,) = plots(chains.chronicle(), [], [REQUEST])
    return plot


def test_of_one_deployment_only_what_concerns_it_is_told() -> None:
    plot = two_services(Chains())
    assert ids(plot) == ["e-1", "e-2", "e-3", "e-4", "e-5", "e-05", "e-6", "e-8", "e-9"]
    told = of_deployment(plot, "d-new")
    assert ids(told) == ["e-1", "e-2", "e-3", "e-4", "e-05", "e-8", "e-9"]
    assert set(told.outcomes) == set(told.effects) == set(ids(told))
    assert [part.deployment.id for request in told.requests for part in request.parts] == ["d-new"]
    assert ids(of_deployment(plot, "d-next")) == ["e-1", "e-2", "e-6"]


def test_a_turn_is_told_of_the_deployment_that_it_started() -> None:
    chains = Chains()
    two_services(chains)
    chains.add("e-10", TurnCame(), key=SLOT, cause="e-2")
    chains.add("e-11", DeploymentQueued(deployment="d-next"), key=SLOT, cause="e-10")
    (plot,) = plots(chains.chronicle(), [], [REQUEST])
    assert ids(of_deployment(plot, "d-next"))[-2:] == ["e-10", "e-11"]
    assert "e-10" not in ids(of_deployment(plot, "d-new"))


def test_where_a_question_was_answered_is_known() -> None:
    assert answers_of([two_services(Chains())]) == ["e-7"]


def test_of_a_chain_only_its_events_are_told_unless_the_story_began_with_it() -> None:
    plot = two_services(Chains())
    assert ids(of_chains(plot, ["e-3"])) == ["e-3", "e-4", "e-5", "e-05"]
    assert set(of_chains(plot, ["e-3"]).deliveries) == {("github", "g-e-3")}
    assert of_chains(plot, ["e-1"]) is plot


def test_deliveries_that_led_to_nothing_stand_between_the_stories_in_runs() -> None:
    chains = Chains()
    chains.command("e-1")  # at AT
    chains.command("e-2")  # a second later
    found = plots(chains.chronicle(), ["e-1", "e-2"])
    quiet = [sent("newest", AT + 5), sent("newer", AT + 4), sent("between", AT + 0.5)]
    entries = with_quiet(found, [*quiet, *chains.deliveries])
    assert [
        [row.id for row in entry.deliveries] if isinstance(entry, QuietRun) else entry.id for entry in entries
    ] == [["newest", "newer"], "e-2", ["between"], "e-1"]


def test_deliveries_from_before_the_oldest_news_are_not_taken_for_quiet() -> None:
    chains = Chains()
    chains.command("e-1")
    (entry,) = with_quiet(plots(chains.chronicle(), ["e-1"]), [sent("earlier", AT - 1)])
    assert isinstance(entry, Plot)
