"""How the simulated deployer takes orders, plays them and reports."""

import json
from typing import Any

import pytest

from bot.sandbox.deployer import BEHAVIOURS, DeployerWorld, signature_problem
from bot.sandbox.deployer.behaviours import FAILURE
from bot.sandbox.slack import Request
from tests.unit.sandbox.deployer.orders import (
    NOW,
    OTHER_SHA,
    SECRET,
    SHA,
    Clock,
    data,
    event,
    new_world,
    order,
    play,
    signed,
)

SLOT = ("api", "production")


def states(told: list[dict[str, Any]]) -> list[str]:
    return [report["state"] for report in told]


def test_a_deployment_is_accepted_then_reported_step_by_step_with_rising_sequence(
    world: DeployerWorld,
) -> None:
    assert order(world).status == 202
    told = play(world)
    assert states(told) == ["accepted", "in_progress", "in_progress", "succeeded"]
    assert [report["sequence"] for report in told] == [1, 2, 3, 4]
    assert [report["percent"] for report in told] == [0, 20, 60, 100]
    assert {report["deployment"] for report in told} == {"d-0123456789"}
    assert len({report["id"] for report in told}) == 4
    assert world.live[SLOT].sha == SHA
    assert world.pending() == []


def test_a_report_is_signed_with_the_time_at_which_it_is_sent(world: DeployerWorld, clock: Clock) -> None:
    order(world)
    clock.advance(1000)
    report = world.next_report(world.runs[0])
    assert signature_problem(SECRET, report.headers, report.body, clock()) == ""
    assert report.url == data()["callback_url"]


def test_a_report_repeats_attempt_and_step_of_its_order(world: DeployerWorld) -> None:
    order(world, attempt=3, step={"index": 2, "weight": 50})
    [first, *_] = play(world)
    assert (first["attempt"], first["step"]) == (3, 2)
    assert world.live == {}


def test_a_failed_deployment_leaves_the_slot_unhealthy_until_it_is_rolled_back(world: DeployerWorld) -> None:
    order(world, "msg_1")
    play(world)
    world.play_next("fail")
    order(world, "msg_2", deployment="d-9876543210", sha=OTHER_SHA, previous_sha=SHA)
    told = play(world)
    assert (told[-1]["state"], told[-1]["description"]) == ("failed", FAILURE)
    assert told[-1]["log_url"] == "http://deployer.test/logs/d-9876543210-1"
    assert (world.live[SLOT].sha, world.live[SLOT].healthy) == (OTHER_SHA, False)
    order(world, "msg_3", deployment="d-5555555555", action="rollback")
    play(world)
    assert (world.live[SLOT].sha, world.live[SLOT].healthy) == (SHA, True)


def test_the_same_order_again_is_accepted_and_not_run_again(world: DeployerWorld, clock: Clock) -> None:
    first = order(world)
    clock.advance(60)
    second = order(world)
    assert (first.status, second.status) == (202, 202)
    assert (len(world.runs), len(world.orders), world.repeats) == (1, 1, 1)
    assert world.violations == []


def test_an_order_that_has_ended_is_answered_with_its_end_when_it_comes_again(world: DeployerWorld) -> None:
    order(world, "msg_1")
    play(world)
    answer = json.loads(order(world, "msg_1").body)
    assert (answer["deployment"], answer["state"]) == ("d-0123456789", "succeeded")
    assert len(world.runs) == 1
    assert (
        world.receive(signed([], message_id="msg_1")).status == 200
    )  # by what was taken, not by what comes now


def test_an_id_that_is_used_again_for_another_order_is_a_violation(world: DeployerWorld) -> None:
    order(world)
    order(world, sha=OTHER_SHA)
    assert len(world.runs) == 1
    assert world.violations == ["webhook-id msg_1: used again for another body"]


@pytest.mark.parametrize(
    "request_, status",
    [
        (Request("POST", "/hook", {}, b"{}"), 401),
        (signed(event(), timestamp=NOW - 301), 401),
        (signed(event(type="x")), 400),
        (signed([]), 400),
    ],
)
def test_a_bad_order_is_refused_remembered_and_not_run(
    world: DeployerWorld, request_: Request, status: int
) -> None:
    assert world.receive(request_).status == status
    assert world.violations
    assert world.runs == []


def test_a_refused_order_may_come_again_mended(world: DeployerWorld) -> None:
    world.receive(signed(event(data=data(attempt=0))))
    assert order(world).status == 202


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_can_be_the_rule_or_hold_for_one_order(clock: Clock, behaviour: Any) -> None:
    always = new_world(clock, behaviour=behaviour)
    once = new_world(clock)
    once.play_next(behaviour)
    assert order(always).status == order(once).status
    order(once, "msg_2", deployment="d-9876543210")
    assert once.runs[-1].behaviour == "succeed"


def test_a_rejecting_deployer_says_why_and_runs_nothing(world: DeployerWorld) -> None:
    world.play_next("reject")
    answer = order(world)
    assert (answer.status, answer.document) == (422, {"error": "no capacity left in this cluster"})
    assert world.runs == []
    assert world.violations == []


def test_a_silent_deployer_accepts_and_never_reports(world: DeployerWorld) -> None:
    world.play_next("silent")
    assert order(world).status == 202
    assert play(world) == []
    assert world.live == {}


def test_a_late_deployer_reports_its_end_only_when_it_is_let_go(world: DeployerWorld, clock: Clock) -> None:
    world.play_next("late")
    order(world)
    assert states(play(world)) == ["accepted", "in_progress", "in_progress"]
    clock.advance(86_400)
    assert play(world) == []
    world.release_late()
    assert states(play(world)) == ["succeeded"]
    assert world.live[SLOT].sha == SHA


@pytest.mark.parametrize(
    "later, state",
    [
        ([], "succeeded"),
        ([{"action": "cancel"}], "cancelled"),
        ([{"deployment": "d-9876543210"}], "cancelled"),
        ([{"deployment": "d-9876543210", "environment": "staging"}], "succeeded"),
    ],
)
def test_a_silent_deployer_tells_how_it_ended_once_it_is_let_go(
    world: DeployerWorld, later: list[dict[str, str]], state: str
) -> None:
    world.play_next("silent")
    order(world)
    assert world.waiting == 1
    world.behaviour = "reject"
    for each in later:
        order(world, "msg_2", **each)
    world.release_late()
    assert states(play(world)) == [state]
    assert (SLOT in world.live) == (state == "succeeded")
    assert world.waiting == 0
    world.release_late()
    assert play(world) == []


def test_a_deployer_may_tell_everything_twice_under_the_same_id(world: DeployerWorld) -> None:
    world.play_next("duplicate_reports")
    order(world)
    told = play(world)
    assert [report["sequence"] for report in told] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [report["id"] for report in told[::2]] == [report["id"] for report in told[1::2]]


def test_a_hostile_deployer_sends_what_nobody_should_print(world: DeployerWorld) -> None:
    world.play_next("hostile")
    order(world)
    last = play(world)[-1]
    assert last["state"] == "failed"
    assert all(
        part in last["description"] for part in ("\x00", "\x1b[31m", "\u202e", "<script>", "<!channel>")
    )
    assert len(last["description"]) > 100_000
    assert last["log_url"].startswith("javascript:")


def test_a_synchronous_deployer_answers_with_the_whole_report(world: DeployerWorld) -> None:
    world.play_next("synchronous")
    answer = order(world)
    assert (answer.status, answer.document["state"], answer.document["sequence"]) == (200, "succeeded", 1)
    assert world.live[SLOT].sha == SHA
    assert play(world) == []
    assert order(world).document == answer.document


def test_reports_are_paced(clock: Clock) -> None:
    world = new_world(clock, step_seconds=0.6)
    order(world)
    assert play(world) == []
    clock.advance(0.6)
    assert states(play(world)) == ["accepted"]
    clock.advance(0.6)
    assert states(play(world)) == ["in_progress"]


def test_a_report_that_nobody_takes_is_tried_again_under_the_same_id(
    world: DeployerWorld, clock: Clock
) -> None:
    order(world)
    [run] = world.runs
    first = world.next_report(run)
    world.answered(run, None)
    assert run.due_at == clock() + 0.5
    clock.advance(0.5)
    second = world.next_report(run)
    world.answered(run, 503)
    assert run.due_at == clock() + 1.0
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    clock.advance(1.0)
    assert states(play(world)) == ["accepted", "in_progress", "in_progress", "succeeded"]
    assert run.statuses == [None, 503, 202, 202, 202, 202]


def test_a_report_is_given_up_after_ten_tries(world: DeployerWorld, clock: Clock) -> None:
    world.play_next("synchronous")
    world.play_next("fail")
    order(world, "msg_0")
    order(world)
    run = world.runs[-1]
    while run.sequence == 1:
        clock.now = max(clock.now, run.due_at)
        world.next_report(run)
        world.answered(run, 500)
    assert (len(run.statuses), run.lost_reports) == (10, 1)


def test_what_is_live_changes_even_if_nobody_takes_the_report(world: DeployerWorld, clock: Clock) -> None:
    world.retry_seconds = ()
    order(world)
    play(world, status=None)
    assert world.live[SLOT].sha == SHA
    assert world.runs[0].lost_reports == 4


def test_a_cancelled_deployment_reports_that_it_was_stopped(world: DeployerWorld) -> None:
    world.play_next("late")
    order(world)
    play(world)
    assert order(world, "msg_2", action="cancel").status == 202
    assert states(play(world)) == ["cancelled"]
    assert world.live == {}


def test_a_cancellation_while_a_report_is_on_its_way_is_reported_next(world: DeployerWorld) -> None:
    order(world)
    [run] = world.runs
    world.next_report(run)
    order(world, "msg_2", action="cancel")
    world.answered(run, 202)
    told = play(world)
    assert [(report["state"], report["sequence"]) for report in told] == [("cancelled", 2)]


def test_scaling_changes_no_version(world: DeployerWorld) -> None:
    order(world, action="scale", params={"replicas": 3})
    assert states(play(world))[-1] == "succeeded"
    assert world.live == {}


@pytest.mark.parametrize(
    "trouble, status, cut, runs",
    [
        ("unavailable", 503, False, 0),
        ("reset", 0, True, 0),
        ("lost_reply", 202, True, 1),
        ("slow", 202, False, 1),
    ],
)
def test_trouble_meets_the_next_order_only(
    world: DeployerWorld, trouble: Any, status: int, cut: bool, runs: int
) -> None:
    world.break_next(trouble)
    answer = order(world)
    assert (answer.status, answer.cut, len(world.runs)) == (status, cut, runs)
    assert bool(answer.delay_seconds) is (trouble == "slow")
    assert order(world).status == 202
    assert len(world.runs) == 1


def test_the_log_tells_what_was_done(world: DeployerWorld) -> None:
    world.play_next("fail")
    order(world)
    play(world)
    log = world.log_of("d-0123456789-1")
    assert log.startswith("deploy acme/shop api aaaaaaa to production")
    assert FAILURE in log
    with pytest.raises(KeyError):
        world.log_of("d-0000000000-1")


def test_the_secret_is_checked_and_not_shown(clock: Clock) -> None:
    assert SECRET not in repr(new_world(clock))
    with pytest.raises(ValueError, match="whsec_"):
        DeployerWorld(clock, new_world(clock).random, "c2VjcmV0")


def test_listeners_hear_of_orders_and_reports(world: DeployerWorld) -> None:
    heard: list[str] = []
    world.listeners.append(lambda: heard.append("changed"))
    order(world)
    assert heard == ["changed"]
    play(world)
    assert len(heard) == 5
