"""The simulation finds every planted fault, within the number of seeds that is stated.

Without this a simulation that looks at nothing would be green as well. The same seeds find nothing in the bot
as it is (`test_seeds`).
"""

from collections.abc import Iterator

import pytest

from tests.simulation.planted import CATALOGUE, Planted
from tests.simulation.simulation import Result, run
from tests.simulation.test_seeds import SEEDS

FAULTS_MIN = 15


def findings(fault: Planted) -> Iterator[Result]:
    for seed in range(fault.first, fault.first + fault.within):
        result = run(seed, plant=fault.plant)
        if result.findings:
            yield result


def test_the_catalogue_is_as_large_as_it_is_meant_to_be() -> None:
    assert len(CATALOGUE) >= FAULTS_MIN
    assert all(fault.first + fault.within - 1 <= SEEDS for fault in CATALOGUE.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_planted_fault_is_found(name: str) -> None:
    fault = CATALOGUE[name]
    found = next(findings(fault), None)
    assert found is not None, f"{name}: nothing was found in {fault.within} seeds from {fault.first} on"
    assert found.invariants & fault.breaks, f"{name} broke {sorted(found.invariants)}"
