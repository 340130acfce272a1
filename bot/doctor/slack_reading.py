"""Reads what Slack says of the app, by its token: who it is, what it may, which channels it can reach."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from bot.doctor import github_reading
from bot.doctor.surroundings import Surroundings
from bot.domain.errors import PassingFault
from bot.github.transport import NoReply

CHANNELS_MAX = 20


class SlackOff(Exception):
    """Slack is not set up."""


class SlackTold(Struct, frozen=True):
    """Slack's answer. `scopes` None = it did not say what the token may do."""

    answer: Mapping[str, Any]
    scopes: tuple[str, ...] | None = None


class Reach(Struct, frozen=True):
    """What Slack says of a channel; `error` None = it can be reached, `by_name` = it cannot be looked up."""

    channel: str
    error: str | None = None
    by_name: bool = False


async def token(surroundings: Surroundings) -> SlackTold:
    """Ask Slack who we are. Raises SlackOff, PassingFault."""
    return await _call(surroundings, "auth.test", {})


async def channels(surroundings: Surroundings) -> tuple[Reach, ...]:
    """Try the channels that the configurations name. Raises SlackOff, NoApp and their faults."""
    _token(surroundings)
    found = await github_reading.configurations(surroundings)
    named = {
        channel
        for _, read in found.policies
        if read.policy is not None
        for environment in read.policy.environments
        if (channel := read.policy.channel(environment.name)) is not None
    }
    return tuple([await _reach(surroundings, channel) for channel in sorted(named)[:CHANNELS_MAX]])


async def _reach(surroundings: Surroundings, channel: str) -> Reach:
    if not is_id(channel):
        return Reach(channel, by_name=True)
    told = await _call(surroundings, "conversations.history", {"channel": channel, "limit": "1"})
    return Reach(channel, None if told.answer.get("ok") else str(told.answer.get("error", "unknown")))


def is_id(channel: str) -> bool:
    """Whether it is a channel's id; only those can be looked up with the scopes that the app has."""
    return channel[:1] in "CG" and channel.isalnum() and channel.isupper()


def _token(surroundings: Surroundings) -> str:
    slack = surroundings.settings.slack
    if slack is None or slack.bot_token is None:
        raise SlackOff
    return slack.bot_token.reveal()


async def _call(surroundings: Surroundings, method: str, arguments: Mapping[str, str]) -> SlackTold:
    headers = {
        "authorization": f"Bearer {_token(surroundings)}",
        "content-type": "application/x-www-form-urlencoded",
    }
    url = surroundings.settings.slack_api_url + method
    try:
        status, told, body = await surroundings.transport("POST", url, headers, urlencode(arguments).encode())
    except NoReply as lost:
        raise PassingFault(f"Slack gave no answer to {method}: {lost.reason}.") from lost
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise PassingFault(f"Slack answered {status} to {method}, and no JSON.") from error
    scopes = next((value for name, value in told.items() if name.lower() == "x-oauth-scopes"), None)
    return SlackTold(answer, None if scopes is None else tuple(part.strip() for part in scopes.split(",")))
