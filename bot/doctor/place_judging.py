"""What is right and wrong here: settings, the ledger's file, the address, the proof of deliveries. Pure."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from bot.doctor.findings import Pen
from bot.doctor.github_judging import is_on_this_machine
from bot.domain.values import Seconds
from bot.ledger.examining import Examined
from bot.ports import DeliveryProof

FREE_WARNING_BYTES = 1024**3
FREE_FAILURE_BYTES = 100 * 1024**2
WAITING_WARNING_SECONDS: Seconds = 300.0
IDS_SHOWN_MAX = 10
_SERVE = "Start the bot with `pointsman serve`."
_MIB = 1024**2


def settings(pen: Pen, problems: Iterable[str], suspicious: Iterable[str]) -> None:
    """Judge what was configured: `problems` stand in the way of a start, `suspicious` may be misspelt."""
    stopping, doubtful = tuple(problems), tuple(suspicious)
    for problem in stopping:
        pen.failure(problem, "The bot does not start before this is mended.")
    for warning in doubtful:
        pen.warning(warning, "Rename the variable, or remove it.")
    if not stopping and not doubtful:
        pen.good("The settings and the instance file can be used.")


def ledger(pen: Pen, seen: Examined, now: Seconds) -> None:
    """Judge the ledger's file and what waits in it."""
    if seen.health is None:
        pen.skipped(f"{seen.path} ({seen.bytes // _MIB} MiB) is too large to be checked in a moment.")
    elif seen.health == "ok":
        pen.good(f"{seen.path} ({seen.bytes // _MIB} MiB) is sound.")
    else:
        fix = "Stop the bot, keep a copy of the file, and restore the newest backup."
        pen.failure(f"{seen.path} is damaged: {seen.health}", fix)
    _tables(pen, seen)
    _disk(pen, seen)
    _waiting(pen, seen, now)


def _tables(pen: Pen, seen: Examined) -> None:
    if seen.revision != seen.revision_wanted:
        found = "no tables yet" if seen.revision is None else f"tables of revision {seen.revision}"
        pen.failure(
            f"The ledger has {found}; this version needs {seen.revision_wanted}.",
            "Run `pointsman migrate` with the newest version that you use.",
        )
    if seen.journal != "wal":
        pen.warning(
            f"The ledger's journal is {seen.journal}, so that readers hold up the writer.",
            "Start the bot once; it switches the file to WAL. Network disks do not allow that.",
        )


def _disk(pen: Pen, seen: Examined) -> None:
    said = f"{seen.free_bytes // _MIB} MiB are free on the ledger's disk"
    fix = "Make room, or shorten `retention` in the instance file."
    if seen.free_bytes < FREE_FAILURE_BYTES:
        pen.failure(f"{said}: soon nothing can be stored, and GitHub is answered 503.", fix)
    elif seen.free_bytes < FREE_WARNING_BYTES:
        pen.warning(f"{said}.", fix)
    else:
        pen.good(f"{said}.")


def _waiting(pen: Pen, seen: Examined, now: Seconds) -> None:
    age = 0.0 if seen.oldest_waiting is None else now - seen.oldest_waiting
    if age > WAITING_WARNING_SECONDS:
        pen.warning(f"The oldest of what is to be done has waited for {age / 60:.0f} min.", _SERVE)
    else:
        pen.good("Nothing has waited for long.")
    if seen.parked:
        pen.warning(
            f"{seen.parked} pieces of work were given up.",
            "`pointsman dead list` says which and why; `pointsman dead retry ID` tries one again.",
        )


def public_address(pen: Pen, status: int, public_url: str, github_url: str) -> None:
    """Judge the address at which people, GitHub and deployers reach the bot."""
    if status == 200:
        pen.good(f"The bot answers at {public_url}.")
    else:
        pen.failure(
            f"{public_url}/healthz answers {status}: that is not the bot.",
            "Check PUBLIC_URL, and where the proxy before the bot leads.",
        )
    _reachable(pen, public_url, github_url)


def _reachable(pen: Pen, public_url: str, github_url: str) -> None:
    if is_on_this_machine(github_url):
        return
    if is_on_this_machine(public_url):
        pen.failure(
            f"PUBLIC_URL is {public_url}: nobody outside reaches this machine by that name.",
            "Set PUBLIC_URL to the address that GitHub and people use.",
        )
    elif urlsplit(public_url).scheme != "https":
        pen.warning(f"PUBLIC_URL is {public_url}, without TLS.", "Put a proxy with a certificate before it.")


def proof(pen: Pen, proven: DeliveryProof) -> None:
    """Judge whether all that GitHub says it sent is here, and done."""
    total, hours = proven.total, (proven.until - proven.since) / 3600
    said = (
        f"GitHub sent {total.sent} deliveries in {hours:.0f} h: "
        f"{total.stored} are stored, {total.finished} are finished."
    )
    if proven.missing:
        pen.failure(
            f"{said} {len(proven.missing)} are missing.",
            "The running bot asks GitHub for them again within five minutes, three times at most.",
            *_some(proven.missing),
        )
    else:
        pen.good(said)
    if proven.unfinished:
        pen.warning(
            f"{len(proven.unfinished)} are stored and not finished.", _SERVE, *_some(proven.unfinished)
        )
    if proven.failed:
        pen.warning(
            f"{len(proven.failed)} ended in work that was given up.",
            "`pointsman why ID` tells why; `pointsman dead list` shows what to do.",
            *_some(proven.failed),
        )


def _some(ids: Sequence[str]) -> list[str]:
    shown = list(ids[:IDS_SHOWN_MAX])
    return shown if len(ids) <= IDS_SHOWN_MAX else [*shown, f"and {len(ids) - IDS_SHOWN_MAX} more"]
