"""Which deliveries are asked for again, how often, and in which order."""

import pytest

from bot.ports import DeliveryRow, Sent
from bot.runtime.missing import ASKED_AGAIN_MAX, SPACING_SECONDS, Asking, Known, judge

NOW = 10_000.0


def row(id: str, state: str, event: str = "pull_request", reason: str | None = None) -> DeliveryRow:
    return DeliveryRow(
        id=id,
        source="github",
        event=event,
        action=None,
        received_at=1.0,
        state=state,  # type: ignore[arg-type]
        outcome=None,
        reason=reason,
    )


def known(*rows: DeliveryRow, since: float | None = 0.0, **asked: Asking) -> Known:
    return Known(rows={each.id: each for each in rows}, asked=asked, answers_since=since)


def failed(id: str, at: float = 100.0, event: str = "pull_request", again: bool = False) -> Sent:
    return Sent(int(at), id, at, False, event, again)


def asked_for(*attempts: Sent, by: Known | None = None) -> list[str]:
    return [attempt.delivery for attempt in judge(attempts, by or known(), NOW).ask]


def test_what_never_arrived_is_asked_for_in_the_order_of_what_happened() -> None:
    assert asked_for(failed("c", 300.0), failed("b", 200.0), failed("a", 100.0)) == ["a", "b", "c"]


def test_a_comment_that_may_hold_a_command_that_still_counts_comes_first() -> None:
    old, fresh = failed("old", NOW - 700, "issue_comment"), failed("fresh", NOW - 30, "issue_comment")
    assert asked_for(fresh, failed("b", 200.0), old) == ["fresh", "b", "old"]


def test_the_newest_attempt_is_the_one_that_is_repeated() -> None:
    assert [each.attempt for each in judge([failed("a", 200.0), failed("a", 100.0)], known(), NOW).ask] == [
        200
    ]


@pytest.mark.parametrize("state", ["received", "done"])
def test_what_is_stored_is_not_asked_for_although_its_answer_was_lost(state: str) -> None:
    assert asked_for(failed("a"), by=known(row("a", state))) == []


def test_what_failed_here_is_asked_for_because_a_redelivery_repairs_it() -> None:
    arrived = Sent(1, "a", 100.0, True)
    assert asked_for(arrived, by=known(row("a", "failed", reason="gave_up"))) == ["a"]


def test_a_command_that_failed_is_left_to_the_person_who_was_told() -> None:
    arrived = Sent(1, "a", 100.0, True)
    assert asked_for(arrived, by=known(row("a", "failed", "issue_comment", "gave_up"))) == []


def test_a_comment_that_could_not_be_read_told_nobody_and_is_asked_for() -> None:
    broken = row("a", "failed", "issue_comment", "translation_failed: KeyError")
    assert asked_for(Sent(1, "a", 100.0, True), by=known(broken)) == ["a"]


def test_what_arrived_and_is_not_here_was_lost_with_a_restored_backup() -> None:
    arrived = Sent(1, "a", 100.0, True)
    assert asked_for(arrived, by=known(since=50.0)) == ["a"]


@pytest.mark.parametrize("since", [None, 150.0])
def test_what_arrived_before_this_ledger_began_is_another_ones_business(since: float | None) -> None:
    assert asked_for(Sent(1, "a", 100.0, True), by=known(since=since)) == []


def test_it_is_asked_for_three_times_with_growing_pauses_and_then_never_came() -> None:
    tries = [failed("a", 100.0)]
    for times in range(1, ASKED_AGAIN_MAX):
        at = NOW - SPACING_SECONDS[times] + 1  # the newest attempt is not old enough
        verdict = judge([failed("a", at, again=True), *tries], known(), NOW)
        assert verdict.ask == ()
        assert verdict.again_at == NOW + 1
        assert verdict.unsettled_since == 100.0
        tries.insert(0, failed("a", 100.0 + times, again=True))
        assert [each.delivery for each in judge(tries, known(), NOW).ask] == ["a"]
    tries.insert(0, failed("a", 200.0, again=True))
    verdict = judge(tries, known(), NOW)
    assert (verdict.ask, verdict.again_at, verdict.never_came) == ((), None, ("a",))
    assert verdict.unsettled_since is None


def test_what_was_asked_for_just_now_is_not_in_the_senders_log_yet() -> None:
    verdict = judge([failed("a")], known(a=Asking(1, NOW - 10)), NOW)
    assert (verdict.ask, verdict.again_at) == ((), NOW - 10 + SPACING_SECONDS[1])


def test_what_the_sender_will_not_repeat_is_asked_for_no_more_often() -> None:
    """Its log shows no attempt, so our own count has to end it."""
    assert judge([failed("a")], known(a=Asking(ASKED_AGAIN_MAX, 100.0)), NOW).never_came == ("a",)
