"""Takes what Slack sends: checks who sent it, over the bytes as they came, and has it stored first.

Slack waits 3 s and then shows a person that nothing answered; it sends an event again up to three times, so
what could not be stored is answered 503 and comes back. Must never tell Slack to stop trying before the
request is stored, and never answer junk with a 5xx.
"""

import hmac
import re
from collections.abc import Mapping, Sequence

import structlog

from bot.inbox import Answer, Intake, Refused, is_json
from bot.ports import Incoming
from bot.slack.bolt import BoltDoor
from bot.slack.payloads import Named, Unreadable, named

_log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 1024 * 1024
SKEW_SECONDS_MAX = 300
"""How old or how early a request may be ("Verifying requests from Slack")."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_SSL_CHECK_BYTES_MAX = 1_000


class SlackInbox:
    """The door for `POST /slack/events`: commands, interactivity, options and the Events API."""

    source = "slack"
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, secrets: Sequence[str], intake: Intake, bolt: BoltDoor) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._intake = intake
        self._bolt = bolt

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse a malformed signature or timestamp, and a stale one (401); what has neither is read."""
        if _is_unsigned(headers):
            return
        if not _SIGNATURE.fullmatch(headers.get("X-Slack-Signature", "")):
            raise Refused(401, "The header X-Slack-Signature is missing or malformed.")
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Refused(401, "The header X-Slack-Request-Timestamp is missing or no number of seconds.")
        if abs(self._intake.clock.now() - int(timestamp)) > SKEW_SECONDS_MAX:
            raise Refused(
                401, f"X-Slack-Request-Timestamp is more than {SKEW_SECONDS_MAX} s away from our clock."
            )

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, store, then acknowledge. Raises Refused, StoreUnavailable."""
        if _is_unsigned(headers):
            return _answer_unsigned(body)
        timestamp = headers["X-Slack-Request-Timestamp"]
        if not signature_matches(self._secrets, headers["X-Slack-Signature"], timestamp, body):
            raise Refused(401, "X-Slack-Signature does not match the body and the signing secret.")
        try:
            text, request = body.decode(), named(body, is_json=is_json(headers))
        except (UnicodeDecodeError, Unreadable) as error:
            raise Refused(400, "The body is neither a form nor a JSON object in UTF-8.") from error
        if request.greeting:
            return await self._bolt.acknowledge(text, "", headers)
        return await self._stored(headers, body, request)

    async def _stored(self, headers: Mapping[str, str], body: bytes, request: Named) -> Answer:
        incoming = Incoming(
            source="slack",
            id=request.id,
            event=request.event,
            action=request.action,
            headers=_kept(headers),
            body=body,
            received_at=self._intake.clock.now(),
        )
        if "X-Slack-Retry-Num" in headers:
            _log.info(
                "slack_sent_again", delivery=request.id, why=headers.get("X-Slack-Retry-Reason", "")[:50]
            )
        state = await self._intake.store(incoming)
        acknowledged = await self._bolt.acknowledge(body.decode(), "", headers)
        return Answer(
            status=acknowledged.status,
            body=acknowledged.body,
            content_type=acknowledged.content_type,
            headers={**acknowledged.headers, "X-Slack-No-Retry": "1"},
            stored=state,
            delivery=request.id,
        )


def signature_matches(secrets: Sequence[bytes], header: str, timestamp: str, body: bytes) -> bool:
    """Whether `header` is the `v0=<hex>` of `v0:timestamp:body` under one of the secrets, in constant time.

    Source: "Verifying requests from Slack". Compared as bytes, because text that is not ASCII raises.
    """
    given = header.encode("ascii", "replace")
    signed = b"v0:%s:%s" % (timestamp.encode("ascii", "replace"), body)
    expected = [b"v0=" + hmac.digest(secret, signed, "sha256").hex().encode() for secret in secrets]
    matches = [hmac.compare_digest(one, given) for one in expected]
    return any(matches)


def _is_unsigned(headers: Mapping[str, str]) -> bool:
    return "X-Slack-Signature" not in headers and "X-Slack-Request-Timestamp" not in headers


def _answer_unsigned(body: bytes) -> Answer:
    """Slack checks the address's certificate by a form that it need not sign; the answer tells nothing."""
    if len(body) <= _SSL_CHECK_BYTES_MAX and b"ssl_check=1" in body.split(b"&"):
        return Answer(status=200, content_type="text/plain")
    raise Refused(401, "The headers X-Slack-Signature and X-Slack-Request-Timestamp are missing.")


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """What translation needs: how to read the body, and when Slack sent it."""
    kind = "application/json" if is_json(headers) else "application/x-www-form-urlencoded"
    return {"content-type": kind, "x-slack-request-timestamp": headers["X-Slack-Request-Timestamp"]}
