"""The app's Home tab in Slack: what is live where, what runs and waits, and what asks for a decision.

It says when it was looked at, since nobody pushes it. Must never show a state by a symbol alone, never say
more than is known, and never name a repository to somebody who cannot read it.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from bot.domain.deployment import State
from bot.domain.values import Person, Seconds
from bot.messages import blocks
from bot.messages.blocks import Block
from bot.messages.dialects import SHORT_SHA, SLACK
from bot.messages.states import SYMBOLS, WORDS

View = dict[str, Any]

CALLBACK = "pointsman:home"
REFRESH, DEPLOY = "pointsman-home:refresh", "pointsman-home:deploy"
BUTTONS = (REFRESH, DEPLOY)

BLOCKS_MAX = 100
BYTES_MAX = 230_000  # Slack takes 250 kB


class Running(Struct, frozen=True):
    """A deployment under way."""

    id: str
    state: State
    sha: str


class Standing(Struct, frozen=True, kw_only=True):
    """One service in one environment. `sha` None = nothing that we deployed; `known` = somebody reported it.

    `deployment` brought it there; `asks` is the deployment that went wrong and waits for a decision.
    """

    service: str
    environment: str
    sha: str | None = None
    known: bool = False
    touched: bool = False
    deployment: str | None = None
    since: Seconds | None = None
    by: Person | None = None
    automatic: bool = False
    running: Running | None = None
    waiting: int = 0
    asks: str | None = None
    went_wrong: State | None = None


class Standings(Struct, frozen=True):
    """A repository's slots, in the order of its environments and services."""

    repository: str
    slots: tuple[Standing, ...]


class Picture(Struct, frozen=True, kw_only=True):
    """What a linked person sees. `unreadable` counts repositories whose rights could not be read.

    `web_url` is GitHub's address for people, `public_url` ours.
    """

    repositories: tuple[Standings, ...]
    unreadable: int
    at: Seconds
    channel: str
    web_url: str
    public_url: str


def overview(picture: Picture) -> View:
    """What is live where."""
    shown = [*_head(picture.at, BUTTONS), *_decisions(picture)]
    for standings in picture.repositories:
        shown.extend(_repository(picture, standings))
    if not picture.repositories:
        shown.append(blocks.section("No deployment is recorded yet in a repository that you can read."))
    if picture.unreadable:
        what = "repository" if picture.unreadable == 1 else "repositories"
        more = f"{picture.unreadable} more {what}"
        shown.append(blocks.context(f"Left out: {more}, since GitHub did not say whether you can read it."))
    return _home(shown, picture.channel)


def unlinked(slack: str, at: Seconds, channel: str) -> View:
    """Who are you on GitHub: what to do to see anything."""
    line, people = SLACK.code(f"LOGIN: {slack}"), SLACK.code("people")
    otherwise = f"add {line} to {people} in the instance file, with your GitHub login"
    told = (
        "Rights come from GitHub, and no GitHub login is linked to your Slack account.",
        f"Say {SLACK.command('link')} and sign in to GitHub.",
        f"Where that is off, ask whoever runs Pointsman to {otherwise}.",
        "Then press Refresh.",
    )
    return _home([*_head(at, (REFRESH,)), *(blocks.section(each) for each in told)], channel)


def _home(shown: Sequence[Block], channel: str) -> View:
    return {"type": "home", "callback_id": CALLBACK, "private_metadata": channel, "blocks": _fitting(shown)}


def _fitting(shown: Sequence[Block]) -> list[Block]:
    """As many blocks as Slack takes, by number and by length; says so where some are left out."""
    kept: list[Block] = []
    length = 0
    for block in shown:
        length += len(json.dumps(block)) + 2
        if length > BYTES_MAX or (len(kept) == BLOCKS_MAX - 1 and len(shown) > BLOCKS_MAX):
            status = SLACK.command("status")
            more = f"Slack takes no more here; {status} in a repository's channel tells the rest."
            return [*kept[: BLOCKS_MAX - 1], blocks.context(more)]
        kept.append(block)
    return kept


def _head(at: Seconds, buttons: Iterable[str]) -> Iterable[Block]:
    yield {"type": "header", "text": {"type": "plain_text", "text": "What is live where"}}
    yield blocks.actions(_BUTTONS[each] for each in buttons)
    yield blocks.context(
        f"As of {SLACK.moment(at)}. It is looked at anew when you open this tab, or by Refresh."
    )


def _button(word: str, action_id: str, label: str) -> Block:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": word},
        "action_id": action_id,
        "accessibility_label": label,
    }


_BUTTONS = {
    REFRESH: _button("Refresh", REFRESH, "Look again at what is live"),
    DEPLOY: {**_button("Deploy…", DEPLOY, "Open the form to deploy something"), "style": "primary"},
}


def _decisions(picture: Picture) -> Iterable[Block]:
    """What asks for a decision stands first."""
    lines = [
        f"{SLACK.code(each.repository)} {_asks(picture, slot)}"
        for each in picture.repositories
        for slot in each.slots
        if slot.asks
    ]
    if lines:
        yield from _listed(SLACK.bold("Waiting for a decision"), lines)


def _asks(picture: Picture, slot: Standing) -> str:
    state: State = slot.went_wrong or "unknown"
    deployment = _deployment(picture, slot.asks or "")
    where = f"{SLACK.code(slot.service)} in {SLACK.code(slot.environment)}"
    return f"{where}: {SYMBOLS[state]} {WORDS[state]}, {deployment}. Roll back, retry or keep it?"


def _repository(picture: Picture, standings: Standings) -> Iterable[Block]:
    yield {"type": "divider"}
    title = SLACK.bold(SLACK.code(standings.repository))
    yield blocks.section(title)
    for environment in dict.fromkeys(slot.environment for slot in standings.slots):
        slots = [slot for slot in standings.slots if slot.environment == environment]
        yield from _listed(
            SLACK.bold(SLACK.text(environment)), [_line(picture, standings, slot) for slot in slots]
        )


def _listed(title: str, lines: Iterable[str]) -> Iterable[Block]:
    """A title and its list, in as many sections as it takes, so that none is cut."""
    section = title
    for line in lines:
        bullet = SLACK.bullets([line])
        if len(section) + len(bullet) >= blocks.SECTION_LENGTH_MAX:
            yield blocks.section(section)
            section = bullet
        else:
            section += f"\n{bullet}"
    yield blocks.section(section)


def _line(picture: Picture, standings: Standings, slot: Standing) -> str:
    said = [f"{SLACK.code(slot.service)}: {_live(picture, standings.repository, slot)}."]
    if slot.running is not None:
        state = f"{SYMBOLS[slot.running.state]} {WORDS[slot.running.state]}"
        commit = _commit(picture, standings.repository, slot.running.sha)
        said.append(f"{state}: {commit}, {_deployment(picture, slot.running.id)}.")
    if slot.waiting:
        said.append(f"{SYMBOLS['queued']} {slot.waiting} waiting.")
    if slot.asks:
        said.append("Asks for a decision, see above.")
    return " ".join(said)


def _live(picture: Picture, repository: str, slot: Standing) -> str:
    if slot.sha is None:
        return f"{SYMBOLS['unknown']} not known" if slot.touched else "nothing that Pointsman deployed"
    commit = _commit(picture, repository, slot.sha)
    if not slot.known:
        return f"{SYMBOLS['unknown']} not known ({commit} was live before)"
    since = f" since {SLACK.moment(slot.since)}" if slot.since is not None else ""
    by = f", by {SLACK.person(slot.by)}" if slot.by is not None else ""
    return f"{SYMBOLS['succeeded']} live {commit}{since}{by}{' (automatic)' if slot.automatic else ''}"


def _commit(picture: Picture, repository: str, sha: str) -> str:
    return SLACK.link(f"{picture.web_url.rstrip('/')}/{repository}/commit/{sha}", sha[:SHORT_SHA])


def _deployment(picture: Picture, id: str) -> str:
    return SLACK.link(f"{picture.public_url.rstrip('/')}/deployments/{id}", id)
