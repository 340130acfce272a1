"""Makes what a program wrote fit to be shown: plain text, no secrets, the last line for a description.

A program may write anything, endlessly: every pattern here takes time in proportion to the text. Must never
show a secret in part: what a cut may have split is left out.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from bot.domain.report import plain_description
from bot.domain.tokens import TOKENS
from bot.drivers.programs.recording import Recorded

REDACTED = "[redacted]"
SECRET_CHARS_MIN = 8
SECRET_LINE_CHARS_MIN = 16
SPLIT_BYTES = 8 * 1024  # no secret is longer, but for keys in PEM, which are known by their end too
LINE_WINDOW_BYTES = 16 * 1024

_SECRET_NAME = re.compile(
    "TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH(?!OR)|PRIVATE|WEBHOOK|DSN|COOKIE|SESSION", re.I
)
_ESCAPES = re.compile(
    "\x1b(?:"
    r"\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # colours and cursors
    "|[\\]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\\\)?"  # titles and links
    r"|[ -/]{0,8}[0-~])?"
)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_PEM_END = re.compile("-----END[A-Z0-9 ]{0,40}PRIVATE KEY-----")
_PEM = re.compile(r"-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:" + _PEM_END.pattern + r"|\Z)", re.S)
_PEM_BODY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n\r\t "
_BEARER = re.compile(r"(?i)\b(bearer|authorization:[ \t]{0,8}basic)([ \t]{1,8})[A-Za-z0-9._~+/=-]{8,}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@]{1,2048}@")
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3})?)[ ]?%")


class Redactor:
    """Leaves secrets out of a text: those that a program was given, and those that look like one."""

    def __init__(self, environ: Mapping[str, str], variables: Iterable[str]) -> None:
        given = (environ.get(name, "").strip() for name in variables if _SECRET_NAME.search(name))
        found: set[str] = set()
        for value in given:
            lines = value.splitlines() if "\n" in value else []
            found |= {value, quote(value, safe="")} if len(value) >= SECRET_CHARS_MIN else set()
            found |= {line.strip() for line in lines if len(line.strip()) >= SECRET_LINE_CHARS_MIN}
        # The longest first: one secret may be a part of another.
        ordered = sorted(found, key=lambda each: (-len(each), each))
        self._given = re.compile("|".join(re.escape(each) for each in ordered)) if ordered else None

    def __call__(self, text: str) -> str:
        """Give the text without the secrets."""
        if self._given is not None:
            text = self._given.sub(REDACTED, text)
        text = _PEM.sub(REDACTED, _without_end_of_pem(text))
        text = TOKENS.sub(REDACTED, text)
        text = _BEARER.sub(rf"\1\2{REDACTED}", text)
        return _USER_INFO.sub(f"{REDACTED}@", text)


def _without_end_of_pem(text: str) -> str:
    """Leave out the end of a private key whose beginning was cut off."""
    end = _PEM_END.search(text)
    if end is None or "-----BEGIN" in text[: end.start()]:
        return text
    return text[: end.start()].rstrip(_PEM_BODY) + f"\n{REDACTED}\n" + text[end.end() :]


def plain(data: bytes) -> str:
    """Give the text of an output without control characters but for line ends, returns and tabs."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return _UNSEEN.sub("", _ESCAPES.sub("", text))


def shown(recorded: Recorded, redact: Redactor, *, live: bool) -> str:
    """Give the whole output as it may be shown; where a part is missing, it says how much."""
    if not recorded.left_out:
        whole = recorded.head + recorded.tail
        return _shown(_whole_lines(whole) if live else whole, redact)
    head = recorded.head[: _end_of_line(recorded.head)]
    tail = recorded.tail[_start_of_line(recorded.tail) :]
    missing = recorded.left_out + len(recorded.head) - len(head) + len(recorded.tail) - len(tail)
    if live:
        tail = _whole_lines(tail)
    gap = f"… {missing:,} bytes left out …"
    return "\n".join((_shown(head, redact).rstrip("\n"), gap, _shown(tail, redact)))


def last_line(end: bytes, redact: Redactor, *, cut: bool, live: bool) -> str | None:
    """Give the last line of an output that says something, as a description.

    `end` is its last part, `cut` says that something stands before it. While it is `live`, a line that is
    not complete yet is not looked at: a secret may be half written.
    """
    text = plain(end)
    if cut:
        first = re.search(r"\s", text)
        text = text[first.end() :] if first else ""
    lines = re.split(r"[\r\n]+", redact(text))
    if live:
        lines.pop()
    return next(filter(None, map(plain_description, reversed(lines))), None)


def percent_of(line: str | None) -> float | None:
    """Give the last percentage that a line names, 0 to 100."""
    found = [float(each) for each in _PERCENT.findall(line or "")]
    return next((each for each in reversed(found) if each <= 100.0), None)


def _shown(data: bytes, redact: Redactor) -> str:
    text = plain(data)
    if "\r" in text:  # a bar that is drawn again and again: what it showed last
        text = "\n".join(_overdrawn(line) for line in text.split("\n"))
    return redact(text)


def _overdrawn(line: str) -> str:
    return next(filter(None, reversed(line.split("\r"))), "")


def _whole_lines(data: bytes) -> bytes:
    end = max(data.rfind(b"\n"), data.rfind(b"\r"))
    return data[: end + 1]


def _end_of_line(data: bytes) -> int:
    """Where the last whole line ends, or, in an endless one, where no secret is split any more."""
    end = data.rfind(b"\n", max(len(data) - SPLIT_BYTES, 0))
    return end + 1 if end >= 0 else max(len(data) - SPLIT_BYTES, 0)


def _start_of_line(data: bytes) -> int:
    start = data.find(b"\n", 0, SPLIT_BYTES)
    return start + 1 if start >= 0 else min(SPLIT_BYTES, len(data))
