"""A seed is a run, line by line, in any process and with any hash seed; it never asks this machine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.simulation.reality import Reached, nothing_real
from tests.simulation.simulation import run

ROOT = Path(__file__).parents[2]
_PROGRAM = "import sys; from tests.simulation.simulation import run; print(run(int(sys.argv[1])).digest)"


def digest_elsewhere(seed: int, hash_seed: str) -> str:
    """The digest of a run in a process of its own."""
    environ = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _PROGRAM, str(seed)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 33])
def test_a_seed_gives_the_same_run_whatever_the_hash_seed(seed: int) -> None:
    digests = {digest_elsewhere(seed, "1"), digest_elsewhere(seed, "4242"), run(seed).digest}
    assert len(digests) == 1


def test_a_seed_gives_the_same_run_after_others() -> None:
    first = run(3)
    run(4)
    again = run(3)
    assert (first.digest, first.counters) == (again.digest, again.counters)


def test_other_seeds_give_other_runs() -> None:
    assert len({run(seed).digest for seed in (1, 2, 3)}) == 3


def test_whoever_of_ours_asks_this_machine_for_the_time_is_stopped() -> None:
    with nothing_real():
        with pytest.raises(Reached):
            time.time()
        compiled = compile("import random; random.random()", "made up", "exec")
        with pytest.raises(Reached):
            exec(compiled, {"__name__": "bot.made_up"})  # noqa: S102 - a module of ours that is not there
        exec(compiled, {"__name__": "slack_bolt.made_up"})  # noqa: S102 - vendors may measure for themselves
    assert time.time() > 0
