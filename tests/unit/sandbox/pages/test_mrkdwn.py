"""Slack's own markup, as HTML."""

import pytest

from bot.sandbox.pages.mrkdwn import emoji, mrkdwn, plain

NAMES = {"U0ADA": "ada", "C0DEPLOYS": "deploys"}


def shown(text: str) -> str:
    return str(mrkdwn(text, lambda thing: NAMES.get(thing, thing)))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("*bold* _it_ ~old~", "<strong>bold</strong> <em>it</em> <s>old</s>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("`a *b* c`", "<code>a *b* c</code>"),
        ("`r-0123456789`", '<code class="short">r-0123456789</code>'),
        ("```\nx <y>\n```", "<pre>x &lt;y&gt;</pre>"),
        ("a\nb", "a<br>b"),
        ("&gt; said", '<span class="quote">said</span>'),
        ("<@U0ADA> in <#C0DEPLOYS>", "<b>@ada</b> in <b>#deploys</b>"),
        ("<#C1|other>", "<b>#other</b>"),
        ("<!here>", "<b>@here</b>"),
        ("<https://example.com/a?b=1&amp;c=2|log>", '<a href="https://example.com/a?b=1&amp;c=2">log</a>'),
        (
            "<https://example.com|d-0123456789>",
            '<a href="https://example.com"><span class="short">d-0123456789</span></a>',
        ),
        ("<https://example.com>", '<a href="https://example.com">https://example.com</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        (
            "<!date^0^{date}|then>",
            '<time datetime="1970-01-01T00:00:00+00:00">1970-01-01 00:00 UTC</time>',
        ),
        ("1 &lt; 2 &amp; <b>", "1 &lt; 2 &amp; &lt;b&gt;"),
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
        (":rocket: :unheard_of:", "🚀 :unheard_of:"),
    ],
)
def test_mrkdwn_becomes_harmless_html(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_plain_text_has_no_styles() -> None:
    assert plain("*x* <b> :eyes:\ny") == "*x* &lt;b&gt; 👀<br>y"


def test_an_emoji_that_we_do_not_know_keeps_its_name() -> None:
    assert (emoji("eyes"), emoji("shrug")) == ("👀", ":shrug:")
