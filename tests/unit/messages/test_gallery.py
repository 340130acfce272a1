"""The gallery shows everything that can be written, and GitHub and Slack take all of it."""

import json
import re
from typing import Any

import pytest

from bot.domain.speech import Confusion
from bot.messages.confusions import SENTENCES
from bot.messages.dialects import GITHUB
from bot.messages.endings import ENDINGS, happened
from bot.messages.refusals import WORDINGS
from bot.messages.states import SYMBOLS, WORDS
from bot.sandbox.slack.block_rules import block_problems, shouts, view_problems
from tests.gallery import replies, stories
from tests.gallery.exhibits import Exhibit, names_of
from tests.gallery.page import all_rooms, notification, page
from tests.unit.messages.samples import STATES
from tests.unit.messages.slack import assert_slack_takes

COMMENT_CHARACTERS_MAX = 65_536  # GitHub's
VIEW_BYTES_MAX = 250_000  # Slack's
PAGE_BYTES_MAX = 2_000_000
EXHIBITS_MAX = 400

ROOMS = all_rooms()
EXHIBITS = {exhibit.name: exhibit for room in ROOMS for exhibit in room.exhibits}


@pytest.fixture(scope="module")
def html() -> str:
    return page(ROOMS)


def both_sides(exhibit: Exhibit) -> str:
    return "\n".join([exhibit.comment, *(said.message.text for said in exhibit.said)])


def styled(part: Any) -> list[str]:
    """Every text that Slack reads for mentions; a `plain_text` is shown as it is."""
    if isinstance(part, dict):
        own = [part["text"]] if part.get("type") == "mrkdwn" else []
        return own + [text for value in part.values() for text in styled(value)]
    return [text for value in part for text in styled(value)] if isinstance(part, list | tuple) else []


def test_every_name_is_used_once() -> None:
    names = names_of(ROOMS) + [room.name for room in ROOMS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z_-]*", name) for name in names)


@pytest.mark.parametrize("state", STATES)
def test_every_state_hangs_there_on_both_sides(state: str) -> None:
    exhibit = EXHIBITS[f"state-{state}"]
    assert exhibit.comment.startswith(f"### {SYMBOLS[state]} ")  # type: ignore[index]
    assert f": {WORDS[state]}" in exhibit.said[0].message.text.splitlines()[0]  # type: ignore[index]


@pytest.mark.parametrize("reason", ENDINGS)
def test_every_reason_of_an_end_hangs_there(reason: str) -> None:
    (part,) = stories.ended_by(reason).parts
    assert part.deployment.reason == reason
    shown = both_sides(EXHIBITS[f"ending-{reason}"])
    assert part.deployment.state == "succeeded" or happened(GITHUB, part.deployment) in shown
    assert "Reason code" not in shown


@pytest.mark.parametrize("reason", WORDINGS)
def test_every_refusal_hangs_there(reason: str) -> None:
    exhibit = EXHIBITS[f"refusal-{reason}"]
    assert WORDINGS[reason].rule in exhibit.comment
    assert WORDINGS[reason].rule in exhibit.said[0].message.text


@pytest.mark.parametrize("code", Confusion)
def test_every_confusion_hangs_there_as_the_grammar_makes_it(code: Confusion) -> None:
    assert replies.confusion(code).code is code
    before, _, after = SENTENCES[code].partition("{}")
    comment = EXHIBITS[f"confusion-{code.value}"].comment
    assert before.strip() in comment
    assert after in comment


@pytest.mark.parametrize(
    "name",
    [
        "prompt-rollback",
        "prompt-retry",
        "prompt-keep",
        "help",
        "status",
        "dry-run",
        "merged-too-late",
        "told-in",
        "hostile",
    ],
)
def test_the_other_answers_hang_there(name: str) -> None:
    assert EXHIBITS[name].comment


@pytest.mark.parametrize("name", EXHIBITS)
def test_slack_and_github_take_it(name: str) -> None:
    exhibit = EXHIBITS[name]
    assert len(exhibit.comment) < COMMENT_CHARACTERS_MAX
    for said in exhibit.said:
        assert_slack_takes(said.message)
        assert block_problems(list(said.message.blocks)) == []
        assert shouts(said.message.text, styled(said.message.blocks)) == []
        assert notification(said.message.text)
    if exhibit.filled is not None:
        assert view_problems(exhibit.filled.view) == []
        assert len(json.dumps(exhibit.filled.view)) < VIEW_BYTES_MAX
        ids = {block.get("block_id") for block in exhibit.filled.view["blocks"]}
        assert set(exhibit.filled.errors) <= ids


def test_the_page_has_all_of_it_and_no_more_than_a_browser_shows_at_once(html: str) -> None:
    anchors = re.findall(r' id="([^"]+)"', html)
    assert set(EXHIBITS) <= set(anchors)
    assert len(set(anchors)) == len(anchors)
    assert len(EXHIBITS) < EXHIBITS_MAX
    assert len(html.encode()) < PAGE_BYTES_MAX


def test_the_page_stands_alone_runs_nothing_and_sends_nothing(html: str) -> None:
    assert "form-action 'none'" in html
    for tag in ("<script", "<link", "<img", "<iframe", "javascript:"):
        assert tag not in html
    assert not re.search(r'<[^>]+ src="', html)


def test_the_page_shows_hostile_words_as_words(html: str) -> None:
    assert "&lt;img src=x" in html
    assert 'href="https://evil' not in html
