"""Who may call the simulated Slack, with what, and how often; and what goes wrong on purpose."""

import json
from random import Random
from urllib.parse import urlencode

import pytest

from bot.sandbox.slack import PRESETS, Answer, Fault, Limits, Request, SlackWorld
from bot.sandbox.slack.methods import FORM_ONLY
from tests.unit.sandbox.slack.calls import TOKEN, Clock, call, error, new_world, request, section

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "not_authed"),
        ({"authorization": "Bearer "}, "not_authed"),
        ({"authorization": "Bearer xoxb-other"}, "invalid_auth"),
        ({"authorization": "Bearer xoxb-ünicode"}, "invalid_auth"),
        ({"authorization": f"Basic {TOKEN}"}, "not_authed"),
    ],
)
def test_a_call_without_the_right_token_is_refused(
    world: SlackWorld, headers: dict[str, str], expected: str
) -> None:
    response = world.api(Request("POST", "/api/auth.test", headers))
    assert (response.status, response.document) == (200, {"ok": False, "error": expected})


def test_the_token_tells_who_the_bot_is(world: SlackWorld) -> None:
    document = call(world, "auth.test")
    assert (document["user_id"], document["team_id"], document["bot_id"]) == (
        "U0POINTSMAN",
        "T0ACME",
        "B0POINTSMAN",
    )


def test_arguments_may_come_as_a_form_with_json_inside_and_the_token_beside_them(world: SlackWorld) -> None:
    fields = {"token": TOKEN, "channel": "C0DEPLOYS", "text": "hi", "blocks": json.dumps([section("hello")])}
    response = world.api(Request("POST", "/api/chat.postMessage", FORM, urlencode(fields).encode()))
    assert response.document["ok"]
    assert world.find("hello").text == "hi"


def test_arguments_may_come_in_the_query(world: SlackWorld) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    asked = Request("GET", "/api/users.info", headers, query="user=U0ADA")
    assert world.api(asked).document["user"]["name"] == "ada"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("text/plain", b"channel=C0DEPLOYS", "invalid_post_type"),
        ("application/x-www-form-urlencoded", b"channel=C0DEPLOYS&blocks=[", "invalid_blocks_format"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(
    world: SlackWorld, content_type: str, body: bytes, expected: str
) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": content_type}
    assert world.api(Request("POST", "/api/chat.postMessage", headers, body)).document["error"] == expected


@pytest.mark.parametrize("method", sorted(FORM_ONLY))
def test_a_method_that_reads_takes_no_json(world: SlackWorld, method: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    answer = world.api(Request("POST", f"/api/{method}", headers, b'{"channel": "C0DEPLOYS"}'))
    assert answer.document["error"] == "invalid_arguments"
    assert world.violations[0].where == method


def test_a_method_that_slack_does_not_know_is_remembered(world: SlackWorld) -> None:
    assert error(world, "chat.shout") == "unknown_method"
    assert world.unknown_requests == ["chat.shout"]


def test_an_argument_that_the_method_does_not_have_is_a_violation_but_no_refusal(world: SlackWorld) -> None:
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="hi", thread="1.2")
    assert [violation.problem for violation in world.violations] == ["thread: no argument of this method"]


def test_a_message_that_would_wake_everybody_up_is_a_violation(world: SlackWorld) -> None:
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="hi", blocks=[section("<!channel> failed")])
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="hi &lt;!here&gt;")
    assert [violation.problem for violation in world.violations] == ["<!channel notifies everybody"]


def test_a_token_without_the_scope_is_refused_and_told_which_one(world: SlackWorld) -> None:
    world.scopes = frozenset({"users:read"})
    document = request(world, "chat.postMessage", channel="C0DEPLOYS", text="hi").document
    assert (document["error"], document["needed"], document["provided"]) == (
        "missing_scope",
        "chat:write",
        "users:read",
    )


def test_every_call_is_remembered_with_its_answer_and_without_its_token(world: SlackWorld) -> None:
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="hi")
    error(world, "chat.postMessage", channel="C0NOWHERE", text="hi")
    assert [(c.method, c.answer) for c in world.calls] == [
        ("chat.postMessage", "ok"),
        ("chat.postMessage", "channel_not_found"),
    ]
    assert TOKEN not in repr(world.calls)
    assert TOKEN not in repr(world.installation)


def test_a_channel_takes_a_burst_and_then_one_message_a_second(clock: Clock) -> None:
    world = new_world(clock, Limits(message_burst=3, tiers=False))
    statuses = [request(world, "chat.postMessage", channel="C0DEPLOYS", text="x").status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = request(world, "chat.postMessage", channel="C0DEPLOYS", text="x")
    assert (refused.headers["retry-after"], refused.document["error"]) == ("1", "ratelimited")
    assert request(world, "chat.postMessage", channel="C0GENERAL", text="x").status == 200
    clock.advance(1.0)
    assert request(world, "chat.postMessage", channel="C0DEPLOYS", text="x").status == 200
    assert request(world, "chat.postMessage", channel="C0DEPLOYS", text="x").status == 429


def test_one_channel_under_two_names_has_one_limit(clock: Clock) -> None:
    world = new_world(clock, Limits(message_burst=1, tiers=False))
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="x")
    assert request(world, "chat.postMessage", channel="#deploys", text="x").status == 429


def test_a_method_takes_as_many_calls_a_minute_as_its_tier(clock: Clock) -> None:
    world = new_world(clock, Limits(message_burst=0, tiers=True))
    statuses = [request(world, "conversations.list").status for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert request(world, "conversations.list").headers["retry-after"] == "3"
    assert request(world, "users.info", user="U0ADA").status == 200


@pytest.mark.parametrize(
    ("fault", "status", "has_effect", "cut"),
    [
        (Fault("api_500"), 500, False, False),
        (Fault("api_503"), 503, False, False),
        (Fault("ratelimited", seconds=7), 429, False, False),
        (Fault("reset"), 0, False, True),
        (Fault("lost_reply"), 200, True, True),
        (Fault("slow", seconds=2.5), 200, True, False),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_fault_answers_cuts_or_delays(
    world: SlackWorld, fault: Fault, status: int, has_effect: bool, cut: bool
) -> None:
    world.faults.add(fault)
    response = request(world, "chat.postMessage", channel="C0DEPLOYS", text="hi")
    assert (response.status, response.cut) == (status, cut)
    assert bool(world.messages("deploys")) is has_effect
    assert response.delay_seconds == (2.5 if fault.kind == "slow" else 0.0)
    assert response.headers.get("retry-after") == ("7" if fault.kind == "ratelimited" else None)


def test_a_fault_strikes_only_what_it_names_and_as_often_as_it_says(world: SlackWorld) -> None:
    world.faults.add(Fault("api_503", "chat.*", times=1))
    assert request(world, "users.info", user="U0ADA").status == 200
    assert request(world, "chat.postMessage", channel="C0DEPLOYS", text="a").status == 503
    assert request(world, "chat.postMessage", channel="C0DEPLOYS", text="b").status == 200


def test_a_fault_with_a_share_strikes_that_part_of_the_calls(clock: Clock) -> None:
    world = SlackWorld(clock, Random(1), new_world(clock).installation, Limits.lifted())
    world.faults.add(Fault("api_503", share=0.5))
    struck = sum(request(world, "auth.test").status == 503 for _ in range(200))
    assert 60 < struck < 140


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_switched_on_by_name_and_everything_off_at_once(world: SlackWorld, preset: str) -> None:
    world.faults.preset(preset)
    assert world.faults.active
    world.faults.clear()
    assert request(world, "auth.test").status == 200


def test_a_lost_event_is_never_sent_and_a_late_one_later(world: SlackWorld, clock: Clock) -> None:
    world.faults.add(Fault("lose", "event", times=1))
    world.faults.add(Fault("stall", "event", seconds=5, times=1))
    world.mention("ada", "deploys", "deploy api staging")
    world.mention("ada", "deploys", "deploy api production")
    lost, late = world.space.outbox.sent
    assert (lost.state, late.state) == ("lost", "waiting")
    assert world.space.outbox.due(clock()) == []
    clock.advance(5)
    assert world.space.outbox.due(clock()) == [late]


def test_a_duplicate_event_has_the_same_bytes_and_says_that_it_is_a_retry(world: SlackWorld) -> None:
    world.faults.add(Fault("duplicate", times=1))
    world.mention("ada", "deploys", "deploy api staging")
    first, second = world.space.outbox.sent
    assert first.body == second.body
    assert "X-Slack-Retry-Num" not in world.signed_headers(first)
    assert world.signed_headers(second)["X-Slack-Retry-Num"] == "1"


def test_a_request_to_no_address_of_ours_is_remembered(world: SlackWorld) -> None:
    assert world.api(Request("POST", "/commands/T0ACME/9/abc")).status == 404
    assert world.unknown_requests == ["/commands/T0ACME/9/abc"]


def test_listeners_hear_of_what_the_app_does_and_of_what_people_do(world: SlackWorld) -> None:
    heard: list[int] = []
    world.space.listeners.append(lambda: heard.append(len(world.space.messages)))
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="hi")
    sent = world.slash_command("ada", "deploys", "/deploy", "api staging")
    assert sent
    world.answered(sent, Answer(200))
    assert len(heard) >= 3


def test_a_channel_that_is_made_has_everybody_and_the_app_in_it(world: SlackWorld) -> None:
    made = world.add_channel("C0ACMESITE", "site")
    assert (made.bot_is_member, made.private, "U0SAM" in made.members) == (True, False, True)
    assert call(world, "chat.postMessage", channel="C0ACMESITE", text="hi")["channel"] == "C0ACMESITE"
    world.post("lin", "site", "hello")
    for taken in (("C0ACMESITE", "other"), ("C0OTHERONE", "site")):
        with pytest.raises(ValueError, match="already"):
            world.add_channel(*taken)


def test_the_transcript_reads_like_the_chat(world: SlackWorld) -> None:
    first = call(world, "chat.postMessage", channel="C0DEPLOYS", text="deploying api")
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="40 %", thread_ts=first["ts"])
    call(world, "chat.postEphemeral", channel="C0DEPLOYS", user="U0ADA", text="link your account")
    world.post("lin", "general", "lunch?")
    assert world.transcript() == (
        "#deploys\n  Pointsman: deploying api\n      Pointsman: 40 %\n"
        "  Pointsman (only for ada): link your account\n#general\n  lin: lunch?"
    )
    assert world.transcript("general") == "#general\n  lin: lunch?"


def test_looking_for_what_nobody_said_shows_what_was_said(world: SlackWorld) -> None:
    world.post("lin", "general", "lunch?")
    with pytest.raises(LookupError, match=r"lin: lunch\?"):
        world.find("dinner")
