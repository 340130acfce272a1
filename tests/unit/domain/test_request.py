"""What somebody asked for: its parts, and the state that tells most."""

import pytest

from bot.domain.deployment import State
from bot.domain.events import Live, RequestProgressed, TurnCame
from bot.domain.request import Part, Request, apply
from tests.unit.reactors.stories import NEW, deployment, request


def states(*each: State) -> Request:
    return Request(request("new").made, tuple(Part(deployment(state=state)) for state in each))


def test_a_request_begins_with_a_part_for_each_order() -> None:
    made = request("one", "two")
    assert [part.deployment.id for part in made.parts] == ["d-one", "d-two"]
    assert (made.state, made.ended) == ("requested", False)


def test_a_request_that_is_made_again_stays_as_it_is() -> None:
    progressed = apply(request("one"), RequestProgressed(deployment=deployment("d-one", "running")))
    assert apply(progressed, request("one").made) == progressed


def test_the_newest_picture_of_a_deployment_counts_and_the_others_stay() -> None:
    live = Live("d-one", NEW, known=True)
    data = RequestProgressed(deployment=deployment("d-one", "succeeded"), live=live)
    now = apply(request("one", "two"), data)
    assert now is not None
    assert [part.deployment.state for part in now.parts] == ["succeeded", "requested"]
    assert now.parts[0].live == live


def test_what_does_not_concern_it_leaves_it_as_it_was() -> None:
    stranger = RequestProgressed(deployment=deployment("d-other", "failed"))
    assert apply(request("one"), stranger) == request("one")
    assert apply(request("one"), TurnCame()) == request("one")
    assert apply(None, stranger) is None


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        (("succeeded", "succeeded"), "succeeded"),
        (("succeeded", "running"), "running"),
        (("running", "failed"), "failed"),
        (("succeeded", "timed_out"), "timed_out"),
        (("unknown", "running"), "unknown"),
        (("queued", "starting"), "starting"),
        (("succeeded", "refused"), "refused"),
        (("superseded", "cancelled"), "cancelled"),
    ],
)
def test_what_went_wrong_is_told_first_then_what_goes_on_then_success(
    parts: tuple[State, State], state: State
) -> None:
    assert states(*parts).state == state
    assert states(*reversed(parts)).state == state


def test_it_ended_when_every_part_has() -> None:
    assert not states("succeeded", "running").ended
    assert states("succeeded", "failed").ended
