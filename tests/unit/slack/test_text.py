"""Slack's text as a person typed it."""

import pytest

from bot.slack.text import plain_slack_text

ROWS = [
    ("", ""),
    ("deploy api staging", "deploy api staging"),
    ("a &amp; b &lt;c&gt;", "a & b <c>"),
    ("&amp;lt;", "&lt;"),
    ("<https://shop.example.com>", "https://shop.example.com"),
    ("<https://shop.example.com|shop.example.com>", "shop.example.com"),
    ("deploy <mailto:api@feature.io|api@feature.io> staging", "deploy api@feature.io staging"),
    ("<mailto:api@feature.io>", "api@feature.io"),
    ("ask <@U0ANNA>", "ask <@U0ANNA>"),
    ("ask <@U0ANNA|anna>", "ask <@U0ANNA>"),
    ("in <#C0DEPLOYS|deploys>", "in deploys"),
    ("in <#C0DEPLOYS>", "in C0DEPLOYS"),
    ("in <#C0DEPLOYS|>", "in C0DEPLOYS"),
    ("<!here>", "@here"),
    ("<!subteam^S1|@sre>", "@sre"),
    ("<!subteam^S1>", "@subteam"),
    ("because “it is time”", "because “it is time”"),
    ("<not closed", "<not closed"),
    ("<<a>>", "<a>"),
    ("1 &lt; 2 <https://x.example/?a=1&amp;b=2>", "1 < 2 https://x.example/?a=1&b=2"),
]


@pytest.mark.parametrize("sent,typed", ROWS)
def test_markup_becomes_what_was_typed(sent: str, typed: str) -> None:
    assert plain_slack_text(sent) == typed
