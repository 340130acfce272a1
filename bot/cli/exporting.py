"""Hands an incident on: writes what is recorded about it as one file without names, and replays such a file.

Works beside a running bot; a file is replayed without any ledger. Must never call anybody.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from bot.cli.asking import print_json, read, stop
from bot.explaining.telling import stamp
from bot.messages.escaping import plain
from bot.ports import Unreadable
from bot.replaying.bundles.document import BYTES_MAX, Bundle
from bot.replaying.bundles.exporting import export
from bot.replaying.bundles.replaying import NoBundle, Replayed, read_bundle, replay

_CHARS_MAX = 500


@click.command("export")
@click.argument("subject")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; it must not be there yet. Without it the document is printed.",
)
def export_subject(subject: str, output: Path | None) -> None:
    """Write what is recorded about a subject as one file that can be handed on.

    SUBJECT is what `pointsman why` takes. People, repositories, branches and channels get other names;
    comments, texts, addresses and tokens are left out. `pointsman events replay FILE` replays it anywhere.
    Look through the file before you hand it on: names of services, environments, checks and files stay in it.
    Exit code 1: nothing is recorded about the subject.
    """
    try:
        bundle: Bundle | None = read(lambda ledger: export(ledger, subject, time.time()))
    except Unreadable as error:
        stop(f"It cannot be exported: {plain(str(error), _CHARS_MAX)}", 2)
    if bundle is None:
        stop("Nothing is recorded about it that led to a decision.", 1)
    document = msgspec.json.format(msgspec.json.encode(bundle), indent=1)
    if output is None:
        click.echo(document.decode())
        return
    _write(output, document)
    events = sum(len(one.told) for one in bundle.keys)
    click.echo(f"{output} holds {events} events of {len(bundle.keys)} keys, without names and texts.")
    if bundle.cut:
        click.echo("Only the oldest events of a key are in it: there were too many.")


def _write(output: Path, document: bytes) -> None:
    """Make the file, for its owner alone; one that is there is never written over."""
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        stop(f"{output} is there already. Name another file, or remove it.", 2)
    except OSError as error:
        stop(f"{output} cannot be written: {error.strerror}.", 2)
    with os.fdopen(descriptor, "wb") as file:
        file.write(document + b"\n")


def replay_bundle(path: Path, as_json: bool) -> NoReturn:
    """Replay a bundle and end: 0 all agrees, 1 something differs, 2 it cannot be read."""
    try:
        replayed = asyncio.run(replay(read_bundle(_bytes_of(path))))
    except (NoBundle, Unreadable) as error:
        stop(f"{path} cannot be replayed. {plain(str(error), _CHARS_MAX)}", 2)
    if as_json:
        print_json(_document(replayed))
    else:
        _tell(replayed)
    sys.exit(0 if replayed.agrees else 1)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX + 1)
    except OSError as error:
        stop(f"{path} cannot be read: {error.strerror}.", 2)


def _document(replayed: Replayed) -> dict[str, Any]:
    return {
        "subject": replayed.subject,
        "agrees": replayed.agrees,
        "program": replayed.program,
        "keys": replayed.keys,
        "decisions": replayed.decisions,
        "given_up": replayed.given_up,
        "states": replayed.states,
        "differing": replayed.differing,
        "story": [line._asdict() for line in replayed.story],
    }


def _tell(replayed: Replayed) -> None:
    for line in replayed.story:
        told = f"{stamp(line.at)}  {line.key}  {line.type}  {line.outcome}: {line.reason}"
        click.echo(plain(told, _CHARS_MAX))
    for key in replayed.states:
        click.echo(plain(f"✘ {key}: its events do not make the state that stands at their end.", _CHARS_MAX))
    for one in replayed.differing:
        told = f"✘ {one.key}: {one.reactor} decides {one.type} ({one.event}) otherwise: {'; '.join(one.what)}"
        click.echo(plain(told, _CHARS_MAX))
    done = f"{replayed.keys} states were made anew and {replayed.decisions} decisions made again"
    verdict = "All agree." if replayed.agrees else "Not all agree."
    click.echo(f"{done}, as version {replayed.program} recorded them. {verdict}")
    if replayed.given_up:
        click.echo(f"{replayed.given_up} more were given up, so there was nothing to decide again.")
