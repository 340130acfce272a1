"""Slack's mrkdwn as people see it ("Formatting text for app surfaces"), for a page that trusts none of it.

Must never let through a tag or an address that is no web address: everything is escaped first.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from markupsafe import Markup, escape

_PIECES = re.compile(r"(```.+?```|`[^`\n]+`|<[^<>\n]+>)", re.DOTALL)
_PRIVATE = re.compile("[\ue000\ue001]")
_ASIDE = re.compile("\ue000([0-9]+)\ue001")
_STYLES = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), "s"),
)
_DATE = re.compile(r"!date\^(\d+)\^[^|]*")
_EMOJI = {
    "rocket": "🚀",
    "eyes": "👀",
    "white_check_mark": "✅",
    "x": "❌",
    "warning": "⚠️",
    "hourglass_flowing_sand": "⏳",
    "rewind": "⏪",
    "lock": "🔒",
    "no_entry": "⛔",
    "confused": "😕",
    "tada": "🎉",
    "+1": "👍",
    "wave": "👋",
    "snowflake": "❄️",
    "rotating_light": "🚨",
}
_ID = re.compile(r"(?<![\w-])[dr]-[0-9a-hjkmnp-tv-z]{10}(?![\w-])")
SHORT_MAX = 16
"""Code of so many characters, as an id is, does not break over two lines."""
_EMOJI_NAME = re.compile(r":([a-z0-9_+-]+):")

Names = Callable[[str], str]


def mrkdwn(text: str, name_of: Names) -> Markup:
    """A text as HTML; `name_of` gives the name for a user's or channel's id.

    Code and references are set aside while the rest is styled, since a bold sentence may hold them.
    """
    aside: list[Markup] = []

    def set_aside(found: re.Match[str]) -> str:
        aside.append(_piece(found[0], name_of))
        return f"\ue000{len(aside) - 1}\ue001"

    styled = str(_styled(_PIECES.sub(set_aside, _PRIVATE.sub("", text))))
    return Markup(_ASIDE.sub(lambda found: str(aside[int(found[1])]), styled))  # noqa: S704 - escaped


def plain(text: str) -> Markup:
    """A `plain_text`: emoji and line breaks, nothing else."""
    return Markup(_broken(_with_emoji(_with_whole_ids(str(escape(_unescaped(text)))))))  # noqa: S704 - escaped


def emoji(name: str) -> str:
    """The character for an emoji's name, or the name between colons."""
    return _EMOJI.get(name, f":{name}:")


def _piece(piece: str, name_of: Names) -> Markup:
    if piece.startswith("```") and len(piece) > 6:
        return Markup("<pre>{}</pre>").format(_unescaped(piece[3:-3].strip("\n")))
    if piece.startswith("`") and len(piece) > 2:
        code = _unescaped(piece[1:-1])
        is_short = len(code) <= SHORT_MAX and " " not in code
        if is_short:
            return Markup('<code class="short">{}</code>').format(code)
        return Markup("<code>{}</code>").format(code)
    if piece.startswith("<") and piece.endswith(">"):
        return _reference(piece[1:-1], name_of)
    return _styled(piece)


def _reference(inside: str, name_of: Names) -> Markup:
    """A mention, a link, a date, or a word to everybody."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return Markup("<b>@{}</b>").format(name_of(target[1:]))
    if target.startswith("#"):
        return Markup("<b>#{}</b>").format(label or name_of(target[1:]))
    date = _DATE.fullmatch(target)
    if date:
        moment = datetime.fromtimestamp(int(date[1]), UTC)
        return Markup('<time datetime="{}">{}</time>').format(
            moment.isoformat(), f"{moment:%Y-%m-%d %H:%M} UTC"
        )
    if target.startswith("!"):
        return Markup("<b>@{}</b>").format(target[1:])
    if target.startswith(("https://", "http://", "mailto:")):
        words = _with_whole_ids(str(escape(_unescaped(label or target))))
        return Markup('<a href="{}">{}</a>').format(_unescaped(target), Markup(words))  # noqa: S704 - escaped
    return Markup("{}").format(f"<{inside}>")


def _styled(text: str) -> Markup:
    html = str(escape(_unescaped(text)))
    for pattern, tag in _STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return Markup(_broken(_with_emoji(html)))  # noqa: S704 - escaped above


def _with_whole_ids(html: str) -> str:
    """Ids of deployments and requests do not break after their first letter."""
    return _ID.sub(r'<span class="short">\g<0></span>', html)


def _with_emoji(html: str) -> str:
    return _EMOJI_NAME.sub(lambda found: emoji(found[1]), html)


def _broken(html: str) -> str:
    lines = [
        f'<span class="quote">{line.removeprefix("&gt;").strip()}</span>' if line.startswith("&gt;") else line
        for line in html.split("\n")
    ]
    return "<br>".join(lines)


def _unescaped(text: str) -> str:
    """Slack's three escapes undone; nothing else is one."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
