"""Examines the installation: prints one line for each thing that was looked at, with the fix under it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bot import logs
from bot.cli.asking import as_json_option, print_json
from bot.doctor import Finding, Surroundings, examine, surroundings_of
from bot.github.transport import HttpTransport, open_session
from bot.messages.escaping import plain
from bot.runtime.clock import SystemClock
from bot.settings import Settings, SettingsError, load_environment

_CHARS_MAX = 1_000
_SIGNS = {"good": "✔ ok  ", "warning": "! warn", "failure": "✘ FAIL", "skipped": "- skip"}


@click.command()
@as_json_option
def doctor(as_json: bool) -> None:
    """Examine credentials, permissions, clock, ledger and reachability; each finding with its fix.

    Works beside a running bot, and while it is down. Exit code 1: something does not work.
    """
    environ = load_environment(Path(".env"))
    os.environ.update({name: value for name, value in environ.items() if name not in os.environ})
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        problems = [
            Finding(check="settings", level="failure", said=problem, fix="Nothing else was looked at.")
            for problem in error.problems
        ]
        _print(problems, as_json)
        sys.exit(2)
    logs.set_up("error", settings.log_format)
    findings = asyncio.run(_examined(settings, environ))
    _print(findings, as_json)
    sys.exit(1 if any(finding.level == "failure" for finding in findings) else 0)


async def _examined(settings: Settings, environ: dict[str, str]) -> list[Finding]:
    async with open_session() as session:
        around: Surroundings = surroundings_of(settings, environ, SystemClock(), HttpTransport(session))
        return await examine(around)


def _print(findings: Sequence[Finding], as_json: bool) -> None:
    counts = {level: sum(each.level == level for each in findings) for level in _SIGNS}
    if as_json:
        print_json({"healthy": not counts["failure"], "counts": counts, "findings": findings})
        return
    for finding in findings:
        click.echo(f"{_SIGNS[finding.level]}  {finding.check}: {plain(finding.said, _CHARS_MAX)}")
        for line in finding.details:
            click.echo(f"          {plain(line, _CHARS_MAX)}")
        if finding.fix:
            click.echo(f"        → {plain(finding.fix, _CHARS_MAX)}")
    told = f"{counts['good']} good, {counts['warning']} warnings, {counts['failure']} failures"
    click.echo(f"{told}, {counts['skipped']} not looked at.")
