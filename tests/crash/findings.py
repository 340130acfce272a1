"""What would show that something was lost, repeated or left open, by the records outside and by our own.

Each function lists sentences; nothing found is an empty list. Must never ask the bot itself.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import closing

from bot.domain.state import apply
from bot.ledger.sqlite import open_sqlite
from tests.crash.house import House, connect
from tests.crash.stories import Told

_MARKER = re.compile(r"<!-- (.*?) -->")
_ENDED = ("succeeded", "failed", "cancelled", "superseded", "refused", "timed out", "unknown")
_OPEN_STATES = (None, "pending", "queued", "in_progress")


async def findings(house: House, told: Told) -> list[str]:
    """Everything that is wrong after the bot has ended in peace."""
    return [
        *_of_github(house, told),
        *_of_slack(house, told),
        *_of_deployers(house),
        *_of_what_is_live(house),
        *_of_arrivals(house),
        *_of_manners(house),
        *await _of_the_ledger(house),
    ]


def _twice(what: str, names: Iterable[Hashable]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{count} times: {what} {name}"


def _of_github(house: House, told: Told) -> Iterator[str]:
    for repository in house.github.repositories.values():
        name = repository.full_name
        ours = [each for each in repository.comments.values() if each.by_app]
        yield from _twice("comment", ((name, each.number, *_MARKER.findall(each.body)) for each in ours))
        runs = [each for each in repository.check_runs.values() if each.name.startswith("pointsman/")]
        yield from _twice("check run", ((name, each.name, each.head_sha) for each in runs))
        yield from (f"check run {each.name} is left {each.status}" for each in runs if not each.conclusion)
        there = {(each.name, each.head_sha) for each in runs}
        for pull in repository.pulls:
            for check in ("pointsman/config", "pointsman/plan"):
                if (check, pull.head_sha) not in there and "pointsman.yml" in str(_files(house, name)):
                    yield f"{check} is missing on {name}#{pull.number}"
        made = house.deployments(name)
        yield from _twice("deployment", ((name, json.dumps(each.payload, sort_keys=True)) for each in made))
        for each in made:
            states = [status.state for status in each.statuses]
            yield from _twice(f"status of deployment {each.id}", states)
        ends = [each.state for each in made]
        expected = told.ends.get(name, [])
        if sorted(map(str, ends)) != sorted(expected):
            yield f"{name} has deployments that ended {ends}, not {expected}"
        yield from _of_answers(house, told, name)
    for command in told.commands:
        hearts = [each.content for each in command.reactions]
        if hearts != ["eyes"]:
            yield f"the command {command.body!r} has the reactions {hearts}"


def _files(house: House, name: str) -> list[str]:
    repository = house.github.repository(name)
    return list(repository.history.commits[repository.branches["main"]].tree)


def _of_answers(house: House, told: Told, name: str) -> Iterator[str]:
    for pull in house.github.repository(name).pulls:
        ours = house.comments_by_us(pull.number, name)
        expected = told.requests.get((name, pull.number), 0)
        if len(ours) != expected:
            yield f"{name}#{pull.number} has {len(ours)} comments of the bot, not {expected}"
        for each in ours:
            if not any(word in each.body for word in _ENDED):
                yield f"{name}#{pull.number} has an answer without an end: {each.body[:300]!r}"


def _of_slack(house: House, told: Told) -> Iterator[str]:
    bot = house.slack.installation.bot_user_id
    for channel in house.slack.space.channels:
        ours = [each for each in house.slack.messages(channel) if each.user == bot]
        firsts = [each for each in ours if not each.is_reply]
        expected = told.threads.get(channel, 0)
        if len(firsts) != expected:
            yield f"{len(firsts)} messages begin a story in {channel}, not {expected}"
        yield from _twice("reply", ((each.thread_ts, each.spoken) for each in ours if each.is_reply))
        for each in firsts:
            if not any(word in each.spoken for word in _ENDED):
                yield f"a message in {channel} has no end: {each.spoken[:300]!r}"
    whispers = [each for each in house.slack.space.messages if each.only_for is not None]
    yield from _twice("whisper", ((each.only_for, each.spoken) for each in whispers))


def _of_deployers(house: House) -> Iterator[str]:
    orders = house.deployer.orders
    yield from _twice("order", ((each.deployment, each.attempt, each.action) for each in orders))
    runs = house.github.actions.runs.values()
    yield from _twice("workflow run", (run.inputs["deployment"] for run in runs))
    yield from (f"workflow run {run.id} is left {run.status}" for run in runs if not run.is_over)
    yield from (f"the deployer still has {run.order.deployment}" for run in house.deployer.pending())


def _of_what_is_live(house: House) -> Iterator[str]:
    """The deployer, GitHub and we say the same."""
    for (service, environment), live in house.deployer.live.items():
        if not live.healthy:
            continue
        names = (environment, f"{environment}/{service}")
        shown = [
            each.sha for each in house.deployments() if each.environment in names and each.state == "success"
        ]
        if shown != [live.sha]:
            yield f"{service} in {environment} runs {live.sha[:7]}, GitHub shows {shown}"


def _of_arrivals(house: House) -> Iterator[str]:
    with closing(connect(house.ledger_file)) as connection:
        rows = connection.execute("SELECT id, source, state, reason FROM deliveries").fetchall()
    stored = {id for id, source, _, _ in rows if source == "github"}
    for entry in house.github.deliveries.entries.values():
        what = f"{entry.webhook.event} {entry.webhook.guid}"
        if entry.webhook.guid not in stored:
            yield f"{'acknowledged and lost' if entry.status_code == 202 else 'never arrived'}: {what}"
    yield from (
        f"delivery {id} is left {state} ({reason})" for id, _, state, reason in rows if state != "done"
    )


def _of_manners(house: House) -> Iterator[str]:
    for where, found in (
        ("GitHub", [*house.github.violations, *house.github.unknown_requests]),
        ("Slack", [*house.slack.violations, *house.slack.unknown_requests]),
        ("the deployer", house.deployer.violations),
    ):
        yield from (f"{where}: {each}" for each in found)
    for program in house.programs:
        if "Traceback" in program.said:
            yield f"a traceback: {program.said[program.said.index('Traceback') :][:2_000]}"


async def _of_the_ledger(house: House) -> list[str]:
    found: list[str] = []
    ledger = open_sqlite(house.ledger_file, exclusive=False)
    try:
        parked = [f"{row.kind}: {row.reason}" for row in await ledger.effects(state="parked")]
        count = (await ledger.backlog())["parked"]
        if count:
            found.append(f"{count} things are parked: {parked}")
        for key, stored in (await ledger.states("")).items():
            state = None
            for event in await ledger.history(key):
                state = apply(key, state, event.data)
            if state != stored:
                found.append(f"the state of {key} does not follow from its events")
            if key.startswith("slot:"):
                found += _of_slot(house, key, stored)
    finally:
        await ledger.close()
    return found


def _of_slot(house: House, key: str, slot: object) -> list[str]:
    current, queue, live = (getattr(slot, name) for name in ("current", "queue", "live"))
    found = [f"{key} still has {current or queue}"] if current or queue else []
    service, environment = key.split("/")[-2:]
    runs = house.deployer.live.get((service, environment))
    if runs is not None and runs.healthy and live.known and live.sha != runs.sha:
        found.append(f"{key}: we say {live.sha}, the deployer runs {runs.sha}")
    return found
