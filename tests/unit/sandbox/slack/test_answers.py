"""What people see of the app's answers."""

import json
from typing import Any

import pytest

from bot.sandbox.slack import Answer, Outgoing, Request, Response, SlackWorld
from tests.unit.sandbox.slack.calls import (
    Clock,
    actions,
    button,
    call,
    form_of,
    json_answer,
    modal,
    payload_of,
    plain,
    section,
    text_input,
)

OPTIONS = [{"text": plain("acme/shop"), "value": "acme/shop"}]


def command(world: SlackWorld) -> Outgoing:
    sent = world.slash_command("ada", "deploys", "/deploy", "api staging")
    assert sent
    return sent


def respond(world: SlackWorld, address: str, **document: Any) -> Response:
    path = address.removeprefix("http://slack.test")
    return world.api(Request("POST", path, {}, json.dumps(document).encode()))


def open_form(world: SlackWorld) -> Outgoing:
    """A form that ada has filled in and submitted."""
    view = modal(text_input("why", "reason"))
    call(world, "views.open", trigger_id=form_of(command(world))["trigger_id"], view=view)
    return world.submit_view("ada", world.modals("ada")[-1], {"reason": "because"})


def test_an_empty_acknowledgement_shows_nothing(world: SlackWorld) -> None:
    world.answered(command(world), Answer(200))
    assert world.whispers("ada") == []


@pytest.mark.parametrize(
    "answer",
    [Answer(200, {"content-type": "text/plain"}, b"On it."), json_answer({"text": "On it."})],
)
def test_an_acknowledgement_is_shown_to_the_person_alone(world: SlackWorld, answer: Answer) -> None:
    world.answered(command(world), answer)
    assert [message.text for message in world.whispers("ada")] == ["On it."]
    assert world.messages("deploys") == []


def test_an_acknowledgement_in_the_channel_is_seen_by_all(world: SlackWorld) -> None:
    document = {"response_type": "in_channel", "text": "On it.", "blocks": [section("On it.")]}
    world.answered(command(world), json_answer(document))
    assert [message.spoken for message in world.messages("deploys")] == ["On it."]


def test_an_acknowledgement_that_nobody_could_read_is_a_violation(world: SlackWorld) -> None:
    world.answered(command(world), json_answer({"blocks": [section("x" * 3001)]}))
    assert {violation.where for violation in world.violations} == {"answer to command"}
    assert world.whispers("ada") == []


@pytest.mark.parametrize(
    "answer, code",
    [
        (Answer(None, trouble="timeout"), "operation_timeout"),
        (Answer(None, trouble="connection"), "dispatch_failed"),
        (Answer(500), "http_service_error"),
        (Answer(404), "http_service_error"),
    ],
)
def test_a_command_that_is_not_acknowledged_is_told_to_the_person_and_not_repeated(
    world: SlackWorld, answer: Answer, code: str
) -> None:
    sent = command(world)
    world.answered(sent, answer)
    assert [message.text for message in world.whispers("ada")] == [f'/deploy failed with the error "{code}"']
    assert sent.state == "failed"
    assert world.space.outbox.pending() == []


def test_a_press_that_is_not_acknowledged_is_told_to_the_person_and_not_repeated(world: SlackWorld) -> None:
    blocks = [section("failed"), actions(button("Roll back", "rollback"))]
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="failed", blocks=blocks)
    sent = world.press("ada", world.find("failed"), "Roll back")
    world.answered(sent, Answer(None, trouble="timeout"))
    assert "operation_timeout" in world.whispers("ada")[0].text
    assert world.space.outbox.pending() == []


def test_a_response_url_takes_five_answers(world: SlackWorld) -> None:
    address = form_of(command(world))["response_url"]
    answers = [respond(world, address, text=f"answer {number}") for number in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [404]
    assert answers[-1].document["error"] == "used_url"
    assert [message.text for message in world.whispers("ada")] == [f"answer {number}" for number in range(5)]


def test_a_response_url_lasts_half_an_hour(world: SlackWorld, clock: Clock) -> None:
    address = form_of(command(world))["response_url"]
    clock.advance(30 * 60)
    assert respond(world, address, text="just in time").status == 200
    clock.advance(1)
    assert respond(world, address, text="too late").document["error"] == "expired_url"


def test_a_response_may_be_for_the_channel(world: SlackWorld) -> None:
    address = form_of(command(world))["response_url"]
    respond(world, address, text="for all", response_type="in_channel")
    assert [message.text for message in world.messages("deploys")] == ["for all"]


@pytest.mark.parametrize("document", [{"text": ""}, {"blocks": [section("x" * 3001)], "text": "x"}])
def test_a_response_that_nobody_could_read_is_refused_and_a_violation(
    world: SlackWorld, document: dict[str, Any]
) -> None:
    assert respond(world, form_of(command(world))["response_url"], **document).status == 400
    assert world.violations


def test_a_response_that_is_no_json_is_refused(world: SlackWorld) -> None:
    path = form_of(command(world))["response_url"].removeprefix("http://slack.test")
    assert world.api(Request("POST", path, {}, b"{")).status == 400


def test_a_press_may_be_answered_by_replacing_or_deleting_the_message(world: SlackWorld) -> None:
    blocks = [section("failed"), actions(button("Roll back", "rollback"))]
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="failed", blocks=blocks)
    message = world.find("failed")
    address = payload_of(world.press("ada", message, "Roll back"))["response_url"]
    respond(world, address, text="rolling back", replace_original=True)
    assert (message.spoken, message.buttons) == ("rolling back", [])
    respond(world, address, delete_original=True)
    assert world.messages("deploys") == []


def test_a_command_replaces_its_own_earlier_response(world: SlackWorld) -> None:
    address = form_of(command(world))["response_url"]
    respond(world, address, text="looking")
    respond(world, address, text="found", replace_original=True)
    assert [message.text for message in world.whispers("ada")] == ["found"]


@pytest.mark.parametrize(
    "document, expected",
    [
        ({"options": OPTIONS}, []),
        ({"option_groups": [{"label": plain("x"), "options": OPTIONS}]}, []),
        ({}, ["options: missing"]),
        ({"options": OPTIONS * 101}, ["options: no more than 100 items allowed, got 101"]),
        ({"options": [{"text": plain("x" * 76), "value": "x"}]}, ["options/0: "]),
        ({"options": [OPTIONS[0] | {"colour": "red"}]}, ["options/0/colour: not allowed here, or empty"]),
    ],
)
def test_the_options_of_an_external_menu_are_checked(
    world: SlackWorld, document: dict[str, Any], expected: list[str]
) -> None:
    menu = {"type": "external_select", "action_id": "repo", "placeholder": plain("Repository")}
    call(world, "chat.postMessage", channel="C0DEPLOYS", text="which?", blocks=[actions(menu)])
    sent = world.type_into_select("ada", world.messages("deploys")[0], "repo", "sh")
    world.answered(sent, json_answer(document))
    found = [violation.problem for violation in world.violations]
    assert len(found) == len(expected)
    assert all(problem.startswith(start) for problem, start in zip(found, expected, strict=True))


def test_an_acknowledged_form_closes(world: SlackWorld) -> None:
    world.answered(open_form(world), Answer(200))
    assert world.modals("ada") == []


def test_a_form_with_errors_stays_open_and_shows_them(world: SlackWorld) -> None:
    world.answered(
        open_form(world), json_answer({"response_action": "errors", "errors": {"why": "Too short."}})
    )
    [view] = world.modals("ada")
    assert view.errors == {"why": "Too short."}
    assert world.violations == []


def test_an_error_for_a_field_that_is_not_there_is_a_violation(world: SlackWorld) -> None:
    world.answered(open_form(world), json_answer({"response_action": "errors", "errors": {"colour": "No."}}))
    assert world.violations[0].problem == "errors/colour: no such input block"


def test_a_form_is_followed_by_another_in_its_place_or_on_top(world: SlackWorld) -> None:
    view = modal(text_input("sure", "sure"))
    world.answered(open_form(world), json_answer({"response_action": "update", "view": view}))
    [shown] = world.modals("ada")
    assert shown.blocks[0]["block_id"] == "sure"
    sent = world.submit_view("ada", shown, {"sure": "yes"})
    world.answered(sent, json_answer({"response_action": "push", "view": modal(text_input("why", "reason"))}))
    assert [view.blocks[0]["block_id"] for view in world.modals("ada")] == ["sure", "why"]
    sent = world.submit_view("ada", world.modals("ada")[-1], {})
    world.answered(sent, json_answer({"response_action": "clear"}))
    assert world.modals("ada") == []


@pytest.mark.parametrize(
    "document",
    [{"response_action": "dance"}, {"response_action": "update", "view": {"type": "modal", "blocks": []}}],
)
def test_an_answer_to_a_form_that_slack_does_not_understand_is_a_violation(
    world: SlackWorld, document: dict[str, Any]
) -> None:
    world.answered(open_form(world), json_answer(document))
    assert world.violations
