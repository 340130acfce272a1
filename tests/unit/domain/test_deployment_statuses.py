"""What a status of a GitHub Deployment says of a deployment of ours."""

import pytest

from bot.domain.deployment_statuses import DeploymentStatus, report_of_status, tells_how_it_goes
from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.domain.values import Report

DEPLOYED_AT = 1_770_000_000.0


def report(state: str, after: float = 0.0, **said: str) -> Report | None:
    status = DeploymentStatus(state=state, at=DEPLOYED_AT + after, deployed_at=DEPLOYED_AT, **said)
    return report_of_status(status, "d-0000000001")


def sequence(state: str, after: float = 0.0) -> int:
    made = report(state, after)
    assert made is not None
    assert made.sequence is not None
    return made.sequence


@pytest.mark.parametrize(
    "state,meant",
    [
        ("queued", "accepted"),
        ("pending", "accepted"),
        ("in_progress", "in_progress"),
        ("success", "succeeded"),
        ("failure", "failed"),
        ("error", "failed"),
    ],
)
def test_githubs_words_become_ours(state: str, meant: str) -> None:
    made = report(state)
    assert made is not None
    assert (made.deployment, made.state) == ("d-0000000001", meant)
    assert tells_how_it_goes(state)


@pytest.mark.parametrize("state", ["inactive", "", "abandoned", "SUCCESS"])
def test_what_does_not_say_how_it_goes_is_no_report(state: str) -> None:
    assert report(state) is None
    assert not tells_how_it_goes(state)


def test_words_and_links_are_made_safe() -> None:
    made = report("failure", description="\x1b[31mpods\n" + "x" * 5_000, log_url="javascript:alert(1)")
    assert made is not None
    assert made.description is not None
    assert made.description.isprintable()
    assert len(made.description) <= DESCRIPTION_CHARS_MAX
    assert made.log_url is None


def test_the_later_second_is_the_newer_report() -> None:
    assert (
        sequence("failure", 1) < sequence("queued", 2) < sequence("in_progress", 3) < sequence("success", 4)
    )


def test_within_a_second_the_further_state_is_the_newer_report() -> None:
    assert sequence("pending") < sequence("in_progress") < sequence("success") == sequence("failure")
    assert sequence("failure", 0.9) < sequence("pending", 1.0)


def test_a_sequence_is_never_negative_and_fits_for_years() -> None:
    assert sequence("queued", -5) == 0
    assert sequence("success", 10 * 365 * 86_400) < 2**31
