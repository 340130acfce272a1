"""Lets slack-bolt parse, route and acknowledge what Slack sent, after it was verified and stored.

The work is done elsewhere, from what is stored: the listeners here acknowledge, say what is wrong in a form's
fields, and do nothing else. No acknowledgement may wait for Slack's API, and whatever Bolt makes of a
request, Slack hears 200, because the request is ours by then.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from msgspec import Struct
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot.inbox import Answer
from bot.slack.forms import mistakes

_log = structlog.get_logger(__name__)
_ANYTHING = re.compile("")
_ODD_SHAPES = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What Bolt raises, its error handling included, where a field has another type than it expects."""


class SlackIdentity(Struct, frozen=True):
    """Who we are in a workspace: as the configuration, or the ledger, has it. Never asks Slack."""

    bot_user_id: str | None = None
    bot_id: str | None = None


Identities = Callable[[str | None], Awaitable[SlackIdentity]]
"""Gives our identity in a workspace (its team id; None where a request names none)."""


class BoltDoor:
    """The acknowledging part of Slack's door."""

    def __init__(self, identities: Identities) -> None:
        self._app = build_app(identities)

    async def acknowledge(self, body: str, query: str, headers: Mapping[str, str]) -> Answer:
        """Answer a verified request as Bolt would; what Bolt cannot handle is acknowledged all the same."""
        try:
            # Not Bolt's `to_bolt_request`: the body has been read, within its limit, before Bolt comes in.
            request = AsyncBoltRequest(body=body, query=query, headers=dict(headers))
            response = await self._app.async_dispatch(request)
        except _ODD_SHAPES as error:
            _log.warning("slack_request_of_unknown_shape", problem=type(error).__name__)
            return Answer(status=200)
        if response.status >= HTTPStatus.BAD_REQUEST:
            _log.warning("slack_request_not_routed", status=response.status)
            return Answer(status=200)
        return _answer(response)


def build_app(identities: Identities) -> AsyncApp:
    """Make the Bolt application. Signatures are checked before it, on the raw bytes."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Without a token: nothing here may call Slack. Bolt needs our ids to leave out our own messages.
        identity = await identities(team_id)
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
        )

    app = AsyncApp(
        name="pointsman",
        logger=_bolt_logger(),
        signing_secret="",
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=True,  # the listener ends before the answer: no task is left behind
        raise_error_for_unhandled_request=True,
    )
    _register(app)
    return app


def _register(app: AsyncApp) -> None:
    """Acknowledge every kind of request, by whichever name a command was registered."""
    for listen in (app.command, app.action, app.shortcut, app.event):
        listen(_ANYTHING)(_acknowledge)
    app.view(_ANYTHING)(_acknowledge_form)
    app.options(_ANYTHING)(_no_options)
    app.error(_unhandled)


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _acknowledge_form(ack: AsyncAck, body: dict[str, Any]) -> None:
    """Close the form, or leave it open with what is wrong in it ("Modals": response actions)."""
    wrong = mistakes(body.get("view")) if body.get("type") == "view_submission" else {}
    if wrong:
        await ack(response_action="errors", errors=wrong)
    else:
        await ack()


async def _no_options(ack: AsyncAck) -> None:
    await ack(options=[])


async def _unhandled(error: Exception) -> BoltResponse:
    _log.info("slack_request_not_known", problem=type(error).__name__)
    return BoltResponse(status=200, body="")


def _answer(response: BoltResponse) -> Answer:
    headers = response.first_headers_without_set_cookie()
    content_type = headers.pop("content-type", "text/plain").partition(";")[0]
    return Answer(
        status=response.status, body=response.body.encode(), content_type=content_type, headers=headers
    )


def _bolt_logger() -> logging.Logger:
    """Bolt's own log, errors only: below that it writes out requests and warns of settings that are meant."""
    logger = logging.getLogger("bot.slack.bolt.library")
    logger.setLevel(logging.ERROR)
    return logger
