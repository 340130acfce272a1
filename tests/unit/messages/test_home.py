"""The Home tab: true, dated, within Slack's limits, and only what was handed in."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import State
from bot.messages import home
from bot.messages.home import Picture, Running, Standing, Standings
from bot.sandbox.slack.block_rules import is_too_large, view_problems
from tests.unit.messages.samples import AT, HOSTILE, MONA, NEW

LIVE = Standing(
    service="api",
    environment="production",
    sha=NEW,
    known=True,
    touched=True,
    deployment="d-0000000001",
    since=AT,
    by=MONA,
)


def standing(**changes: Any) -> Standing:
    return Standing(**{"service": "api", "environment": "production", **changes})


def overview(*slots: Standing, **changes: Any) -> home.View:
    """The tab; Slack would take it."""
    known: dict[str, Any] = {
        "repositories": (Standings("acme/shop", slots),) if slots else (),
        "unreadable": 0,
        "at": AT,
        "channel": "D0MONA",
        "web_url": "https://github.example",
        "public_url": "https://pointsman.example/",
    }
    view = home.overview(Picture(**(known | changes)))
    assert view_problems(view) == []
    assert not is_too_large(view)
    return view


def told(view: home.View) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_what_is_live_is_told_with_since_when_and_by_whom() -> None:
    view = overview(LIVE)
    commit = f"<https://github.example/acme/shop/commit/{NEW}|{NEW[:7]}>"
    moment = f"<!date^{int(AT)}^{{date_num}} {{time}}|2026-01-02 14:03 UTC>"
    assert f"`api`: ✅ live {commit} since {moment}, by <@U0MONA001>." in told(view)
    assert f"As of {moment}" in told(view)
    assert view["private_metadata"] == "D0MONA"


LINES: list[tuple[Standing, str]] = [
    (standing(), "`api`: nothing that Pointsman deployed."),
    (standing(touched=True), "`api`: ❓ not known."),
    (standing(touched=True, sha=NEW), f"|{NEW[:7]}> was live before)."),
    (standing(touched=True, sha=NEW, known=True), f"|{NEW[:7]}>."),
    (standing(waiting=2), "🕒 2 waiting."),
    (standing(running=Running("d-2", "running", NEW)), "🚀 running: <https://github.example"),
    (standing(running=Running("d-2", "running", NEW)), "<https://pointsman.example/deployments/d-2|d-2>."),
    (replace(LIVE, automatic=True), "(automatic)."),
]


@pytest.mark.parametrize("slot,line", LINES)
def test_a_slot_says_no_more_than_is_known(slot: Standing, line: str) -> None:
    assert line in told(overview(slot))


def test_nothing_is_green_that_is_not_known() -> None:
    assert "✅" not in told(overview(standing(touched=True, sha=NEW), standing(service="web")))


@pytest.mark.parametrize("state,words", [("failed", "❌ failed"), ("timed_out", "⏰ timed out")])
def test_what_asks_for_a_decision_stands_first(state: State, words: str) -> None:
    view = overview(LIVE, standing(service="web", touched=True, asks="d-3", went_wrong=state))
    blocks = [json.dumps(each, ensure_ascii=False) for each in view["blocks"]]
    first = next(index for index, each in enumerate(blocks) if "Waiting for a decision" in each)
    link = "<https://pointsman.example/deployments/d-3|d-3>"
    assert f"`acme/shop` `web` in `production`: {words}, {link}" in blocks[first]
    assert first < next(index for index, each in enumerate(blocks) if "*production*" in each)
    assert "Asks for a decision, see above." in told(view)


def test_environments_stand_in_the_order_in_which_they_were_given() -> None:
    view = overview(standing(environment="staging"), standing(environment="production"))
    assert told(view).index("*staging*") < told(view).index("*production*")


def test_every_button_says_what_it_does() -> None:
    (row,) = [each for each in overview()["blocks"] if each["type"] == "actions"]
    labels = {each["action_id"]: each["accessibility_label"] for each in row["elements"]}
    assert set(labels) == {home.REFRESH, home.DEPLOY}
    assert all(0 < len(label) <= 75 for label in labels.values())


def test_an_empty_picture_says_so() -> None:
    assert "No deployment is recorded yet" in told(overview())


@pytest.mark.parametrize("count,words", [(1, "1 more repository,"), (2, "2 more repositories,")])
def test_what_could_not_be_read_is_counted(count: int, words: str) -> None:
    assert words in told(overview(unreadable=count))


def test_more_than_slack_takes_is_cut_with_a_sentence() -> None:
    many = tuple(Standings(f"acme/repo-{number}", (LIVE,)) for number in range(60))
    view = overview(repositories=many)
    assert len(view["blocks"]) == home.BLOCKS_MAX
    assert "`/pointsman status`" in json.dumps(view["blocks"][-1])


def test_longer_than_slack_takes_is_cut_with_a_sentence() -> None:
    slots = tuple(
        Standing(service="\u00e4" * 60, environment=f"e{number % 9}", sha=NEW, known=True, since=AT)
        for number in range(600)
    )
    view = overview(*slots)
    assert len(view["blocks"]) < home.BLOCKS_MAX
    assert "`/pointsman status`" in json.dumps(view["blocks"][-1])
    assert "…" not in told(view).replace("Deploy…", "")


def test_exactly_as_many_blocks_as_slack_takes_are_all_shown() -> None:
    many = tuple(Standings(f"acme/repo-{number}", (LIVE,)) for number in range(32))
    view = overview(repositories=many, unreadable=1)  # 3 + 32 * 3 + 1
    assert len(view["blocks"]) == home.BLOCKS_MAX
    assert "/pointsman status" not in told(view)


def test_names_from_outside_are_inert() -> None:
    view = overview(standing(service=HOSTILE, environment=HOSTILE))
    assert "<!channel>" not in told(view)
    assert "<https://evil" not in told(view)


def test_somebody_unlinked_reads_how_to_be_linked() -> None:
    view = home.unlinked("U0SAM", AT, "D0SAM")
    assert view_problems(view) == []
    assert "`LOGIN: U0SAM`" in told(view)
    assert [each["action_id"] for each in view["blocks"][1]["elements"]] == [home.REFRESH]
