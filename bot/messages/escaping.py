"""Makes text from outside harmless, so that it can stand in a comment or a Slack message.

Commit titles, deployers' words, names, refs and reasons are written by people and programs whom we do not
trust. Must never let one of them mention anybody, make a link, open HTML or a code fence, or begin a line.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

TEXT_LENGTH_MAX = 200
URL_LENGTH_MAX = 1_500

_JOINER = "\u200d"
# GitHub links these after it has rendered the Markdown, so that a backslash would not stop it.
_LINKED_LATER = re.compile(r"@|#(?=\w)|(?i:\bgh-)(?=\d)|:(?=//)|(?i:www)(?=\.)")
_BEGINS_A_BLOCK = re.compile(r"^(?:(\d{1,9})([.)])|([-+#=:]))")
_MARKDOWN = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "\\": "&#92;",  # entities, since a backslash before a table's pipe is read differently by parsers
        "`": "&#96;",
        "|": "&#124;",
        **{character: "\\" + character for character in "*_[]~$"},
    }
)
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "\u02cb"})
_SLACK_STYLE = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_LOOKS_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c"}
_LEFT_OUT = frozenset({"Cc", "Cf", "Cs", "Co"})


def plain(text: str, most: int = TEXT_LENGTH_MAX) -> str:
    """Give text as one line of visible characters, at most `most` of them."""
    spaced = " ".join(text[: most * 4].split())
    seen = "".join(character for character in spaced if unicodedata.category(character) not in _LEFT_OUT)
    line = " ".join(seen.split())
    return line if len(line) <= most and len(text) <= most * 4 else line[: most - 1].rstrip() + "…"


def markdown(text: str, most: int = TEXT_LENGTH_MAX) -> str:
    """Give text as inert GitHub Markdown, on one line."""
    line = _LINKED_LATER.sub(lambda found: found[0] + _JOINER, plain(text, most)).translate(_MARKDOWN)
    return _BEGINS_A_BLOCK.sub(_escaped_start, line)


def _escaped_start(found: re.Match[str]) -> str:
    return f"\\{found[3]}" if found[3] else f"{found[1]}\\{found[2]}"


def markdown_code(text: str, most: int = TEXT_LENGTH_MAX) -> str:
    """Give text as a Markdown code span; as inert text where it could break out of one, or out of a table."""
    line = plain(text, most)
    return markdown(line, most) if not line or "`" in line or "|" in line else f"`{line}`"


def mrkdwn(text: str, most: int = TEXT_LENGTH_MAX) -> str:
    """Give text as inert Slack mrkdwn, on one line ("Formatting text for app surfaces").

    Slack has no escape for its style marks: where they could style, they become characters that look alike.
    """
    line = plain(text, most).replace("@", "@" + _JOINER)
    return _SLACK_STYLE.sub(lambda found: _LOOKS_ALIKE[found[0]], line).translate(_SLACK)


def mrkdwn_code(text: str, most: int = TEXT_LENGTH_MAX) -> str:
    """Give text as a code span of Slack's mrkdwn."""
    line = plain(text, most).translate(_SLACK)
    return f"`{line}`" if line else ""


def web_address(url: str | None) -> str | None:
    """Give an address that may be linked: http or https, without credentials; None = it may not be."""
    if not url or len(url) > URL_LENGTH_MAX or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return quote(url, safe=":/?#!&=+,;%~-._@")
