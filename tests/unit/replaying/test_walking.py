"""The states that a decision can have seen: the one after its event first, later ones where it may be."""

from msgspec.structs import replace

from bot.domain.change import ChangeState
from bot.domain.events import CommandAnswered
from bot.ports import OutcomeRow
from bot.ports.retelling import Place, Told
from bot.replaying.walking import STATES_MAX, Fold, Step
from tests.unit.reactors.stories import PULL, event


def told(name: str, version: int, recorded_at: float, *decided_at: float) -> Told:
    data = CommandAnswered(command=name, answer="answered", reason="test")
    outcomes = [
        OutcomeRow(
            event=name,
            reactor=f"reactor-{number}",
            outcome="acted",
            reason="done",
            values={},
            facts=None,
            decided_at=at,
        )
        for number, at in enumerate(decided_at)
    ]
    happened = replace(event(data, PULL, name), recorded_time=recorded_at)
    return Told(event=happened, place=Place(version, version), outcomes=tuple(outcomes))


def walked(*events: Told) -> list[Step]:
    fold = Fold(PULL, None)
    steps = [step for each in events for step in fold.add(each)]
    return steps + list(fold.end())


def seen(step: Step) -> list[tuple[str, ...]]:
    return [state.commands for state in step.states if isinstance(state, ChangeState)]


def test_a_decision_saw_the_state_right_after_its_event() -> None:
    first, second = walked(told("e-1", 1, 10.0, 11.0), told("e-2", 2, 20.0, 21.0))
    assert seen(first) == [("e-1",)]
    assert seen(second) == [("e-1", "e-2")]


def test_one_that_was_tried_again_may_have_seen_what_had_been_applied_by_then() -> None:
    steps = walked(told("e-1", 1, 10.0, 99.0), told("e-2", 2, 20.0, 21.0), told("e-3", 3, 100.0, 101.0))
    late = next(step for step in steps if step.event.id == "e-1")
    assert seen(late) == [("e-1",), ("e-1", "e-2")]


def test_the_second_reactor_may_have_seen_what_the_first_one_made_of_it() -> None:
    steps = walked(told("e-1", 1, 10.0, 11.0, 11.0), told("own", 1, 11.0), told("e-2", 2, 12.0, 13.0))
    of_first = [step for step in steps if step.event.id == "e-1"]
    assert [step.outcome.reactor for step in of_first] == ["reactor-0", "reactor-1"]
    assert seen(of_first[1]) == [("e-1",), ("e-1", "own")]


def test_so_many_states_are_kept_at_most() -> None:
    steps = walked(*(told(f"e-{version}", version, 10.0, 500.0) for version in range(1, 60)))
    assert max(len(step.states) for step in steps) == STATES_MAX
