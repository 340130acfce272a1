"""GraphQL's refusals, which come with status 200."""

from typing import Any

import pytest

from bot.domain.errors import LastingFault, PassingFault
from bot.github.faults import NotThere
from bot.github.graphql import data_of, is_mutation


@pytest.mark.parametrize(
    ("query", "writes"),
    [
        ("{ viewer { login } }", False),
        ("query Mutation { viewer { login } }", False),
        ("mutation { x }", True),
        ("\n  mutation Enqueue($id: ID!) { x }", True),
        ("fragment F on X { a }\nmutation M { x }", True),
    ],
)
def test_only_a_mutation_changes_something(query: str, writes: bool) -> None:
    assert is_mutation(query) is writes


def test_data_is_given() -> None:
    assert data_of({"data": {"a": 1}}, None) == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"errors": [{"type": "NOT_FOUND", "message": "no such"}]}, NotThere),
        ({"data": {"a": 1}, "errors": [{"type": "FORBIDDEN", "message": "no"}]}, LastingFault),
        ({"errors": ["odd"]}, LastingFault),
        ({"errors": "odd"}, LastingFault),
        ([], LastingFault),
        (None, LastingFault),
    ],
)
def test_errors_refuse_the_whole_answer(answer: Any, fault: type[LastingFault]) -> None:
    with pytest.raises(fault):
        data_of(answer, None)


@pytest.mark.parametrize(("to_reset", "wait"), [(30.0, 30.0), (None, 60.0)])
def test_a_limit_passes(to_reset: float | None, wait: float) -> None:
    with pytest.raises(PassingFault) as raised:
        data_of({"errors": [{"type": "RATE_LIMITED", "message": "slow down"}]}, to_reset)
    assert (raised.value.retry_after, raised.value.pause_lane) == (wait, True)
