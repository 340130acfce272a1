"""Which state a key has, how it is kept, and under which names it is found."""

import pytest

from bot.domain import state
from bot.domain.change import ChangeState
from bot.domain.deployment import DriverCall
from bot.domain.events import CommandAnswered, DeploymentRequested, MessagePosted, TurnCame
from bot.domain.request import Request
from bot.domain.slot import Slot
from tests.unit.reactors.stories import NEW, PULL, SHOP, SLOT, after_failure, done, order, request


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        (PULL, ChangeState(state="open", head_sha=NEW, commands=("e-1",))),
        (SLOT, after_failure(bad=("x",), queue=(done(),))),
        ("request:r-new", request("one", "two")),
    ],
)
def test_a_state_that_was_written_is_read_as_it_was(key: str, kept: object) -> None:
    assert state.decode(key, state.encode(kept)) == kept


def test_keys_of_other_kinds_order_their_events_and_keep_nothing() -> None:
    key = "slack:C0DEPLOYS"
    assert state.apply(key, None, TurnCame()) is None
    assert state.decode(key, state.encode(None)) is None


def test_an_event_is_applied_by_its_keys_kind() -> None:
    answered = CommandAnswered(command="e-1", answer="answered", reason="help")
    assert state.apply(PULL, None, answered) == ChangeState(commands=("e-1",))
    assert state.apply(SLOT, None, answered) == Slot()
    assert isinstance(state.apply("request:r-new", None, request("one").made), Request)


def test_keys_are_what_they_say() -> None:
    assert state.pull_request_key(SHOP, 12) == PULL
    assert state.slot_key(order()) == SLOT
    assert state.request_key("r-1") == "request:r-1"


def test_people_find_things_by_ids_commits_and_threads() -> None:
    made = request("one").made
    assert state.aliases(made) == ("r-new", NEW)
    assert state.aliases(DeploymentRequested(order=order())) == ("d-new", NEW)
    by_workflow = order(call=DriverCall("github_actions", reports="actions"))
    assert state.aliases(DeploymentRequested(order=by_workflow)) == ("d-new", NEW, "dispatch:1:d-new")
    posted = MessagePosted(channel="C0", ts="1.5")
    assert state.aliases(posted) == (state.thread_alias("C0", "1.5"),)
    assert state.aliases(TurnCame()) == ()
