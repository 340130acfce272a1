"""Tells in a Markdown text what its author says from what is code, quoted, or seen by nobody.

It follows CommonMark and GitHub's rendering as far as that question needs. Where it simplifies, it must
err towards "not the author's words": what looks like a command inside an example must not run.

One pass over the lines and one over each paragraph: the time grows with the text's length only.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from bot.commands.confusion import folded

LINES_MAX = 3_000
"""More lines of one text are not looked at (blank ones in a row count as one)."""

_NEW_LINE = re.compile(r"\r\n|\r")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*+\n){2,}+")
_INDENTATION_WITH_TAB = re.compile(r"^ *\t[ \t]*", re.MULTILINE)

# What starts a block; a quote, code or HTML also inside list items. Possessive: no backtracking.
_BLOCK_START = re.compile(
    r"""
    (?P<blank>[ \t]*$)
    |[ ]{0,3}(?P<rule>([-_*])(?:[ \t]*+\3){2,}+[ \t]*$|\#{1,6}(?=[ \t]|$))
    |[ ]{0,3}(?P<underline>=+[ \t]*$)
    |(?P<markers>(?:[ ]{0,3}(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]|$))++)?[ ]{0,3}
        (?:(?P<fence>`{3,}(?=[^`]*$)|~{3,})
        |(?P<quote>>)
        |(?P<html><!--|<(?:pre|blockquote)(?=[\s>]|$)|<code>(?=[ \t]*$))
        |(?(markers)(?P<item>)|(?!)))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKER = re.compile(r"[ ]{0,3}(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]|$)")
_MAY_INTERRUPT = re.compile(r"[ ]{0,3}(?:[-+*]|1[.)])[ \t]+\S")
_QUOTE_MARKS = re.compile(r"(?:[ ]{0,3}>)*+[ ]?")
_INDENTED_CODE = re.compile(r"[ ]{4}")

_HTML_ENDS = {
    "<!--": re.compile("-->"),
    "<pre": re.compile("</pre>", re.IGNORECASE),
    "<blockquote": re.compile("</blockquote>", re.IGNORECASE),
    "<code>": re.compile("</code>", re.IGNORECASE),
}
_INLINE_START = re.compile(r"\\.|`+|<!--|<code>", re.DOTALL | re.IGNORECASE)


class _Hidden(Struct, frozen=True):
    """A block of code or HTML: what its last line looks like, and how far its list item indents it."""

    is_last: Callable[[str], object]
    indentation: int

    def is_outside(self, line: str) -> bool:
        """True where the list item around the block has ended, and the block with it."""
        return self.indentation > 0 and line.strip(" \t") != "" and _indentation(line) < self.indentation


class _ListItems:
    """The list items that are open around a line: how far each indents its text, the innermost last."""

    def __init__(self) -> None:
        self._indentations: list[int] = []

    @property
    def innermost(self) -> int:
        """The indentation of the innermost item, 0 outside lists."""
        return self._indentations[-1] if self._indentations else 0

    def around(self, line: str) -> int:
        """Give the indentation of the innermost item that this line can belong to."""
        if not self._indentations:
            return 0
        count = bisect_right(self._indentations, _indentation(line))
        return self._indentations[count - 1] if count else 0

    def close_beyond(self, depth: int) -> None:
        """Close the items that indent their text further than `depth`."""
        del self._indentations[bisect_right(self._indentations, depth) :]

    def open(self, start: re.Match[str]) -> None:
        """Open the items whose markers are on this line."""
        if start["markers"] is None:
            return
        line = start.string
        self._indentations += [
            marker.end() for marker in _MARKER.finditer(line, start.start("markers"), start.end("markers"))
        ]
        text = start.start(start.lastgroup or "markers")
        if line[text : text + 1] not in {"", " "}:
            self._indentations[-1] = text


def paragraphs(markdown: str) -> Iterator[str]:
    """Give the author's paragraphs in order, without code blocks, quotes and HTML comments.

    Line ends are `\\n`, tabs in indentations are spaces. A paragraph reaches as far as inline markup can;
    it may still hold `Asides`.
    """
    paragraph: list[str] = []
    hidden: _Hidden | None = None
    quoted = False
    items = _ListItems()
    for line in _lines(markdown):
        if hidden is not None:
            outside = hidden.is_outside(line)
            hidden = None if outside or hidden.is_last(line) else hidden
            if not outside:
                continue
        depth = items.around(line)
        start = _BLOCK_START.match(line, depth)
        if start is None or (
            (paragraph or quoted)
            and _is_mere_text(start, at_same_depth=bool(paragraph) and depth == items.innermost)
        ):
            if not quoted and (paragraph or not _INDENTED_CODE.match(line, depth)):
                if not paragraph:
                    items.close_beyond(depth)
                paragraph.append(line)
            continue
        if paragraph:
            yield "\n".join(paragraph)
        paragraph = [line] if start.lastgroup == "item" and line[start.end() :][:1].strip() else []
        quoted = start.lastgroup == "quote" and _runs_on(line, start.start("quote"))
        if start.lastgroup != "blank":
            items.close_beyond(depth)
            items.open(start)
        hidden = _hidden_block(start, items.innermost)
    yield "\n".join(paragraph)


def _lines(markdown: str) -> list[str]:
    text = _BLANK_LINES.sub("\n\n", _NEW_LINE.sub("\n", markdown.removeprefix("\ufeff")))
    text = "\n".join(text.split("\n", LINES_MAX)[:LINES_MAX])
    return _INDENTATION_WITH_TAB.sub(lambda found: found[0].expandtabs(4), text).split("\n")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_mere_text(start: re.Match[str], *, at_same_depth: bool) -> bool:
    """Whether this cannot end the paragraph above, or below a quote runs on as part of it.

    That is `<code>`, an empty item and one with a number other than 1, and a heading's underline that
    is indented less than the list item of its paragraph.
    """
    if start["underline"] is not None:
        return not at_same_depth
    if start["markers"] is not None:
        return at_same_depth and _MAY_INTERRUPT.match(start.string, start.pos) is None
    return folded(start["html"] or "") == "<code>"


def _runs_on(line: str, position: int) -> bool:
    """Whether what is quoted here is a paragraph, so that the line below is shown as part of it."""
    quote_marks = _QUOTE_MARKS.match(line, position)
    start = _BLOCK_START.match(line, quote_marks.end() if quote_marks else position)
    return start is None or start.lastgroup in {"quote", "item"} or _is_mere_text(start, at_same_depth=False)


def _hidden_block(start: re.Match[str], indentation: int) -> _Hidden | None:
    """Give the code or HTML that begins here, if it goes on below this line."""
    if start["fence"]:
        return _Hidden(partial(_ends_fence, start["fence"], indentation + 3), indentation)
    if start["html"]:
        end = _HTML_ENDS[folded(start["html"])]
        if end.search(start.string, start.start("html") + len("<!")) is None:
            return _Hidden(end.search, indentation)
    return None


def _ends_fence(fence: str, indentation_max: int, line: str) -> bool:
    bare = line.strip(" \t")
    if len(bare) < len(fence) or bare != fence[0] * len(bare):
        return False
    return _indentation(line) <= indentation_max


class Aside(Struct, frozen=True):
    """A stretch of a paragraph, from `start` up to `end`, that is inline code or an HTML comment."""

    start: int
    end: int
    is_comment: bool


class Asides:
    """The asides of one paragraph, by position."""

    def __init__(self, paragraph: str) -> None:
        self._asides = list(_asides(paragraph))
        self._starts = [aside.start for aside in self._asides]

    def cover(self, position: int) -> bool:
        """Whether what stands at `position` belongs to an aside that began before it."""
        before = bisect_right(self._starts, position)
        return before > 0 and self._asides[before - 1].end > position

    def between(self, start: int, end: int) -> list[Aside]:
        """Give the asides that begin from `start` up to `end`, in order."""
        return self._asides[bisect_right(self._starts, start - 1) : bisect_right(self._starts, end - 1)]


def _asides(paragraph: str) -> Iterator[Aside]:
    endings = _Endings(paragraph)
    position = 0
    while (found := _INLINE_START.search(paragraph, position)) is not None:
        end = endings.of(found)
        if end is not None:
            yield Aside(found.start(), end, found[0] == "<!--")
        position = end or found.end()


class _Endings:
    """Where inline markup ends; asked from left to right it looks at each character a few times at most."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._never: set[str] = set()
        self._backticks: dict[int, list[int]] = {}
        for run in reversed(list(re.finditer("`+", text))):
            self._backticks.setdefault(len(run[0]), []).append(run.start())

    def of(self, opening: re.Match[str]) -> int | None:
        """Give the position after the end of what `opening` begins; None where it is only text."""
        if opening[0][0] == "\\":
            return None
        if opening[0][0] == "`":
            return self._end_of_code(len(opening[0]), opening.end())
        kind = folded(opening[0])
        found = None if kind in self._never else _HTML_ENDS[kind].search(self._text, opening.start() + 2)
        if found is None:
            self._never.add(kind)
            return len(self._text) if kind == "<code>" else None
        return found.end()

    def _end_of_code(self, length: int, position: int) -> int | None:
        runs = self._backticks.get(length, [])
        while runs and runs[-1] < position:
            runs.pop()
        return runs.pop() + length if runs else None
