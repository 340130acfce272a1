"""`make bench`: measures and prints a table. Figures are of this machine and this run only."""

import asyncio
import os
import platform
import statistics
import sys

import click

from bench import aftermath, decisions, ledger, page, webhooks


def percentile(values: list[float], share: float) -> float:
    """Give the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@click.command()
@click.option("--ledger-events", default=ledger.MANY, show_default=True, help="How long the history is.")
@click.option("--only-ledger", is_flag=True, help="Measure the long history alone.")
@click.option("--only-aftermath", is_flag=True, help="Measure the failing probe and the click alone.")
@click.option("--only-decisions", is_flag=True, help="Measure gates and grammar alone.")
def main(ledger_events: int, only_ledger: bool, only_decisions: bool, only_aftermath: bool) -> None:
    """Run the benchmarks and print what they showed."""
    click.echo(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    if only_ledger:
        _ledger(ledger_events)
        return
    if only_aftermath:
        _aftermath()
        return
    _decisions()
    if only_decisions:
        return
    click.echo(
        f"\n{webhooks.PER_SECOND} deliveries/s for {webhooks.SECONDS} s, one bot process, SQLite, "
        "full synchronisation; the simulated GitHub shares the machine"
    )
    measured = asyncio.run(webhooks.measure())
    rows = [
        ("start until ready", f"{measured.start_seconds:.2f} s", "< 2 s"),
        ("memory, idle", f"{measured.idle_megabytes:.0f} MB", "< 120 MB"),
        ("memory, after the load", f"{measured.loaded_megabytes:.0f} MB", ""),
        ("deliveries", f"{measured.deliveries} of {measured.body_bytes / 1000:.1f} KB", ""),
        *_times("acknowledged after", measured.acknowledged, "p99 < 50 ms"),
        *_times("check run at GitHub after", measured.checked, "p99 < 250 ms"),
        ("pushes without check runs", str(measured.missing), "0"),
    ]
    _print(rows)
    _aftermath()
    never_seen = _page()
    _ledger(ledger_events)
    sys.exit(1 if measured.missing or never_seen else 0)


def _aftermath() -> None:
    """Measure how fast people hear of a failing probe, and how fast their answer is carried out."""
    every = f"{aftermath.INTERVAL_SECONDS:.0f} s"
    click.echo(f"\n{aftermath.ROUNDS} rounds: a probe every {every}, one failure is enough")
    measured = asyncio.run(aftermath.measure())
    _print(
        [
            *_times("from falling ill to the question in Slack", measured.asked, "< 2000 ms"),
            *_times("from the click to the deployer's request", measured.ordered, "< 300 ms"),
        ]
    )


def _decisions() -> None:
    """Measure what holds up the event loop: gates, and the grammar."""
    click.echo(
        f"decisions: {decisions.SERVICES} services, {decisions.ENVIRONMENTS} environments, "
        f"{decisions.CHECKS} check runs; texts of 64 KB"
    )
    aims = ("< 20 ms", "", "", "< 10 ms")
    for each, aim in zip(decisions.measure(), aims, strict=True):
        _print([(each.name, f"{each.median:.1f} ms, worst {each.worst:.1f} ms", aim)])


def _ledger(events: int) -> None:
    """Measure what a long history costs."""
    click.echo(f"\nthe ledger with {ledger.FEW:,} events -> with {events:,}, SQLite, full synchronisation")
    _print(ledger.rows(*ledger.measure(events)))


def _page() -> int:
    """Measure the play page, where there is a browser; gives how many events it never showed."""
    if not page.can_be_measured():
        click.echo("play page: not measured, there is no Chromium")
        return 0
    click.echo(f"\nthe play page, {page.EVENTS_PER_MINUTE} events a minute for {page.SECONDS} s, in Chromium")
    seen = asyncio.run(page.measure())
    _print(
        [*_times("a comment is seen after", seen.after, "< 300 ms"), ("never seen", str(seen.missing), "0")]
    )
    return seen.missing


def _print(rows: list[tuple[str, str, str]]) -> None:
    for name, value, aim in rows:
        click.echo(f"{name:<38}{value:>28}    {aim}")


def _times(name: str, values: list[float], aim: str) -> list[tuple[str, str, str]]:
    return [
        (f"{name} (p50)", f"{statistics.median(values):.1f} ms", ""),
        (f"{name} (p99)", f"{percentile(values, 0.99):.1f} ms", aim),
        (f"{name} (worst)", f"{max(values):.1f} ms", ""),
    ]


if __name__ == "__main__":
    main()
