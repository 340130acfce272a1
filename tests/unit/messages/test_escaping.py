"""Text from outside stays text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.messages import escaping
from bot.messages.dialects import GITHUB, SLACK
from tests.unit.messages.samples import HOSTILE

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What GitHub links after it has rendered the Markdown.
LINKED_LATER = re.compile(r"@\w|#\d|(?i:\bgh-\d)|://|(?i:www\.)|(?i:mailto:\S+@\w)")
PIECES = st.sampled_from(
    [
        "@",
        "@acme/team",
        "#1",
        "GH-1",
        "https://",
        "www.",
        "x.io",
        "](",
        "[",
        ")",
        "<",
        ">",
        "<b>",
        "<!--",
        "`",
        "```",
        "~~~",
        "*",
        "_",
        "~~",
        "|",
        "\\",
        "\n",
        "\r\n",
        "\u2028",
        "\x00",
        "&lt;",
        "&#96;",
        "# ",
        "- ",
        "1. ",
        "> ",
        "---",
        "===",
        "!",
        "$",
        " ",
        "a",
        "<!channel>",
        "<@U1>",
        "@here",
        "\u202e",
        "\u200d",
        ":--",
        "\ud800",
    ]
)
HOSTILE_TEXT = st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join)
INERT = {"inline", "text", "text_special", "softbreak"}
FRAME = {"paragraph_open", "paragraph_close"}


def flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *(token.children or []))]


def shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type in ("text", "text_special"))


@given(HOSTILE_TEXT)
def test_markdown_of_any_text_is_one_paragraph_of_mere_text(text: str) -> None:
    tokens = flat(PARSER.parse(escaping.markdown(text)))
    assert {token.type for token in tokens} <= INERT | FRAME
    assert not LINKED_LATER.search(shown(tokens))


@given(HOSTILE_TEXT)
def test_markdown_shows_what_was_written(text: str) -> None:
    tokens = flat(PARSER.parse(escaping.markdown(text, 1_000)))
    assert shown(tokens).replace("\u200d", "") == escaping.plain(text, 1_000)


@given(HOSTILE_TEXT)
def test_text_stays_in_its_cell_of_a_table(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {escaping.markdown(text)} | {escaping.markdown_code(text)} |"
    tokens = flat(PARSER.parse(table))
    kinds = {"table", "thead", "tbody", "tr", "th", "td"}
    frame = {f"{kind}_{side}" for kind in kinds for side in ("open", "close")}
    assert {token.type for token in tokens} <= INERT | frame | {"code_inline"}
    assert [token.type for token in tokens].count("td_open") == 2


@given(HOSTILE_TEXT)
def test_code_of_any_text_mentions_and_links_nothing(text: str) -> None:
    tokens = flat(PARSER.parse(f"a {escaping.markdown_code(text)} b"))
    assert {token.type for token in tokens} <= INERT | FRAME | {"code_inline"}
    assert not LINKED_LATER.search(shown(tokens))


@given(HOSTILE_TEXT)
def test_mrkdwn_of_any_text_mentions_links_and_styles_nothing(text: str) -> None:
    written = escaping.mrkdwn(text)
    assert not re.search(r"[<>`\n]|&(?!amp;|lt;|gt;)|@\w", written)
    assert not re.search(r"(?<![^\W_])[*_~]", written)


@given(HOSTILE_TEXT)
def test_code_in_slack_cannot_be_left(text: str) -> None:
    written = escaping.mrkdwn_code(text)
    assert written.count("`") in (0, 2)
    assert not re.search(r"[<>\n]|&(?!amp;|lt;|gt;)", written)


@given(HOSTILE_TEXT, st.integers(2, 50))
def test_text_is_one_visible_line_of_bounded_length(text: str, most: int) -> None:
    line = escaping.plain(text, most)
    assert len(line) <= most
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(character) for character in line}
    assert line == line.strip()


@given(HOSTILE_TEXT, HOSTILE_TEXT)
def test_a_link_leads_where_it_says_or_is_no_link(url: str, label: str) -> None:
    tokens = flat(PARSER.parse(GITHUB.link(f"https://ci.example.com/{url}", label)))
    links = [token for token in tokens if token.type == "link_open"]
    assert len(links) <= 1
    for link in links:
        assert str(link.attrs["href"]).startswith("https://ci.example.com/")
    assert not {"html_inline", "image"} & {token.type for token in tokens}
    assert SLACK.link(f"https://ci.example.com/{url}", label).count("<") <= 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "https://github.com@evil.example/",
        "https://[::1",
        "ftp://ci.example.com",
        "https://ci.example.com/\n",
        "https://ci.example.com/" + "a" * 2_000,
        "",
        None,
    ],
)
def test_only_web_addresses_are_linked(url: str | None) -> None:
    assert escaping.web_address(url) is None
    assert GITHUB.link(url, "log") == "log"


def test_an_address_keeps_its_query() -> None:
    assert GITHUB.link("https://ci.example.com/a?b=1&copy=2", "log") == (
        "[log](<https://ci.example.com/a?b=1&amp;copy=2>)"
    )


def test_long_text_is_cut_with_a_sign() -> None:
    assert escaping.plain("a" * 300, 10) == "a" * 9 + "…"
    assert escaping.plain(HOSTILE * 1_000, 50).endswith("…")
