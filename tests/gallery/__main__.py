"""`python -m tests.gallery FOLDER`: writes the page into a folder and says where."""

import sys
from pathlib import Path

import click

from tests.gallery.exhibits import names_of
from tests.gallery.page import all_rooms, page


def main(arguments: list[str]) -> int:
    """Write the page; gives the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        click.echo("Usage: python -m tests.gallery FOLDER", err=True)
        return 2
    rooms = all_rooms()
    written = Path(arguments[0]) / "index.html"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(page(rooms), encoding="utf-8")
    click.echo(f"{len(names_of(rooms))} pictures: {written.resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
