"""`python -m tests.golden check` and `write`; see the package."""

import sys

import click

from bot import __version__
from tests.golden import catalogue


@click.group()
def main() -> None:
    """What earlier releases stored, and whether it still reads."""


@main.command()
def check() -> None:
    """Read every catalogue; print a counterexample for what no longer means what it meant."""
    records = catalogue.every_golden()
    found = catalogue.counterexamples(records)
    for each in found:
        click.echo(f"{each}\n")
    for name in catalogue.broken_seals():
        click.echo(f"{name} belongs to a released version and was changed.")
    lacking = [key for family in catalogue.READERS for key in catalogue.missing(family)]
    for key in lacking:
        click.echo(f"{key} writes records that the catalogue of {__version__} does not hold: make golden")
    click.echo(f"{len(records)} records of {', '.join(catalogue.releases())}: {len(found)} counterexamples")
    sys.exit(1 if found or lacking or catalogue.broken_seals() else 0)


@main.command()
def write() -> None:
    """Add to the current version's catalogue what it lacks."""
    click.echo(f"{catalogue.add_missing()} records added to the catalogue of {__version__}")


if __name__ == "__main__":
    main()
