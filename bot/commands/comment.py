"""Finds the command in a pull request's comment: the first line that is one, in its author's own words.

A line inside fenced, indented or inline code, `<pre>` or `<code>`, a quote (`>` with the lines that run on
below it without a blank line, or `<blockquote>`) or an HTML comment is no command. In doubt it is none:
silence is mended by writing the command again, a deployment is not.

A command begins its line, after at most three spaces (no-break ones too; a tab makes code). Any other
invisible character before or inside its word defuses it, as bots do on purpose to mention a command. The
text after the word is passed on as it stands, without HTML comments; `words.split` cleans it.
"""

import re

from msgspec import Struct

from bot.commands.confusion import folded
from bot.commands.markdown import Asides, paragraphs
from bot.domain.speech import KNOWN_WORDS

PREFIX = "pointsman"


def _command_lines(words: str) -> re.Pattern[str]:
    line_start, to_line_end = r"(?<![^\r\n])", r"[^\r\n]*"
    return re.compile(rf"{line_start}[ \xa0]{{0,3}}/(?P<word>(?ai:{words}))(?!\S)(?P<text>{to_line_end})")


_PREFIXED = _command_lines(PREFIX)
_ANY = _command_lines("|".join(sorted({PREFIX, *KNOWN_WORDS})))


class CommandLine(Struct, frozen=True):
    """A line that is a command: its word in lower case and the text behind it.

    `prefixed` says that it was given as `/pointsman <word> …`; only then may `word` be unknown, or empty.
    """

    word: str
    text: str
    prefixed: bool

    @property
    def words(self) -> str:
        """The whole command without its slash and prefix, for `words.split`."""
        return f"{self.word} {self.text}".strip()


def first_command_line(body: str, *, prefix_only: bool) -> CommandLine | None:
    """Find the first command line of a comment's Markdown.

    Known words count alone and after `/pointsman`, unknown ones only after it. With `prefix_only` the
    form `/pointsman …` is the only one.
    """
    commands = _PREFIXED if prefix_only else _ANY
    if commands.search(body.removeprefix("\ufeff")) is None:
        return None
    for paragraph in paragraphs(body):
        if commands.search(paragraph) and (found := _first_in(paragraph, commands)):
            return found
    return None


def why_none(body: str, *, prefix_only: bool) -> str:
    """Say why a comment holds no command, for `why`: what is nearest to one in it."""
    if prefix_only and first_command_line(body, prefix_only=False) is not None:
        return f"a command without `/{PREFIX}`, which this repository wants before it"
    if _ANY.search(body.removeprefix("\ufeff")) is not None:
        return "a command only inside code, a quote or an HTML comment"
    return "no line that begins with a known command"


def _first_in(paragraph: str, commands: re.Pattern[str]) -> CommandLine | None:
    asides = Asides(paragraph)
    for found in commands.finditer(paragraph):
        if not asides.cover(found.start()):
            return _command_line(found["word"], _without_comments(found, asides))
    return None


def _without_comments(found: re.Match[str], asides: Asides) -> str:
    """Give the text behind the command's word without the HTML comments in it.

    Code stays: to leave a word out would make another command of it.
    """
    kept, position = [], found.start("text")
    for aside in asides.between(position, found.end()):
        if aside.is_comment:
            kept.append(found.string[position : aside.start])
            position = min(aside.end, found.end())
    kept.append(found.string[position : found.end()])
    return " ".join(kept).strip()


def _command_line(said: str, text: str) -> CommandLine:
    if folded(said) != PREFIX:
        return CommandLine(folded(said), text, prefixed=False)
    word, *rest = text.split(maxsplit=1) or [""]
    return CommandLine(folded(word.removeprefix("/")), rest[0] if rest else "", prefixed=True)
