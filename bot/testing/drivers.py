"""The contract of every driver, as tests to inherit: whatever a deployer does, the slot must end right.

A driver's own test file gives a `Rig` (the driver with a deployer that can be told how to behave) by a
fixture `rig` and inherits `DriverContract`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from bot.domain.errors import PassingFault
from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.testing.trial import KEY, Manner, Rig, Trial, effect_for, order_for

__all__ = ["KEY", "DriverContract", "Manner", "Rig", "Trial", "effect_for", "order_for"]

Test = TypeVar("Test", bound=Callable[..., Any])


def _needs(manner: Manner) -> Callable[[Test], Test]:
    """Mark a test with the manner that its deployer has to be able to show."""

    def marked(test: Test) -> Test:
        test.manner = manner  # type: ignore[attr-defined]
        return test

    return marked


class DriverContract:
    """What every driver promises. Inherit it, and give a fixture `rig`."""

    @pytest.fixture
    def trial(self, rig: Rig) -> Trial:
        """A deployment that is about to be asked for."""
        return Trial(rig)

    @pytest.fixture(autouse=True)
    def _only_what_this_deployer_can_do(self, rig: Rig, request: pytest.FixtureRequest) -> None:
        manner = getattr(request.function, "manner", None)
        if manner is not None and manner not in rig.manners:
            pytest.skip(f"this deployer never does: {manner}")

    @_needs("succeed")
    async def test_success_becomes_live(self, trial: Trial) -> None:
        """What the deployer finished is live."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow()
        assert (trial.deployment.state, trial.slot.live.known) == ("succeeded", True)
        assert trial.slot.live.sha == trial.order.sha
        assert trial.rig.started == 1

    @_needs("fail")
    async def test_failure_is_a_failure_with_words_and_nothing_is_live(self, trial: Trial) -> None:
        """What failed is never shown as live, and says why."""
        trial.rig.behave("fail")
        await trial.ask()
        await trial.follow()
        assert (trial.deployment.state, trial.slot.live.known) == ("failed", False)
        assert trial.deployment.description

    @_needs("succeed")
    async def test_progress_is_seen_before_the_end(self, trial: Trial) -> None:
        """People see that something goes on."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow()
        assert trial.deployment.accepted_at is not None
        assert len(trial.shown) >= 2

    @_needs("silent")
    async def test_silence_is_never_success(self, trial: Trial) -> None:
        """A deployer that says nothing leaves it under way, until its timeout."""
        trial.rig.behave("silent")
        await trial.ask()
        await trial.follow()
        assert not trial.deployment.ended
        trial.time_out()
        assert (trial.deployment.state, trial.slot.live.known) == ("timed_out", False)

    @_needs("hold")
    async def test_a_late_success_corrects_what_is_live_and_never_the_outcome(self, trial: Trial) -> None:
        """After the timeout its success still counts for what is live."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        trial.time_out()
        await trial.rig.release()
        await trial.hear()
        if not trial.slot.live.known:
            await trial.look()
        assert (trial.deployment.state, trial.slot.live.sha) == ("timed_out", trial.order.sha)

    @_needs("succeed")
    async def test_repeated_reports_change_nothing(self, trial: Trial) -> None:
        """Everything that is reported may come three times."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow(times=3)
        assert trial.deployment.state == "succeeded"
        assert len(trial.slot.history) == 1

    @_needs("succeed")
    async def test_being_asked_again_starts_nothing_twice(self, trial: Trial) -> None:
        """A crash behind the reply asks again, under the same key."""
        trial.rig.behave("succeed")
        await trial.ask()
        assert await trial.ask_in_doubt() != ""
        assert trial.rig.started == 1

    @_needs("lose_reply")
    async def test_a_lost_reply_starts_nothing_twice(self, trial: Trial) -> None:
        """Whoever cannot tell whether it began says so, and does not begin again."""
        trial.rig.behave("lose_reply")
        with pytest.raises(PassingFault) as fault:
            await trial.ask_once()
        assert fault.value.applied_maybe
        trial.rig.wait(10.0)
        assert await trial.ask_in_doubt() != ""
        assert trial.rig.started == 1

    @_needs("refuse")
    async def test_a_refusal_is_an_answer_and_says_why(self, trial: Trial) -> None:
        """What was not taken has failed, with the deployer's words."""
        trial.rig.behave("refuse")
        await trial.ask()
        assert (trial.deployment.state, trial.deployment.reason) == ("failed", "deployer_refused")
        assert trial.deployment.description
        assert trial.rig.started == 0

    @_needs("unavailable")
    async def test_a_deployer_that_is_away_is_asked_again(self, trial: Trial) -> None:
        """Passing trouble is waited out."""
        trial.rig.behave("unavailable")
        with pytest.raises(PassingFault):
            await trial.ask_once()
        assert trial.rig.started == 0
        trial.rig.behave("succeed")
        trial.rig.wait(10.0)
        await trial.ask(uncertain=True)
        await trial.follow()
        assert (trial.deployment.state, trial.rig.started) == ("succeeded", 1)

    @_needs("hold")
    async def test_what_is_stopped_ends_as_cancelled_or_says_that_it_goes_on(self, trial: Trial) -> None:
        """Only the deployer can say that it stopped."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        await trial.cancel()
        await trial.follow()
        if trial.deployment.ended:
            assert (trial.deployment.state, trial.slot.live.known) == ("cancelled", False)
        else:
            assert any("could not be stopped" in said for said in trial.shown)

    @_needs("hold")
    async def test_a_restart_in_the_middle_loses_nothing(self, trial: Trial) -> None:
        """What runs is followed by the next process."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        await trial.rig.restart()
        await trial.look()
        assert not trial.deployment.ended
        await trial.rig.release()
        await trial.follow()
        assert (trial.deployment.state, trial.rig.started) == ("succeeded", 1)

    @_needs("hostile")
    async def test_hostile_output_becomes_short_plain_lines(self, trial: Trial) -> None:
        """Ten megabytes of control characters and Markdown are one bounded line of text."""
        trial.rig.behave("hostile")
        await trial.ask()
        await trial.follow()
        assert trial.deployment.state == "failed"
        for said in trial.shown:
            assert len(said) <= DESCRIPTION_CHARS_MAX
            assert said.isprintable()
        link = trial.deployment.log_url
        assert link is None or link.startswith(("http://", "https://"))
