"""Plays rounds of kills and prints what came of them: `make crash ROUNDS=100`.

Ends with 1 on any finding, after it has said what is needed to play that round again.
"""

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.crash.rounds import Result, planned, play

WORDS = {
    "start": "while it started",
    "sweep": "in a sweep of GitHub's log",
    "command": "with work under way",
    "idle": "with nothing to do",
}


def main() -> int:
    """Play, print, and give the exit code."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="how many rounds (100)")
    parser.add_argument("--seed", type=int, default=1, help="the first round's seed (1)")
    parser.add_argument("--at-once", type=int, default=4, help="how many are played at the same time (4)")
    parser.add_argument("--keep", type=Path, help="keep the ledgers of rounds with findings here")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.rounds)
    results = asyncio.run(_played(seeds, options.at_once, options.keep))
    print(table(results))  # noqa: T201 - it talks to a terminal
    return 1 if any(result.findings for result in results) else 0


async def _played(seeds: Sequence[int], at_once: int, keep: Path | None) -> list[Result]:
    results: list[Result] = []
    places = asyncio.Semaphore(at_once)

    async def one(seed: int) -> None:
        async with places:
            results.append(await _round(seed, keep))
        print(f"[{len(results)}/{len(seeds)}] {described(results[-1])}", flush=True)  # noqa: T201

    await asyncio.gather(*(one(seed) for seed in seeds))
    return results


async def _round(seed: int, keep: Path | None) -> Result:
    with tempfile.TemporaryDirectory(prefix="pointsman-crash-") as folder:
        result = await play(planned(seed), Path(folder))
        if result.findings and keep is not None:
            shutil.copytree(folder, keep / f"seed-{seed}", dirs_exist_ok=True)
    return result


def described(result: Result) -> str:
    """One line about a round, and where something was found everything about it."""
    plan = result.plan
    kills = ", ".join(f"{death.where}" for death in result.deaths) or "none"
    line = f"seed {plan.seed}, {plan.story}: killed at {kills}; {result.seconds:.1f} s"
    if not result.findings:
        return f"{line}; nothing lost, nothing twice"
    found = "\n".join(f"    - {each}" for each in result.findings)
    again = f"    play it again: make crash ROUNDS=1 ARGS='--seed {plan.seed}'\n    plan: {plan.kills}"
    left = "\n".join(f"    left by kill {n}: {death.left}" for n, death in enumerate(result.deaths, 1))
    return f"{line}; FOUND\n{found}\n{again}\n{left}"


def table(results: Sequence[Result]) -> str:
    """The figures, for people."""
    deaths = [death for result in results for death in result.deaths]
    where = Counter(death.where for death in deaths)
    ready = sorted(seconds for result in results for seconds in result.ready_seconds)
    found = [each for result in results for each in result.findings]
    repeated = [each for each in found if " times: " in each]
    lost = [each for each in found if "acknowledged and lost" in each or "never arrived" in each]
    sent, stored, finished = (
        sum(getattr(result, name) for result in results) for name in ("sent", "stored", "finished")
    )
    rows = [
        ("rounds (stories, each with a fresh ledger)", str(len(results))),
        ("kills by SIGKILL", str(len(deaths))),
        *((f"  {words}", str(where[name])) for name, words in WORDS.items()),  # type: ignore[index]
        ("webhooks of GitHub: sent, stored, finished", f"{sent}, {stored}, {finished}"),
        ("lost", str(len(lost))),
        ("repeated", str(len(repeated))),
        ("other findings", str(len(found) - len(lost) - len(repeated))),
        ("ready after a start: median, longest", f"{_median(ready):.2f} s, {max(ready, default=0):.2f} s"),
        ("a round: median, longest", _spread([result.seconds for result in results])),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def _spread(values: Sequence[float]) -> str:
    return f"{_median(values):.1f} s, {max(values, default=0):.1f} s"


if __name__ == "__main__":
    sys.exit(main())
