"""Reads what a deployer reports, by the deployer protocol, into a `Report` that is safe to show.

A deployer is a program that other people wrote: its text may be endless, may hold control characters, its
link may be anything. What leaves here is bounded and plain; what is no report is refused with a sentence.
"""

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from bot.domain.values import DeployerState, Report

DESCRIPTION_CHARS_MAX = 1_000
URL_CHARS_MAX = 2_000
PERCENT_MAX = 100.0

_BIDI_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_URL_CHARACTERS = re.compile(r"[!-;=?-~]+")  # visible ASCII without `<` and `>`, which end a link in Slack


class ReportInvalid(Exception):
    """The body is no report; the message says in one sentence what is wrong with it."""


Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class _Wire(Struct, frozen=True, kw_only=True):
    """The report as it travels. Keys that we do not know are the deployer's own business."""

    deployment: str
    state: DeployerState
    attempt: Count | None = None
    step: Count | None = None
    sequence: Count | None = None
    description: str | None = None
    percent: float | None = None
    log_url: str | None = None


_decoder = msgspec.json.Decoder(_Wire)


def read_report(body: bytes) -> Report:
    """Read a report. Raises ReportInvalid for what is no JSON, lacks a key, or has a wrong type or state."""
    try:
        wire = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise ReportInvalid(f"The report is not as the protocol says: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportInvalid("The body is not valid JSON.") from error
    return Report(
        deployment=wire.deployment,
        state=wire.state,
        attempt=wire.attempt,
        step=wire.step,
        sequence=wire.sequence,
        description=plain_description(wire.description),
        percent=None if wire.percent is None else min(max(wire.percent, 0.0), PERCENT_MAX),
        log_url=web_link(wire.log_url),
    )


def plain_description(text: str | None) -> str | None:
    """Give a deployer's words as one bounded line without control characters; None where nothing is left."""
    if text is None:
        return None
    # Cut first: a hostile text of megabytes must not be looked at character by character.
    head = _BIDI_CONTROLS.sub("", text[: 4 * DESCRIPTION_CHARS_MAX])
    plain = "".join(" " if unicodedata.category(character) == "Cc" else character for character in head)
    return " ".join(plain.split())[:DESCRIPTION_CHARS_MAX].rstrip() or None


def web_link(url: str | None) -> str | None:
    """Give a link that can be shown and pressed: http or https with a host; anything else is dropped."""
    if url is None or len(url) > URL_CHARS_MAX or not _URL_CHARACTERS.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host else None
