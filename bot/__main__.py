"""The command line: parses, then calls what does the work.

Exit codes: 0 done, 1 the answer is no, 2 usage or configuration. Every reading command takes `--json`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from bot import __version__, logs, terminal
from bot.app import Bot, open_to_read
from bot.configuration import (
    WORKFLOWS_FOLDER,
    ConfigurationFile,
    Surroundings,
    Unusable,
    WorkflowFiles,
    effective_policy,
    instance_schema,
    repository_schema,
    schema_text,
    validate_instance,
    workflows_named,
)
from bot.domain.errors import StoreUnavailable
from bot.domain.instance import InstancePolicy
from bot.drivers import rules
from bot.explaining.documents import delivery_json, event_json, explanation_json
from bot.explaining.gathering import about
from bot.ledger.disk import LedgerInUse
from bot.ledger.sqlite import open_sqlite
from bot.ledger.store import SqlLedger
from bot.ledger.upgrading import LedgerOutdated
from bot.settings import Settings, SettingsError, load_environment, near_misses
from bot.starting import CannotStart, check_disk, ledger_path, read_instance

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
STORIES_MAX = 100
"""So many stories are told about a subject, the newest ones."""
_CONFIGURATION = Path(".github/pointsman.yml")


def _stop(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


def _settings() -> Settings:
    """Read the settings, or end with everything that is wrong with them."""
    environ = load_environment(Path(".env"))
    os.environ.update({name: value for name, value in environ.items() if name not in os.environ})
    for warning in near_misses(environ):
        click.echo(f"warning: {warning}", err=True)
    try:
        return Settings.from_environment(environ)
    except SettingsError as error:
        _stop(str(error), 2)


def _print_json(document: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pointsman")
def main() -> None:
    """Pull request checks, deploy commands and rollback prompts, from GitHub and Slack."""


# --- running -----------------------------------------------------------------------------------------


@main.command()
def serve() -> None:
    """Run the bot: web and worker in one process."""
    settings = _settings()
    logs.set_up(settings.log_level, settings.log_format)
    try:
        check_disk(settings, os.environ)
        bot = Bot(settings, read_instance(settings), os.environ)
        asyncio.run(_serve(bot))
    except (CannotStart, LedgerInUse, LedgerOutdated, StoreUnavailable) as error:
        _stop(str(error), 2)


async def _serve(bot: Bot) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await bot.start()
    try:
        await ended.wait()
    finally:
        await bot.stop()


@main.command()
@click.option("--script", is_flag=True, help="Play one story, print it as a transcript, and exit 0 or 1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Where the page to play on is; 0 takes a free one.  [default: as before, else 8090]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where everything is kept.  [default: ~/.local/state/pointsman/demo]",
)
@click.option("--fresh", is_flag=True, help="Forget what was kept in the folder and begin anew.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def demo(script: bool, port: int | None, folder: Path | None, fresh: bool, open_browser: bool) -> None:
    """Run the whole product on this machine, with a simulated GitHub and Slack.

    It goes on where it was when it ended. The story of --script begins anew each time and keeps nothing.
    """
    from bot.sandbox.demo import demonstrate
    from bot.sandbox.demo_play import DemoOptions

    if script and (port is not None or folder is not None or fresh or open_browser):
        raise click.UsageError("--script keeps nothing and shows no page: leave the other options out.")
    options = DemoOptions(
        version=__version__, script=script, port=port, folder=folder, fresh=fresh, open_browser=open_browser
    )
    sys.exit(asyncio.run(demonstrate(options)))


@main.command()
def migrate() -> None:
    """Bring the ledger's tables up to date."""
    settings = _settings()
    try:
        ledger = open_sqlite(ledger_path(settings), exclusive=True)
    except (CannotStart, LedgerInUse, LedgerOutdated, StoreUnavailable) as error:
        _stop(str(error), 2)
    asyncio.run(ledger.close())
    click.echo(f"The ledger {ledger_path(settings)} is up to date.")


# --- configuration -----------------------------------------------------------------------------------


@main.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--instance", type=click.Path(path_type=Path), help="The instance file to validate against.")
@click.option("--repository", help="OWNER/REPO, for what is bound to repositories.")
@_AS_JSON
def validate(file: Path | None, instance: Path | None, repository: str | None, as_json: bool) -> None:
    """Validate a configuration file; errors as file:line:column: message."""
    findings = []
    policy: InstancePolicy | None = None
    if instance is not None:
        reading = validate_instance(_bytes(instance), str(instance), drivers=rules())
        findings, policy = list(reading.findings), reading.policy
    if file is not None or instance is None:
        path = file or _CONFIGURATION
        text = _bytes(path)
        surroundings = Surroundings(rules(), policy, repository, _workflows(path, text))
        findings += effective_policy(ConfigurationFile(str(path), text), None, surroundings).findings
    failed = any(finding.severity == "error" for finding in findings)
    if as_json:
        _print_json({"valid": not failed, "findings": findings})
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo("invalid" if failed else "valid")
    sys.exit(1 if failed else 0)


def _workflows(file: Path, text: bytes) -> WorkflowFiles | None:
    """Read the workflow files that a configuration names, of the repository that it lies in."""
    names = workflows_named(text, rules())
    beside = file.absolute().parent
    is_in_repository = beside.name == ".github"
    folder = (beside.parent if is_in_repository else beside) / WORKFLOWS_FOLDER
    if names and not is_in_repository and not folder.is_dir():
        click.echo(f"note: there is no folder {folder}, so the workflows were not checked", err=True)
        return None
    return {name: _workflow(folder / name) for name in names}


def _workflow(path: Path) -> bytes | Unusable | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unusable(str(error.strerror))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _stop(f"{path}: {error.strerror}", 2)


@main.command()
@click.argument("subject", type=click.Choice(["config", "instance"]))
def schema(subject: str) -> None:
    """Print the JSON Schema of a configuration file."""
    made = repository_schema(rules()) if subject == "config" else instance_schema(rules())
    click.echo(schema_text(made), nl=False)


# --- reading -----------------------------------------------------------------------------------------


def _read(ask: Callable[[SqlLedger], Awaitable[Any]]) -> Any:
    """Ask the ledger beside a running bot."""

    async def asking() -> Any:
        ledger = open_to_read(_settings())
        try:
            return await ask(ledger)
        finally:
            await ledger.close()

    try:
        return asyncio.run(asking())
    except (CannotStart, StoreUnavailable, LedgerOutdated) as error:
        _stop(str(error), 2)


@main.group()
def deliveries() -> None:
    """What came in."""


@deliveries.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 = all.")
@_AS_JSON
def list_deliveries(limit: int, as_json: bool) -> None:
    """List deliveries, the newest first."""
    rows = _read(lambda ledger: ledger.deliveries(limit))
    if as_json:
        _print_json([delivery_json(row) for row in rows])
    else:
        terminal.show_deliveries(rows)


@deliveries.command("show")
@click.argument("delivery")
@_AS_JSON
def show_delivery(delivery: str, as_json: bool) -> None:
    """Show one delivery with its body."""
    found = _read(lambda ledger: ledger.delivery(delivery))
    if found is None:
        _stop(f"There is no delivery {delivery}.", 1)
    row, incoming = found
    document = {**delivery_json(row), "body": incoming.body.decode("utf-8", "replace")}
    if as_json:
        _print_json(document)
    else:
        terminal.show_record(document)


@main.group()
def events() -> None:
    """What it led to."""


@events.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="0 = all.")
@click.option("--key", help="Only events of this key, such as pr:acme/shop#12.")
@_AS_JSON
def list_events(limit: int, key: str | None, as_json: bool) -> None:
    """List events in their order, the newest at the end."""
    rows = _read(lambda ledger: ledger.events(limit=limit, key=key))
    if as_json:
        _print_json([event_json(event) for event in rows])
    else:
        terminal.show_events(rows)


@events.command("show")
@click.argument("event")
@_AS_JSON
def show_event(event: str, as_json: bool) -> None:
    """Show one event."""
    found = _read(lambda ledger: ledger.event(event))
    if found is None:
        _stop(f"There is no event {event}.", 1)
    if as_json:
        _print_json(event_json(found))
    else:
        terminal.show_record(event_json(found))


@main.command()
@click.argument("subject")
@click.option("--verbose", is_flag=True, help="Also tell ids, keys, attempts and bookkeeping.")
@_AS_JSON
def why(subject: str, verbose: bool, as_json: bool) -> None:
    """Explain a deployment, a request, owner/repo#12, a SHA or a delivery id."""
    found = _read(lambda ledger: about(ledger, subject, STORIES_MAX))
    if as_json:
        _print_json(explanation_json(subject, found))
    elif found.known:
        terminal.show_explanation(found, verbose=verbose)
        if len(found.entries) >= STORIES_MAX:
            click.echo(f"Only the newest {STORIES_MAX} stories are told.")
    else:
        click.echo(f"Nothing is recorded about {subject}: no delivery, request or deployment has this name.")
    sys.exit(0 if found.known else 1)


if __name__ == "__main__":
    main()
