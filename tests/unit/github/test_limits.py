"""When GitHub may be asked again."""

import pytest

from bot.domain.errors import PassingFault
from bot.github.limits import RateLimits
from bot.github.replies import Reply
from tests.unit.doors import NOW, StoppedClock


def reply(remaining: int, reset: float = NOW + 600, status: int = 200, **headers: str) -> Reply:
    told = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset)),
    }
    return Reply(status, told | {name.replace("_", "-"): text for name, text in headers.items()}, b"{}")


def limits() -> tuple[RateLimits, StoppedClock]:
    clock = StoppedClock()
    return RateLimits("installation 1", clock), clock


def remaining(of: RateLimits) -> int | None:
    limit = of.limit("core")
    return limit.remaining if limit else None


def test_nothing_is_known_before_the_first_answer() -> None:
    known, _ = limits()
    known.check("core")
    assert (known.limit("core"), known.seconds_to_reset("core")) == (None, None)


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-ratelimit-limit": "5000"}, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "-1"}],
)
def test_a_server_that_tells_no_limits_has_none(headers: dict[str, str]) -> None:
    known, _ = limits()
    known.note(Reply(200, headers, b""))
    known.check("core")
    assert known.limit("core") is None


def test_answers_that_overtake_each_other_never_raise_what_remains() -> None:
    known, _ = limits()
    for left in (10, 0, 3):
        known.note(reply(left))
    assert remaining(known) == 0
    with pytest.raises(PassingFault):
        known.check("core")


def test_a_new_window_counts_and_a_late_answer_of_the_old_one_does_not() -> None:
    known, _ = limits()
    known.note(reply(0))
    known.note(reply(4_999, reset=NOW + 4_200))
    known.note(reply(0))
    assert remaining(known) == 4_999


def test_the_reset_opens_the_door() -> None:
    known, clock = limits()
    known.note(reply(0))
    clock.time += 599
    with pytest.raises(PassingFault) as raised:
        known.check("core")
    assert raised.value.retry_after == 1.0
    clock.time += 1
    known.check("core")


def test_a_clock_ahead_of_githubs_still_waits_a_second() -> None:
    known, _ = limits()
    fault = known.fault_of(reply(0, reset=NOW - 100, status=403))
    assert fault is not None
    assert fault.retry_after == 1.0


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}',
        b'{"message": "You have triggered an abuse detection mechanism."}',
        b'{"message": "API rate limit exceeded for installation ID 1."}',
    ],
)
def test_a_403_that_speaks_of_limits_is_one(body: bytes) -> None:
    known, _ = limits()
    fault = known.fault_of(Reply(403, {}, body))
    assert fault is not None
    assert (fault.retry_after, fault.pause_lane) == (60.0, True)


@pytest.mark.parametrize("status", [200, 401, 404, 422, 500])
def test_other_answers_are_no_limits(status: int) -> None:
    known, _ = limits()
    assert known.fault_of(reply(0, status=status)) is None


def test_a_retry_after_counts_before_the_reset() -> None:
    known, _ = limits()
    fault = known.fault_of(reply(0, status=429, retry_after="5"))
    assert fault is not None
    assert fault.retry_after == 5.0


def test_a_burst_of_refusals_counts_as_one() -> None:
    known, clock = limits()
    waits = [known.fault_of(Reply(429, {}, b"")) for _ in range(5)]
    assert [fault.retry_after for fault in waits if fault] == [60.0] * 5
    clock.time += 60
    next_fault = known.fault_of(Reply(429, {}, b""))
    assert next_fault is not None
    assert next_fault.retry_after == 120.0


def test_an_answer_that_was_under_way_does_not_forget_a_strike() -> None:
    known, clock = limits()
    known.fault_of(Reply(429, {}, b""))
    known.went_well()
    clock.time += 60
    fault = known.fault_of(Reply(429, {}, b""))
    assert fault is not None
    assert fault.retry_after == 120.0
