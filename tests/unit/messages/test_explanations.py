"""`/why` is answered in a few inert lines that GitHub and Slack take, whatever stands in them."""

import re

from markdown_it import MarkdownIt

from bot.messages.blocks import MARKDOWN_LENGTH_MAX
from bot.messages.explanations import LINES_MAX, Explanation, explanation
from tests.unit.messages.samples import HOSTILE
from tests.unit.messages.slack import assert_slack_takes

URL = "https://bot.example/requests/r-1"


def test_it_has_a_title_lines_what_to_do_and_where_all_of_it_is() -> None:
    explained = Explanation(
        title="❌ failed: ada commented “/deploy api”",
        lines=("The deployer reported a failure.", "d-1 waits: `/cancel d-1`"),
        next=("Mend it, then `/retry`.", "`/keep d-1`"),
        url=URL,
    )
    message = explanation(explained)
    assert message.markdown.split("\n\n") == [
        "### ❌ failed: ada commented “/deploy api”",
        "- The deployer reported a failure.\n- d-1 waits: `/cancel d-1`",
        "What to do: Mend it, then `/retry`. `/keep d-1`.",
        f"[The whole story](<{URL}>)",
    ]
    assert f"<{URL}|The whole story>" in message.text
    assert_slack_takes(message)


def test_what_is_not_there_leaves_no_gap() -> None:
    message = explanation(Explanation(title="Nothing is recorded about d-1"))
    assert message.markdown == "### Nothing is recorded about d-1"
    assert_slack_takes(message)


def test_many_and_long_lines_are_cut_and_counted() -> None:
    message = explanation(
        Explanation(title="x" * 2_000, lines=("y" * 5_000,) * 300, next=("z" * 5_000,) * 90)
    )
    assert message.markdown.count("\n- y") + message.markdown.startswith("- y") <= LINES_MAX
    assert f"… and {300 - LINES_MAX} more." in message.markdown
    assert len(message.markdown) < 10_000 < MARKDOWN_LENGTH_MAX
    assert_slack_takes(message)


def test_what_came_from_outside_stays_text() -> None:
    for text in (HOSTILE, f"`{HOSTILE}`", "`@acme/team` @acme/team <!channel> `a", "`" * 50):
        message = explanation(Explanation(title=text, lines=(text,), next=(text,), url=URL))
        shown = MarkdownIt("commonmark").render(message.markdown)
        assert "<img" not in shown
        assert re.findall('href="([^"]*)"', shown) == [URL]
        assert "@acme" not in re.sub("<code>.*?</code>", "", shown)
        assert "<!channel>" not in message.text
        assert_slack_takes(message)


def test_an_address_that_may_not_be_linked_is_not() -> None:
    message = explanation(Explanation(title="x", url="javascript:alert(1)"))
    assert "javascript" not in message.markdown + message.text
