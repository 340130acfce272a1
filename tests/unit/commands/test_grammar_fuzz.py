"""Whatever people type, up to 64 KB: it is understood, answered or ignored, and never comes out raw."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from bot.commands.comment import first_command_line
from bot.commands.grammar import parse
from bot.domain.phrasing import format_command
from bot.domain.speech import USAGE, Misunderstood, Vocabulary
from bot.messages.answers import misunderstood

NAMES = Vocabulary(services=("api", "web"), environments=("staging", "production"))
WORDS = [*USAGE, "api", "web", "production", "staging", "all", "because", "for", "to", "2h", "--dry-run", "@"]
LARGE = 64 * 1024

pieces = some.one_of(
    some.sampled_from(WORDS),
    some.text(max_size=30),
    some.sampled_from(
        ["<!channel>", "<@U1>", "@acme/team", "`", "```", "](https://x)", "$(rm)", "\x00", "\u202e"]
    ),
)
lines = some.lists(pieces, max_size=30).map(" ".join)
comments = some.lists(some.one_of(lines, lines.map("/{}".format)), max_size=20).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(lines)
def test_any_line_is_a_command_or_a_reason_why_not(line: str) -> None:
    command = parse(line, NAMES)
    if not isinstance(command, Misunderstood):
        assert parse(format_command(command), NAMES) == command


@settings(max_examples=200, deadline=None)
@given(comments)
@example("/" * LARGE)
@example("`" * LARGE)
@example("> " * (LARGE // 2))
@example("<!--" * (LARGE // 4))
@example("/deploy " + "x=" * (LARGE // 2))
def test_any_comment_is_searched(text: str) -> None:
    found = first_command_line(text[:LARGE], prefix_only=False)
    assert found is None or found.words


@settings(max_examples=300, deadline=None)
@given(lines)
@example("deploy <!channel> production")
@example("deploy @acme/team production")
@example("deploy ](https://evil.example) production")
def test_nothing_of_it_reaches_markdown_or_slack_raw(line: str) -> None:
    command = parse(line, NAMES)
    if isinstance(command, Misunderstood):
        message = misunderstood(command)
        outside = re.sub(r"(`+)[^`].*?\1", "", message.markdown, flags=re.DOTALL)
        assert "@acme/team" not in outside
        assert "](https://x)" not in outside
        assert "<!channel>" not in message.text
        assert "<@U1>" not in message.text
        for block in message.blocks:
            assert "<!channel>" not in str(block)


@pytest.mark.parametrize(
    "text", ["/deploy " + "a" * LARGE, "deploy api production " * 4_000, "\u202e" * LARGE]
)
def test_what_is_far_too_long_is_refused_without_being_read(text: str) -> None:
    assert isinstance(parse(text, NAMES), Misunderstood)
