"""A story as people read it: how it stands, why, and its steps."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.automation_events import AutomationResumed
from bot.domain.events import Prompt, RequestProgressed, TimerDue
from bot.explaining import views
from bot.explaining.facts import person
from bot.explaining.stories import QuietRun, plots
from bot.explaining.views import STEPS_SHOWN_FIRST, STEPS_SHOWN_LAST, Story
from tests.unit.explaining.chains import Chains, sent
from tests.unit.reactors.stories import AT, BOB, GOOD, SLOT


def told(chains: Chains, correlation: str = "e-1") -> Story:
    (plot,) = plots(chains.chronicle(), [correlation])
    return views.story(plot, person)


def test_a_story_begins_with_who_asked_for_what_and_says_how_it_stands() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    chains.shown("e-3", "e-2", "running")
    story = told(chains)
    assert story.said == "ada commented “/deploy api production” on acme/shop#12"
    assert (story.mark.symbol, story.mark.word, story.mark.tone) == ("🚀", "running", "busy")
    assert story.where == "acme/shop: api → production"
    assert story.links == ("Request r-new", "api: d-new")
    assert (story.at, story.why) == (AT, "")


def test_a_failed_deployment_says_why() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    chains.shown("e-3", "e-2", "failed")
    story = told(chains)
    assert (story.mark.word, story.mark.tone) == ("failed", "bad")
    assert story.why == "The deployer reported a failure."


def test_a_refused_command_says_which_rule_refused_it() -> None:
    chains = Chains()
    chains.command()
    chains.answered("e-2", "e-1", "refused")
    chains.decide("e-1", "acted", "no_write_access", login="ada")
    story = told(chains)
    assert (story.mark.symbol, story.mark.word) == ("⛔", "refused")
    assert story.why == "Commands are for people with write access to the repository."


@pytest.mark.parametrize(
    "outcome, word", [("acted", "done"), ("ignored", "ignored"), ("failed", "failed"), ("", "under way")]
)
def test_without_a_request_a_story_stands_as_its_decisions(outcome: str, word: str) -> None:
    chains = Chains()
    chains.command()
    chains.outcomes.clear()
    if outcome:
        chains.decide("e-1", outcome)
    assert told(chains).mark.word == word


def test_what_a_decision_recorded_of_its_own_key_waits_for_nobody() -> None:
    chains = Chains()
    given = chains.command()
    chains.outcomes.clear()
    chains.decide("e-1", "acted")
    recorded = AutomationResumed(by="olive", at=AT)
    chains.add("e-2", recorded, key=given.key, cause="e-1", decided="")
    assert told(chains).mark.word == "done"
    chains.add("e-3", recorded, key="automation", cause="e-1", decided="")
    assert told(chains).mark.word == "under way"


def test_the_steps_are_the_delivery_the_events_and_what_was_done_about_them() -> None:
    chains = Chains()
    chains.command()
    chains.decide("e-1", "acted", "requested", request="r-new")
    chains.do("e-1", "github.comment", "pending", attempts=3, reason="GitHub answers 502.")
    delivery, given = told(chains).steps
    assert (delivery.said, delivery.link) == (
        "GitHub sent issue_comment, created, about acme/shop#12",
        "delivery",
    )
    (decision,) = given.decided
    assert (decision.code, decision.sentence) == (
        "requested",
        "Everything that was checked allows it: the request is made.",
    )
    assert [(fact.label, fact.text) for fact in decision.values] == [("request", "r-new")]
    (done,) = given.performed
    assert (done.said, done.mark.word) == ("comment on the pull request", "tried 3 times")
    assert ("reason", "GitHub answers 502.") in [(fact.label, fact.text) for fact in done.facts]


LIMITED = "GitHub's rate limit for core is used up; it may be asked again in 59 s."
AGAIN = "It is tried again at 02:41:00 UTC."


def test_a_command_that_cannot_be_decided_yet_says_why_and_when_it_is_tried_again() -> None:
    chains = Chains()
    chains.command()
    chains.hold("e-1", LIMITED, AT + 60)
    story = told(chains)
    assert (story.mark.symbol, story.mark.word, story.mark.tone) == ("⏳", "waits", "busy")
    assert story.waits == f"GitHub's rate limit for core is used up. {AGAIN}"
    _, given = story.steps
    assert (given.waits, given.mark.word) == (story.waits, "waits")


def test_an_event_that_waits_behind_another_one_says_so_and_is_a_step_of_its_own() -> None:
    chains = Chains()
    chains.command()
    chains.answered("e-2", "e-1", "accepted")
    chains.hold("e-2", None, AT + 60, attempts=0)
    _, _, waiting = told(chains).steps
    assert waiting.waits == (
        "It waits for what came before it for `pr:acme/shop#12`, which is tried again at 02:41:00 UTC."
    )


def test_an_effect_that_is_tried_again_says_why_and_when_at_its_step_and_on_the_card() -> None:
    chains = Chains()
    chains.command()
    for kind in ("github.comment", "github.reaction"):
        chains.do("e-1", kind, "pending", attempts=2, reason="GitHub answered 502.", not_before=AT + 60)
    story = told(chains)
    assert story.waits == f"Comment on the pull request: GitHub answered 502. {AGAIN}"
    assert [each.waits for each in story.steps[1].performed] == [f"GitHub answered 502. {AGAIN}"] * 2


@pytest.mark.parametrize("state", ["done", "leased", "parked"])
def test_an_effect_that_is_not_to_be_tried_again_waits_for_nothing(state: str) -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "github.comment", state, attempts=2, reason="GitHub answered 502.")
    assert told(chains).waits == ""


def test_of_many_reasons_to_wait_the_first_are_said_and_the_rest_is_counted() -> None:
    chains = Chains()
    chains.command()
    for number in range(4):
        chains.do(
            "e-1", f"kind.{number}", "pending", attempts=1, reason=f"Reason {number}", not_before=AT + 60
        )
    assert told(chains).waits == f"Kind 0: Reason 0. {AGAIN} Kind 1: Reason 1. {AGAIN} 2 more wait."


def test_a_reason_to_wait_shows_no_secret() -> None:
    chains = Chains()
    chains.command()
    chains.hold("e-1", "No connection to https://hooks.slack.com/services/T0/B0/x .", AT + 60)
    assert told(chains).waits == f"No connection to (hidden). {AGAIN}"


def test_the_question_of_a_failed_deployment_is_no_failure_of_the_story_that_answers_it() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    shown = chains.shown("e-3", "e-2", "failed")
    assert isinstance(shown.data, RequestProgressed)
    prompt = Prompt(
        deployment="d-new",
        target="d-good",
        target_sha=GOOD,
        evidence="",
        opened_at=AT,
        answer="rollback",
        answered_by=BOB,
        answered_at=AT,
    )
    chains.add("e-4", replace(shown.data, prompt=prompt), key=shown.key, cause="e-3")
    *_, failed, answered = told(chains).steps
    assert (failed.mark.word, failed.mark.tone) == ("failed", "bad")
    assert (answered.mark.word, answered.mark.tone) == ("answered", "quiet")
    assert answered.said.startswith(
        "The question what to do about d-new (api in production at ccccccc: failed)"
    )


def test_what_was_given_up_is_counted_in_the_head_of_the_story() -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "slack.message", "parked", hint="Invite the bot.")
    story = told(chains)
    assert story.trouble == 1
    (done,) = story.steps[1].performed
    assert (done.mark.word, done.mark.tone) == ("given up", "bad")


def test_what_no_reactor_had_to_look_at_is_told_within_the_step_that_it_follows_from() -> None:
    chains = Chains()
    chains.command()
    chains.answered("e-2", "e-1", "accepted")
    reminder = TimerDue(name="timeout", deployment="d-new", attempt=1)
    chains.add("e-3", reminder, key=SLOT, cause="e-1", decided="")
    _, given = told(chains).steps
    assert [each.said for each in given.followed] == [
        "The command was accepted",
        "Reminder for 2026-02-02 02:40:02 UTC",
    ]


def test_an_end_is_a_step_of_its_own_although_its_slot_applied_it_at_once() -> None:
    chains = Chains()
    chains.command()
    chains.ended("e-2", "e-1")
    assert [step.said for step in told(chains).steps][-1] == "d-new ended: failed"


def test_names_of_steps_stay_while_a_story_goes_on_and_differ_between_stories() -> None:
    chains = Chains()
    chains.command("e-1")
    chains.request("e-2", "e-1")
    before = [step.id for step in told(chains).steps]
    chains.command("e-3")
    chains.shown("e-4", "e-3", "running")
    first, other = told(chains, "e-1"), told(chains, "e-3")
    assert [step.id for step in first.steps][: len(before)] == before
    assert "step-e-1-e-4" in [step.id for step in first.steps]
    assert "step-e-3-e-4" in [step.id for step in other.steps]


def test_of_a_very_long_story_the_middle_is_left_out_and_counted() -> None:
    chains = Chains()
    chains.command()
    chains.request()
    for number in range(100):
        chains.shown(f"e-{number + 3}", "e-2", "running")
    story = told(chains)
    assert len(story.steps) == STEPS_SHOWN_FIRST + STEPS_SHOWN_LAST
    assert (story.early, story.left_out) == (STEPS_SHOWN_FIRST, 103 - len(story.steps))


@pytest.mark.parametrize(
    "changes, said, word",
    [
        (
            {"outcome": "ignored"},
            "GitHub also told of 2 things that need nothing (issue_comment, push)",
            "ignored",
        ),
        (
            {"state": "failed"},
            "2 deliveries, not all of them understood: issue_comment, push",
            "failed",
        ),
        (
            {"state": "received", "outcome": None},
            "2 deliveries just stored: issue_comment, push",
            "under way",
        ),
    ],
)
def test_deliveries_that_led_to_nothing_are_one_line(changes: dict[str, Any], said: str, word: str) -> None:
    run = views.quiet(QuietRun((sent("b", **changes), sent("a", event="push"))))
    assert (run.said, run.mark.word, len(run.steps)) == (said, word, 2)


def test_a_run_of_quiet_deliveries_keeps_its_name_while_it_grows() -> None:
    short = views.quiet(QuietRun((sent("a"),)))
    longer = views.quiet(QuietRun((sent("b"), sent("a"))))
    assert short.id == longer.id
    assert short.said == "GitHub also told of 1 thing that needs nothing (issue_comment)"
