"""Goes through what is recorded once more: to prove it, and to ask what another configuration had decided.

Beside a running bot or without it. Must never call anybody, and never write to the ledger.
"""

import sys
import time
from pathlib import Path
from typing import NoReturn

import click

from bot.cli import exporting, replay_telling
from bot.cli.asking import as_json_option, print_json, read, settings, stop
from bot.cli.since import SINCE, SINCE_HELP
from bot.configuration import ConfigurationFile, Surroundings, effective_policy, validate_instance
from bot.domain.durations import parse_duration
from bot.domain.instance import InstancePolicy
from bot.domain.values import Seconds
from bot.drivers import rules
from bot.ledger.store import SqlLedger
from bot.ports import PolicyRead
from bot.replaying import checking, nobody, walking
from bot.replaying.supposing.answer import Answer, answer
from bot.replaying.supposing.facts import Other
from bot.starting import CannotStart, read_instance

SUPPOSED_SINCE = "7d"
NAMED_MAX = 5
_File = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("bundle", type=_File, required=False)
@click.option("--check", is_flag=True, help="Prove that states are what events make, and decisions follow.")
@click.option("--dry-run", is_flag=True, help="Show what another configuration would have decided.")
@click.option("--config", type=_File, help="With --dry-run: the configuration to suppose.")
@click.option(
    "--owner-config", type=_File, help="With --dry-run: the file of the owner's .github repository."
)
@click.option("--repository", help="With --dry-run: OWNER/REPO that it is supposed for.")
@click.option("--instance", type=_File, help="With --dry-run: the instance file to judge it by.")
@click.option("--since", type=SINCE, help=f"{SINCE_HELP}  [default: all; {SUPPOSED_SINCE} with --dry-run]")
@as_json_option
def replay(
    bundle: Path | None,
    *,
    check: bool,
    dry_run: bool,
    since: float | None,
    as_json: bool,
    **supposed: Path | str | None,
) -> None:
    """Decide again what is recorded, here or in the BUNDLE of an incident, without calling anybody.

    Exit code 1: something comes out otherwise, or cannot be known.
    """
    ways = [
        name for name, chosen in (("BUNDLE", bundle), ("--check", check), ("--dry-run", dry_run)) if chosen
    ]
    if len(ways) != 1:
        raise click.UsageError(
            "Say what to do: --check, --dry-run --config FILE, or name the BUNDLE of an incident."
        )
    if not dry_run and any(supposed.values()):
        raise click.UsageError("--config, --owner-config, --repository and --instance go with --dry-run.")
    if bundle is not None:
        exporting.replay_bundle(bundle, as_json=as_json)
    if check:
        _check(since, as_json)
    _suppose(supposed, since, as_json)


def _check(since: Seconds | None, as_json: bool) -> NoReturn:
    rows = nobody.rows_by_name()
    proof = read(lambda ledger: checking.check(ledger, rows, since))
    if as_json:
        print_json({"agree": proof.agrees, **replay_telling.proof_json(proof)})
    else:
        replay_telling.show_proof(proof)
    sys.exit(0 if proof.agrees else 1)


def _suppose(supposed: dict[str, Path | str | None], since: Seconds | None, as_json: bool) -> NoReturn:
    file, repository = supposed["config"], supposed["repository"]
    if not isinstance(file, Path):
        raise click.UsageError("--dry-run needs --config FILE: the configuration to suppose.")
    start = time.time() - parse_duration(SUPPOSED_SINCE) if since is None else since
    if not isinstance(repository, str):
        repository = _only_repository(start)
    other = Other(repository=repository, configuration=_configuration(supposed, file, repository))
    rows = nobody.rows_by_name()
    told: Answer = read(lambda ledger: answer(ledger, rows, other, start))
    if as_json:
        print_json(replay_telling.answer_json(told))
    else:
        replay_telling.show_answer(told, start)
    sys.exit(0 if told.is_same else 1)


def _configuration(supposed: dict[str, Path | str | None], file: Path, repository: str) -> PolicyRead:
    """Read and judge the files as the bot would; ends with what is wrong with them."""
    owner = supposed["owner_config"]
    own_file = ConfigurationFile(str(file), file.read_bytes())
    owners_file = ConfigurationFile(str(owner), owner.read_bytes()) if isinstance(owner, Path) else None
    surroundings = Surroundings(rules(), _instance(supposed["instance"]), repository)
    reading = effective_policy(own_file, owners_file, surroundings)
    if reading.policy is None:
        wrong = "\n".join(str(each) for each in reading.findings)
        stop(f"{wrong}\nNothing can be supposed of a configuration that is not valid.", 2)
    return PolicyRead(status="valid", policy=reading.policy)


def _instance(file: Path | str | None) -> InstancePolicy:
    """The instance file that is named, else the one of this installation."""
    if not isinstance(file, Path):
        try:
            return read_instance(settings())
        except CannotStart as error:
            stop(str(error), 2)
    reading = validate_instance(file.read_bytes(), str(file), drivers=rules())
    if reading.policy is None:
        stop("\n".join(str(each) for each in reading.findings), 2)
    return reading.policy


def _only_repository(since: Seconds) -> str:
    """Where everything since then is about one repository, it need not be named."""
    found: list[str] = read(lambda ledger: _repositories(ledger, since))
    if len(found) == 1:
        return found[0]
    if not found:
        stop("Nothing is recorded of any repository since then. See --since.", 1)
    named = ", ".join(found[:NAMED_MAX]) + ("…" if len(found) > NAMED_MAX else "")
    raise click.UsageError(f"Say for which repository with --repository OWNER/REPO; recorded are {named}.")


async def _repositories(ledger: SqlLedger, since: Seconds) -> list[str]:
    found: dict[str, None] = {}
    async for key in walking.keys(ledger, since):
        kind, _, name = key.partition(":")
        if kind in ("pr", "commit", "slot"):
            owner, _, rest = name.partition("/")
            repository = rest.partition("#")[0].partition("@")[0].partition("/")[0]
            found[f"{owner}/{repository}"] = None
    return list(found)
