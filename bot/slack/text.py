"""Turns text as Slack sends it into text as a person typed it.

Slack escapes three characters and wraps links, people and channels in angle brackets ("Formatting text for
app surfaces"). A service called `api.io` comes as a link and must be read as `api.io` again. Quotes are left
as they are: the grammar knows the typographic ones.
"""

import re

_BRACKETED = re.compile(r"<([^<>]*)>")
_ESCAPES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
)  # the ampersand last, or `&amp;lt;` would become `<`


def plain_slack_text(text: str) -> str:
    """Give the text without Slack's markup; only mentions of people stay, as `<@U…>`."""
    plain = _BRACKETED.sub(_shown, text)
    for escaped, character in _ESCAPES:
        plain = plain.replace(escaped, character)
    return plain


def _shown(found: "re.Match[str]") -> str:
    """What a person sees in the place of `<…>`: the label if there is one."""
    target, _, label = found.group(1).partition("|")
    if target.startswith("@"):
        return f"<{target}>"
    if target.startswith("#"):
        return label or target[1:]
    if target.startswith("!"):
        return label or "@" + target[1:].partition("^")[0]
    return label or target.removeprefix("mailto:")
