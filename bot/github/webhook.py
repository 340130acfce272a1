"""Takes GitHub's deliveries: checks who sent them, over the bytes as they came, and has them stored.

GitHub never sends a delivery again by itself, so nothing may be acknowledged that is not stored, and nothing
that GitHub signed may be refused for its content beyond being no JSON object. Must never accept SHA-1.
"""

import hmac
import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw, Struct

from bot.inbox import Answer, Intake, Refused, is_json, taken
from bot.ports import Incoming

BODY_BYTES_MAX = 25 * 1024 * 1024
"""GitHub caps payloads at 25 MB and does not deliver larger ones ("Webhook events and payloads")."""

_EVENT = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_DELIVERY = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_ACTION_CHARS_MAX = 100


class _Head(Struct):
    """The only field that storing needs. The rest is checked to be JSON and skipped, not built."""

    action: Raw = Raw()


_head_decoder = msgspec.json.Decoder(_Head)


class GitHubInbox:
    """The door for `POST /webhooks/github`. Several secrets are accepted while one is rotated."""

    source = "github"
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, secrets: Sequence[str], intake: Intake) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._intake = intake

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse another content type (415), missing names (400), a missing or malformed signature (401)."""
        if not is_json(headers):
            raise Refused(415, "The content type must be application/json; set it on the webhook.")
        if not _EVENT.fullmatch(headers.get("X-GitHub-Event", "")):
            raise Refused(400, "The header X-GitHub-Event is missing or malformed.")
        if not _DELIVERY.fullmatch(headers.get("X-GitHub-Delivery", "")):
            raise Refused(400, "The header X-GitHub-Delivery is missing or malformed.")
        if not _SIGNATURE.fullmatch(headers.get("X-Hub-Signature-256", "")):
            raise Refused(
                401, "The header X-Hub-Signature-256 is missing or malformed; SHA-1 is not accepted."
            )

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify the signature, store the delivery, answer 202. Raises Refused, StoreUnavailable."""
        if not signature_matches(self._secrets, headers["X-Hub-Signature-256"], body):
            raise Refused(401, "X-Hub-Signature-256 does not match the body and the webhook's secret.")
        incoming = Incoming(
            source="github",
            id=headers["X-GitHub-Delivery"],
            event=headers["X-GitHub-Event"],
            action=action_of(body),
            body=body,
            received_at=self._intake.clock.now(),
        )
        return taken(await self._intake.store(incoming), incoming.id)


def signature_matches(secrets: Sequence[bytes], header: str, body: bytes) -> bool:
    """Whether `header` is the `sha256=<hex>` of the raw body under one of the secrets, in constant time.

    Source: "Validating webhook deliveries". Compared as bytes, because text that is not ASCII raises.
    """
    given = header.encode("ascii", "replace")
    expected = [b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode() for secret in secrets]
    matches = [hmac.compare_digest(one, given) for one in expected]
    return any(matches)


def action_of(body: bytes) -> str | None:
    """Check that the body is a JSON object in UTF-8, and give its `action`, if it is a text of sane length.

    Raises Refused (400) for anything else, also for nesting that would exhaust the stack.
    """
    try:
        if not body.isascii():
            body.decode()  # the decoder does not look into the text of fields that it skips
        raw = bytes(_head_decoder.decode(body).action)
        action = msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "The body is not a JSON object in UTF-8.") from error
    return action if action and len(action) <= _ACTION_CHARS_MAX else None
