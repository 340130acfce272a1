"""Who may deploy by the configurations as they were last seen, and which account each name stands for.

A name that was given up and taken by somebody else has no rights until an operator accepts it here.
"""

import time

import click

from bot.cli.asking import as_json_option, print_json, read, stop
from bot.cli.dead import who
from bot.cli.saying import say
from bot.domain.who_may import NOBODY, RIGHTS, NameAccepted, WhoMay, names_of


@click.group()
def rights() -> None:
    """Who may deploy, and which account each name of the configuration stands for."""


@rights.command()
@click.argument("repository", metavar="OWNER/REPO")
@as_json_option
def show(repository: str, as_json: bool) -> None:
    """Show the lists of a repository's configuration, and the number of each account and team."""
    known = _known(repository)
    if as_json:
        print_json(
            {
                "repository": repository,
                "lists": {each.key: list(each.names) for each in known.lists},
                "accounts": {each.login: each.id for each in known.accounts},
            }
        )
        return
    for each in known.lists:
        click.echo(f"{each.key}: {', '.join(each.names) or 'nobody'}")
    for account in known.accounts:
        click.echo(f"{account.login} is {'nobody' if account.id == NOBODY else account.id}")


@rights.command()
@click.argument("repository", metavar="OWNER/REPO")
@click.argument("name")
def accept(repository: str, name: str) -> None:
    """Let a name stand for the account or team that has it now."""
    if name.lower() not in names_of(_known(repository).lists):
        stop(f"{name} is in no list of {repository}; `pointsman rights show {repository}` has them.", 1)
    now = time.time()
    say(NameAccepted(repository=repository, name=name, by=who(), at=now), now)
    click.echo(f"{name} stands for whoever has that name now, as soon as a bot runs (within a minute).")


def _known(repository: str) -> WhoMay:
    known = read(lambda ledger: ledger.state(f"{RIGHTS}:{repository}"))
    if not isinstance(known, WhoMay):
        stop(f"No configuration of {repository} was seen here. The bot looks every minute.", 1)
    return known
