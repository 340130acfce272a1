"""The request's comment and message tell the newest picture, and nothing that is not known."""

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.commands.grammar import parse
from bot.domain.deployment import ENDED, WENT_WRONG, State
from bot.domain.events import Live
from bot.domain.request import Part, Request
from bot.domain.speech import Cancel, Vocabulary
from bot.messages import prompts, requests, threads
from bot.messages.states import SYMBOLS, WORDS
from tests.unit.messages import samples
from tests.unit.messages.samples import GOOD, NEW, STATES
from tests.unit.messages.slack import assert_slack_takes

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table"])
PICTURES = {
    **{state: samples.request(samples.part(state)) for state in STATES},
    **{f"rollback {state}": samples.rollback(state) for state in STATES},
    "answered": samples.request(samples.part("failed", prompt=samples.answered())),
    "kept": samples.request(samples.part("failed", prompt=samples.answered("keep"))),
    "nothing good": samples.request(
        samples.part("failed", prompt=samples.prompt(target=None, target_sha=None))
    ),
    "two": samples.request(samples.part("failed"), samples.part("running")),
    "none": samples.request(),
    "hostile": samples.hostile(),
    "many": samples.many(200),
}


@pytest.mark.parametrize("name", PICTURES)
def test_slack_takes_every_message(name: str) -> None:
    request = PICTURES[name]
    assert_slack_takes(requests.message(request))
    assert_slack_takes(threads.asked(request))
    for part in request.parts[:3]:
        assert_slack_takes(threads.ended(part.deployment, part.live))
        if part.prompt is not None:
            assert_slack_takes(prompts.message(part.deployment, part.prompt))


@pytest.mark.parametrize("name", PICTURES)
def test_github_takes_every_comment(name: str) -> None:
    comment = requests.comment(PICTURES[name])
    assert len(comment) < 65_400
    tokens = [each for token in PARSER.parse(comment) for each in (token, *(token.children or []))]
    assert not {"html_block", "html_inline", "fence", "code_block", "image"} & {
        token.type for token in tokens
    }


@pytest.mark.parametrize("state", STATES)
def test_the_state_stands_in_words_beside_its_symbol(state: State) -> None:
    request = samples.request(samples.part(state))
    for headline in (
        requests.comment(request).splitlines()[0],
        requests.message(request).text.splitlines()[0],
    ):
        assert headline.lstrip("#* ").startswith(f"{SYMBOLS[state]} ")
        assert f": {WORDS[state]}" in headline
    assert f"| {SYMBOLS[state]} {WORDS[state]}" in requests.comment(request)


def test_symbols_and_words_are_told_apart() -> None:
    assert len(set(SYMBOLS.values())) == len(set(WORDS.values())) == len(STATES)


def test_hostile_text_mentions_nobody_and_leads_nowhere() -> None:
    comment = requests.comment(samples.hostile())
    tokens = [each for token in PARSER.parse(comment) for each in (token, *(token.children or []))]
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert all(str(link).startswith("https://x.example/") for link in links)
    assert not re.search(r"(?<![\w`])@\w", comment)
    slack = requests.message(samples.hostile())
    assert not re.search(r"<(?!https://x\.example/|!date)", slack.text)


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (Live("d-0000000001", NEW, True), "Live now: c0ffee1."),
        (Live("d-0000000009", GOOD, False), "What is live is not known (600d5ea was live before)."),
        (Live(None, None, False), "Nothing is known to be live yet."),
    ],
)
def test_what_is_live_is_told_as_it_is_known(live: Live, said: str) -> None:
    assert said in requests.comment(samples.request(samples.part("timed_out", live=live)))


def test_a_late_correction_changes_the_live_line_only() -> None:
    before = requests.comment(samples.request(samples.part("timed_out")))
    corrected = samples.part("timed_out", live=Live("d-0000000001", NEW, True))
    after = requests.comment(samples.request(corrected))
    changed = [
        pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]
    ]
    happened = "It did not end within 30 min of its acceptance (`timeout`)."
    unknown = f"{happened} What is live is not known (600d5ea was live before)."
    assert changed == [(unknown, f"{happened} Live now: c0ffee1.")]


@pytest.mark.parametrize("state", sorted(WENT_WRONG))
def test_an_open_question_names_the_commands_to_type(state: State) -> None:
    comment = requests.comment(samples.request(samples.part(state)))
    for command in ("/rollback api production", "/retry d-0000000001", "/keep d-0000000001"):
        assert f"- `{command}`" in comment
    assert "Last good: 600d5ea, deployed by `d-0000000009`" in comment


def test_where_nothing_is_good_no_rollback_is_offered() -> None:
    comment = requests.comment(PICTURES["nothing good"])
    assert "/rollback" not in comment
    assert "there is nothing to roll back to" in comment


def test_an_answer_replaces_the_question() -> None:
    comment = requests.comment(PICTURES["answered"])
    assert "@mona chose to roll back at 2026-01-02 14:06 UTC. It goes on as `d-0000000002`." in comment
    assert "/keep" not in comment


def test_a_rollback_is_named_as_such() -> None:
    assert "Rolling back `api` in `production` to 600d5ea: running" in requests.comment(samples.rollback())


def test_automation_is_named_as_such() -> None:
    comment = requests.comment(samples.request(samples.part(), automatic=True, because=None))
    assert "Started by itself (`auto: merge`) at 2026-01-02 14:03 UTC, after @mona merged." in comment


def test_while_one_failed_and_another_runs_both_are_said() -> None:
    assert "failed (others are still under way)" in requests.comment(PICTURES["two"])


def test_the_comparison_is_linked_where_this_github_is() -> None:
    comment = requests.comment(samples.request(samples.part("failed")), "https://github.example.com/")
    assert f"(<https://github.example.com/acme/shop/compare/{GOOD}...{NEW}>)" in comment


def buttons(request: Request) -> list[dict[str, Any]]:
    rows = [block for block in requests.message(request).blocks if block["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


@pytest.mark.parametrize("state", sorted(set(STATES) - ENDED - {"requested", "verifying"}))
def test_what_waits_or_runs_can_be_cancelled_after_a_question(state: State) -> None:
    (cancel,) = buttons(samples.request(samples.part(state)))
    assert cancel["text"]["text"] == "Cancel"
    assert parse(cancel["value"], Vocabulary()) == Cancel(id="r-0000000001")
    assert "api in production" in cancel["confirm"]["text"]["text"]
    assert (cancel["confirm"]["confirm"]["text"], cancel["confirm"]["deny"]["text"]) == (
        "Yes, cancel it",
        "Let it go on",
    )


def test_what_its_deployer_has_done_cannot_be_cancelled() -> None:
    assert buttons(samples.request(samples.part("verifying"))) == []


def test_what_ended_or_is_to_be_stopped_already_cannot_be_cancelled() -> None:
    stopping = samples.part(deployment=samples.deployment(cancel=samples.HUBOT))
    for state in ENDED:
        assert buttons(samples.request(samples.part(state))) == []
    assert buttons(samples.request(stopping)) == []
    assert buttons(samples.request()) == []


def test_while_one_of_several_goes_on_the_request_can_be_cancelled() -> None:
    assert [each["text"]["text"] for each in buttons(PICTURES["two"])] == ["Cancel"]


def test_it_is_told_who_asked_to_stop_it() -> None:
    request = samples.request(samples.part(deployment=samples.deployment(cancel=samples.HUBOT)))
    assert "running, to be stopped" in requests.comment(request).splitlines()[0]
    assert "@octocat asked to stop it; it goes on until the deployer says" in requests.comment(request)


def test_the_newest_words_stand_below_the_table_where_they_move_nothing() -> None:
    said = [
        requests.comment(samples.request(samples.part(deployment=samples.deployment(description=words))))
        for words in (None, "copying files", "x " * 500)
    ]
    assert "> No word from the deployer yet." in said[0]
    assert "> copying files" in said[1]
    others = [[line for line in comment.splitlines() if not line.startswith("> ")] for comment in said]
    assert others[0] == others[1] == others[2]


def test_of_several_services_the_same_is_said_once() -> None:
    def of(service: str, state: State) -> Part:
        order = samples.order(id=f"d-00000000{len(service):02}", service=service)
        return samples.part(state, deployment=samples.deployment(state, order=order))

    request = samples.request(of("api", "succeeded"), of("web", "running"), of("worker", "queued"))
    assert "`api`: Live now: c0ffee1.\n`web` and `worker`: Live now: 600d5ea." in requests.comment(request)
    assert "> `web`: copying files" in requests.comment(request)
    assert requests.message(request, "").text.count("c0ffee1") == 2  # the headline's, and what is live


def test_commits_are_linked_in_slack_where_this_github_is() -> None:
    request = samples.request(samples.part("failed"))
    linked = f"<https://github.example.com/acme/shop/commit/{NEW}|c0ffee1>"
    message = requests.message(request, "https://github.example.com/")
    assert linked in message.text.splitlines()[0]
    assert "/commit/" not in requests.message(request, "").text


def test_somebody_who_started_it_again_elsewhere_is_told_of() -> None:
    again = samples.part("failed", deployment=samples.deployment("failed", again="succeeded"))
    words = "Started again at the deployer by somebody: it succeeded there. The outcome here stays."
    assert words in requests.comment(samples.request(again))
    assert words in requests.message(samples.request(again)).text
    assert "Started again" not in requests.comment(samples.request(samples.part("failed")))


def test_a_threads_end_says_what_happened_and_what_is_live() -> None:
    said = threads.ended(samples.deployment("failed"), Live("d-0000000009", GOOD, False)).markdown
    assert "after 2 min 5 s" in said
    assert "health check failed" in said
    assert "What is live is not known" in said
