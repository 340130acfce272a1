"""`make simulate`: many seeds on all cores, with progress, what was found, and what was exercised.

Exit code 1 where anything was found. The same seeds always find the same.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from tests.simulation.simulation import Result, rarely_tidied, run

SHOWN_MAX = 10
PROGRESS_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; gives the exit code."""
    options = _options(arguments)
    began = time.monotonic()
    counters: Counter[str] = Counter()
    found: list[Result] = []
    seeds = range(options.first, options.first + options.seeds)
    told_at = began
    for done, result in enumerate(_results(seeds, options.workers), 1):
        counters += result.counters
        if result.findings:
            found.append(result)
            if len(found) <= SHOWN_MAX:
                click.echo(result.told())
        now = time.monotonic()
        if now - told_at >= PROGRESS_SECONDS:
            told_at = now
            rate = done / (now - began)
            click.echo(f"{done} of {len(seeds)} seeds, {rate:.1f} a second, {len(found)} with findings")
    _summary(counters, len(seeds), time.monotonic() - began, found)
    return 1 if found else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description="Play seeds and check the promises.")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many processes")
    return parser.parse_args(arguments)


def _results(seeds: range, workers: int) -> Iterator[Result]:
    if workers == 1 or len(seeds) == 1:
        yield from map(run, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(workers, rarely_tidied) as pool:
        yield from pool.imap(run, seeds, chunksize=4)


def _summary(counters: Counter[str], seeds: int, seconds: float, found: list[Result]) -> None:
    click.echo(
        f"\n{seeds} seeds in {seconds:.0f} s ({seeds / seconds:.1f} a second), {len(found)} with findings"
    )
    heading = ""
    for name, count in sorted(counters.items()):
        kind, colon, what = name.partition(": ")
        if kind != heading:
            heading = kind
            click.echo(f"\n{kind}" if colon else f"\n{kind:58} {count:8}")
        if colon:
            click.echo(f"  {what:56} {count:8}")
    if found:
        invariants = Counter(finding.invariant for result in found for finding in result.findings)
        click.echo("\nfindings")
        for invariant, count in invariants.most_common():
            click.echo(f"  {invariant:56} {count:8}")
        click.echo(f"\nseeds: {' '.join(str(result.seed) for result in found[:50])}")


if __name__ == "__main__":
    sys.exit(main())
