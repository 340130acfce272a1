"""Takes what deployers report: checks that the deployment's own deployer says it, and has it stored.

A deployer is somebody else's program. Who cannot sign learns nothing, not even whether a deployment exists;
who can, is told in one sentence what is wrong. Must never decide anything: a report is only stored here.
"""

import re
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from msgspec import Struct

from bot.domain.events import DeployerReported
from bot.domain.report import ReportInvalid, read_report
from bot.domain.values import Report
from bot.inbox import Answer, Intake, Refused, is_json, taken
from bot.ports import Incoming, Meant, Translated
from bot.standard_webhooks import Key, NotVerified, Signed, signed_headers, verify

BODY_BYTES_MAX = 1024 * 1024
_DEPLOYMENT = re.compile(r"d-[0-9a-hjkmnp-tv-z]{10}")
_UNKNOWN_KEY = Key(bytes(32))
OURSELVES = "program"
"""Who reports where a driver of this process does (`DriverRule.reports`)."""
_NOT_VERIFIED = "The signature does not match, is too old, or there is no such deployment."


class CallbackContext(Struct, frozen=True):
    """What a deployment's callback needs: its slot's key, and the secrets shared with its deployer."""

    key: str
    secrets: tuple[Key, ...]


FindContext = Callable[[str], Awaitable[CallbackContext | None]]
"""Finds a deployment's context by its id; None = there is none. May raise StoreUnavailable."""


class DeployerInbox:
    """The doors for `POST /callbacks/deployments/{deployment}`: `at` gives the one of a deployment."""

    def __init__(self, find_context: FindContext, intake: Intake) -> None:
        self._find_context = find_context
        self._intake = intake

    def at(self, deployment: str) -> "CallbackInbox":
        """Give the door of one deployment, whether or not it exists."""
        return CallbackInbox(deployment, self._find_context, self._intake)


class CallbackInbox:
    """The door of one deployment."""

    source = "deployer"
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, deployment: str, find_context: FindContext, intake: Intake) -> None:
        self._deployment = deployment
        self._find_context = find_context
        self._intake = intake

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse another content type (415) and what is not signed at all (401)."""
        if not is_json(headers):
            raise Refused(415, "The content type must be application/json.")
        _signed(headers)

    async def take(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Verify, check that it is a report of this deployment, store. Raises Refused, StoreUnavailable."""
        signed = _signed(headers)
        context = await self._verified(signed, body)
        self._check_report(body)
        incoming = Incoming(
            source="deployer",
            id=f"{self._deployment}:{signed.webhook_id}",
            event="report",
            headers={"key": context.key, "deployment": self._deployment},
            body=body,
            received_at=self._intake.clock.now(),
        )
        return taken(await self._intake.store(incoming), incoming.id)

    async def _verified(self, signed: Signed, body: bytes) -> CallbackContext:
        """Check the signature; an unknown deployment is checked against a key that nobody has."""
        known = _DEPLOYMENT.fullmatch(self._deployment) is not None
        context = await self._find_context(self._deployment) if known else None
        keys = context.secrets if context else (_UNKNOWN_KEY,)
        try:
            verify(keys, signed, body, self._intake.clock.now())
        except NotVerified as error:
            raise Refused(401, _NOT_VERIFIED) from error
        if context is None:
            raise Refused(401, _NOT_VERIFIED)
        return context

    def _check_report(self, body: bytes) -> None:
        try:
            report = read_report(body)
        except ReportInvalid as error:
            raise Refused(400, str(error)) from error
        if report.deployment != self._deployment:
            raise Refused(400, "The report's deployment is not the one in the address.")


class StoredReports:
    """Where a driver of this process hands in what it hears: stored like what comes from outside."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def report(self, slot: str, report: Report, number: int) -> None:
        """Store a report; a repeated number changes nothing. Raises StoreUnavailable."""
        incoming = Incoming(
            source="deployer",
            id=f"{report.deployment}:{OURSELVES}:{number}",
            event="report",
            headers={"key": slot, "deployment": report.deployment, "by": OURSELVES},
            body=msgspec.json.encode(report),
            received_at=self._intake.clock.now(),
        )
        await self._intake.store(incoming)


def translate_report(incoming: Incoming) -> Translated:
    """Say what a stored report means: DeployerReported for the slot of its deployment. Pure."""
    try:
        report = read_report(incoming.body)
    except ReportInvalid:
        return Translated(reason="report_invalid")
    data = DeployerReported(report=report, by=incoming.headers.get("by", "callback"))
    meant = Meant(key=incoming.headers["key"], time=incoming.received_at, data=data)
    return Translated(events=(meant,), subject=report.deployment)


def _signed(headers: Mapping[str, str]) -> Signed:
    try:
        return signed_headers(headers)
    except NotVerified as error:
        raise Refused(401, f"The request is not signed: {error}.") from error
