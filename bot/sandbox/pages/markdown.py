"""Comments as GitHub shows them, for a page that trusts none of them.

HTML in a comment stays text, except for a few tags without attributes that GitHub allows. Must never let
through a script, an attribute, or an address that is no web address.
"""

import re
from collections import Counter
from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

REMEMBERED = 2_000
_RENDERER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_SHORT_CODE = re.compile(r"<code>(?=[^<\s]{1,16}</code>)")
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLAIN_TAG = re.compile(r"&lt;(/?)(details|summary|sub|sup|kbd|br)\s*/?&gt;")


@lru_cache(maxsize=REMEMBERED)
def markdown(text: str) -> Markup:
    """A comment or description as HTML; pages are drawn again at every change, texts change rarely."""
    html = _SHORT_CODE.sub('<code class="short">', _RENDERER.render(_HTML_COMMENT.sub("", text)))
    return Markup(_with_plain_tags(html))  # noqa: S704 - html is off


def _with_plain_tags(html: str) -> str:
    """Bring back the harmless tags, if every one that is opened is also closed."""
    opened: Counter[str] = Counter()
    for slash, name in _PLAIN_TAG.findall(html):
        if name != "br":
            opened[name] += -1 if slash else 1
            if opened[name] < 0:
                return html
    return html if any(opened.values()) else _PLAIN_TAG.sub(r"<\1\2>", html)
