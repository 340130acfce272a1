"""Calls Slack's Web API, and tells passing faults from lasting ones.

slack-sdk's own retries are off: one after a lost reply can post twice, and ours are durable. Limits are
obeyed by `Retry-After` ("Rate limits"). Tokens must never reach a log or an error. The session is the door to
the network: a simulation hands in one of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import LastingFault, PassingFault

TIMEOUT_SECONDS = 10
RETRY_AFTER_DEFAULT = 30.0
_TOO_MANY = 429
_SERVER_ERROR = 500
_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"}
)
_HINTS: Mapping[str, str] = {
    "channel_not_found": "Check the channel in the configuration, and invite the bot: /invite @Pointsman.",
    "not_in_channel": "Invite the bot to the channel: /invite @Pointsman.",
    "is_archived": "Unarchive the channel, or name another in the configuration.",
    "invalid_auth": "Check SLACK_BOT_TOKEN.",
    "not_authed": "Check SLACK_BOT_TOKEN.",
    "token_revoked": "Install the Slack app again and set SLACK_BOT_TOKEN.",
    "account_inactive": "Install the Slack app again and set SLACK_BOT_TOKEN.",
    "not_enabled": "Enable the app's Home tab, as slack-manifest.yml does.",
    "missing_scope": "Install the Slack app again with the scopes of slack-manifest.yml.",
}


class SlackRefused(LastingFault):
    """Slack answered `ok: false`; `code` is its error."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}", hint=_HINTS.get(code, ""))
        self.code = code


OpenSession = Callable[[], aiohttp.ClientSession]


def open_session() -> aiohttp.ClientSession:
    """Make the session of a client; every call ends within its time, which slack-sdk leaves as it is."""
    return aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))


class SlackClient:
    """One workspace's Web API. Close it to end its connections."""

    def __init__(self, token: str, base_url: str, open_session: OpenSession = open_session) -> None:
        self._token = token
        self._base_url = base_url
        self._open_session = open_session
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method. Raises PassingFault or SlackRefused."""
        try:
            answer = await self._client().api_call(method, **_encoded(method, arguments))
        except SlackApiError as error:
            raise _fault(method, error) from error
        except aiohttp.ClientConnectorError as error:
            raise PassingFault("No connection to Slack.") from error
        except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
            raise PassingFault(
                f"Slack gave no answer to {method} ({type(error).__name__}).", applied_maybe=True
            ) from error
        data = answer.data
        return data if isinstance(data, dict) else {}

    async def respond(self, response_url: str, arguments: Mapping[str, Any]) -> bool:
        """Answer by a `response_url`; False = it is used up or too old ("Handling user interaction")."""
        try:
            async with self._open().post(response_url, json=dict(arguments)) as answer:
                if answer.status == _TOO_MANY:
                    raise _limited("response_url", answer.headers)
                if answer.status >= _SERVER_ERROR:
                    raise PassingFault(f"Slack answered {answer.status}.", applied_maybe=True)
                return answer.ok
        except aiohttp.ClientConnectorError as error:
            raise PassingFault("No connection to Slack.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PassingFault(
                f"Slack gave no answer ({type(error).__name__}).", applied_maybe=True
            ) from error

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._open_session()
        return self._session

    def _client(self) -> AsyncWebClient:
        return AsyncWebClient(
            token=self._token,
            base_url=self._base_url,
            timeout=TIMEOUT_SECONDS,
            session=self._open(),
            trust_env_in_session=True,
            retry_handlers=[],
        )


def _encoded(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Writing methods take JSON, reading ones only a form ("Using the Slack Web API")."""
    if method.startswith("conversations."):
        return {"params": {name: _form_value(value) for name, value in arguments.items()}}
    return {"json": dict(arguments)}


def _form_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fault(method: str, error: SlackApiError) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 0) or 0)
    if status == _TOO_MANY:
        return _limited(method, getattr(response, "headers", None) or {})
    if status >= _SERVER_ERROR:
        return PassingFault(f"Slack answered {status} to {method}.", applied_maybe=True)
    code = str(response.get("error", "unknown")) if hasattr(response, "get") else "unknown"
    if code in _PASSING:
        return PassingFault(f"Slack answered {code} to {method}.", applied_maybe=True)
    return SlackRefused(method, code)


def _limited(what: str, headers: Mapping[str, str]) -> PassingFault:
    """Slack answered 429: its target is left alone for as long as it says ("Rate limits")."""
    wait = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = float(wait) if wait.isdigit() else RETRY_AFTER_DEFAULT
    return PassingFault(f"Slack limits {what}.", retry_after=seconds, pause_lane=True)
