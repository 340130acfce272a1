"""What a status of a GitHub Deployment means for a deployment of ours, in words and as a report.

Webhooks and looks come here alike, so that both say the same. Whoever writes a status writes what they like:
only plain bounded text and web links leave here.
"""

from collections.abc import Mapping

from msgspec import Struct

from bot.domain.report import plain_description, web_link
from bot.domain.values import DeployerState, Report, Seconds

_STATES: Mapping[str, DeployerState] = {
    "queued": "accepted",
    "pending": "accepted",
    "in_progress": "in_progress",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}
"""GitHub's words ("Create a deployment status"). `inactive` is none of them: it says that something else is
live, not how this deployment went."""

_PHASES: Mapping[DeployerState, int] = {"accepted": 0, "in_progress": 1, "succeeded": 2, "failed": 2}
_PHASES_MAX = 4


class DeploymentStatus(Struct, frozen=True, kw_only=True):
    """A status as it was written. `at` is when; `deployed_at` is when its deployment was made."""

    state: str
    at: Seconds
    deployed_at: Seconds
    description: str | None = None
    log_url: str | None = None


def tells_how_it_goes(state: str) -> bool:
    """Whether a status says something of its deployment's progress or end."""
    return state in _STATES


def report_of_status(status: DeploymentStatus, deployment: str) -> Report | None:
    """What a status reports of the deployment of ours; None where it tells nothing of how it goes."""
    state = _STATES.get(status.state)
    if state is None:
        return None
    return Report(
        deployment=deployment,
        state=state,
        sequence=_sequence(status, state),
        description=plain_description(status.description),
        log_url=web_link(status.log_url),
    )


def _sequence(status: DeploymentStatus, state: DeployerState) -> int:
    """The later second wins, and within a second the further state.

    GitHub writes whole seconds, and its ids of statuses are no use: they are larger than a sequence may be
    (2**31). Both times are GitHub's, so its clock is compared with itself alone.
    """
    seconds = max(int(status.at) - int(status.deployed_at), 0)
    return seconds * _PHASES_MAX + _PHASES[state]
