"""Cuts one command line into words, before anybody knows the repository and its names.

What phones, Slack and copying do to text is undone here: an em or en dash that was `--`, curly quotes,
no-break and other Unicode spaces, line ends (all separate words), invisible characters (dropped).
Characters that change the order in which text is displayed are refused in the command itself, because
what people read must be what is run, and dropped from the reason. A part that was not understood is
never skipped.
"""

import re

from msgspec import structs

from bot.commands.confusion import Confused, folded
from bot.domain.phrasing import QUOTES
from bot.domain.speech import (
    FLAGS,
    KNOWN_WORDS,
    REASON_CHARS_MAX,
    Confusion,
    Expected,
    Misunderstood,
    RawCommand,
)

TEXT_CHARS_MAX = 8_000

_ABOUT_A_SLOT = frozenset(
    {"deploy", "rollback", "status", "lock", "unlock", "ask", "freeze", "unfreeze", "scale"}
)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")

_DASHES = "\u2012-\u2015\u2212"
_FLAG = re.compile(rf"(?:--|-?[{_DASHES}]{{1,2}})(.*)", re.DOTALL)
_HYPHENS = str.maketrans("\u2010\u2011", "--")

# Possessive quantifiers: each character is looked at once, whatever the text.
_QUOTED = re.compile(rf"[^\s=]++=[{QUOTES}](?:\\.|[^\\{QUOTES}])*+[{QUOTES}](?!\S)", re.DOTALL)
_OPENS_QUOTE = re.compile(rf"[^\s=]++=[{QUOTES}]")
_TOKEN = re.compile(rf"{_QUOTED.pattern}|\S+", re.DOTALL)

# Control characters other than spaces, the soft hyphen, zero-width spaces, direction marks, lone surrogates.
_NEVER_SHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u2060-\u2064\ufeff\ud800-\udfff]+"
)
# Joiners and variation selectors make emoji and some scripts what they are: they stay in the reason.
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]+")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def split(text: str) -> RawCommand | Misunderstood:
    """Cut `deploy api staging because …` into its parts; nothing said is a request for help.

    One slash before the word is allowed. A word that is no command, a broken quotation and a misplaced
    or unknown flag are found here, since they need no names.
    """
    if len(text) > TEXT_CHARS_MAX:
        return Misunderstood(code=Confusion.TOO_LONG)
    tokens, reason = _tokens(_NEVER_SHOWN.sub("", text))
    said = [token for token in tokens if not _FLAG.match(token)]
    word = folded(said[0].removeprefix("/")) if said else "help"
    try:
        return _raw_command(word, tokens, said[1:], reason)
    except Confused as confused:
        return structs.replace(confused.problem, word=word if word in KNOWN_WORDS else "")


def _tokens(text: str) -> tuple[list[str], str | None]:
    tokens: list[str] = []
    for found in _TOKEN.finditer(text):
        token = _JOINERS.sub("", found[0])
        if folded(token) == "because":
            return tokens, _REORDERING.sub("", text[found.end() :]).strip()
        if token:
            tokens.append(token)
    return tokens, None


def _raw_command(word: str, tokens: list[str], arguments: list[str], reason: str | None) -> RawCommand:
    for token in tokens:
        _refuse_broken(token)
    if word not in KNOWN_WORDS:
        raise Confused(
            Confusion.UNKNOWN_COMMAND, word, expected=(Expected.COMMAND,), choices=tuple(sorted(KNOWN_WORDS))
        )
    flags = {flag for token in tokens if (flag := _flag(token)) is not None}
    if "help" in flags:
        return RawCommand(word="help", tokens=() if word == "help" else (word,))
    names_repository = word in _ABOUT_A_SLOT and arguments and _REPOSITORY.fullmatch(arguments[0])
    return RawCommand(
        word=word,
        tokens=tuple(arguments[1:] if names_repository else arguments),
        repository=arguments[0] if names_repository else None,
        because=None if reason is None else _checked_reason(reason),
        flags=tuple(sorted(flags)),
    )


def _refuse_broken(token: str) -> None:
    hidden = _REORDERING.search(token)
    if hidden:
        raise Confused(Confusion.HIDDEN_CHARACTERS, f"U+{ord(hidden[0]):04X}")
    if _OPENS_QUOTE.match(token) and not _QUOTED.fullmatch(token):
        raise Confused(Confusion.UNCLOSED_QUOTE, token)


def _flag(token: str) -> str | None:
    found = _FLAG.match(token)
    if found is None:
        return None
    name = folded(found[1].translate(_HYPHENS))
    if name != "help" and name not in FLAGS:
        raise Confused(
            Confusion.UNKNOWN_FLAG,
            f"--{found[1]}",
            expected=(Expected.FLAG,),
            choices=tuple(f"--{flag}" for flag in FLAGS),
        )
    return name


def _checked_reason(reason: str) -> str:
    if not reason:
        raise Confused(Confusion.REASON_MISSING, "because", expected=(Expected.REASON,))
    if len(reason) > REASON_CHARS_MAX:
        raise Confused(Confusion.REASON_TOO_LONG, reason, expected=(Expected.REASON,))
    _refuse_flag_at_end(reason)
    return reason


def _refuse_flag_at_end(reason: str) -> None:
    """Refuse `because testing --dry-run`: taken as mere text it would really deploy."""
    last = _FLAG.match(reason.rsplit(maxsplit=1)[-1])
    if last and folded(last[1].translate(_HYPHENS)) in FLAGS:
        raise Confused(Confusion.FLAG_AFTER_REASON, f"--{last[1]}")
