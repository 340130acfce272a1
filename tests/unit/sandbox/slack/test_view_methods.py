"""Opening, changing and publishing views."""

from typing import Any

import pytest

from bot.sandbox.slack import SlackWorld
from tests.unit.sandbox.slack.calls import (
    Clock,
    actions,
    button,
    call,
    error,
    form_of,
    modal,
    payload_of,
    plain,
    section,
    text_input,
)


def trigger(world: SlackWorld) -> str:
    sent = world.slash_command("ada", "deploys", "/deploy")
    assert sent
    return form_of(sent)["trigger_id"]


def open_form(world: SlackWorld, **more: Any) -> dict[str, Any]:
    view = modal(text_input("why", "reason"), actions(button("Next", "next")), **more)
    document: dict[str, Any] = call(world, "views.open", trigger_id=trigger(world), view=view)["view"]
    return document


def trigger_in_form(world: SlackWorld) -> str:
    sent = world.press_in_view("ada", world.modals("ada")[-1], "Next")
    return str(payload_of(sent)["trigger_id"])


def test_a_form_opens_for_the_person_whose_trigger_it_is(world: SlackWorld) -> None:
    view = open_form(world, callback_id="deploy", private_metadata="r-1")
    assert (view["callback_id"], view["private_metadata"], view["type"]) == ("deploy", "r-1", "modal")
    assert view["id"] == view["root_view_id"]
    assert [modal.title for modal in world.modals("ada")] == ["Deploy"]
    assert world.modals("grace") == []


def test_a_trigger_is_good_for_one_view(world: SlackWorld) -> None:
    spent = trigger(world)
    call(world, "views.open", trigger_id=spent, view=modal(section("x")))
    assert error(world, "views.open", trigger_id=spent, view=modal(section("x"))) == "exchanged_trigger_id"


def test_a_trigger_is_good_for_three_seconds(world: SlackWorld, clock: Clock) -> None:
    late, in_time = trigger(world), trigger(world)
    clock.advance(3.0)
    call(world, "views.open", trigger_id=in_time, view=modal(section("x")))
    clock.advance(0.1)
    assert error(world, "views.open", trigger_id=late, view=modal(section("x"))) == "expired_trigger_id"


@pytest.mark.parametrize("arguments", [{"trigger_id": "1.2.3"}, {}])
def test_a_made_up_trigger_opens_nothing(world: SlackWorld, arguments: dict[str, str]) -> None:
    assert error(world, "views.open", view=modal(section("x")), **arguments) == "invalid_trigger_id"


@pytest.mark.parametrize(
    "view, expected",
    [
        ({"type": "modal", "blocks": [section("x")]}, "invalid_arguments"),
        ({"type": "home", "blocks": [section("x")]}, "invalid_arguments"),
        ("{}", "invalid_arguments"),
        ("{", "invalid_arguments"),
        (None, "invalid_arguments"),
        (modal(*[section("x" * 2990)] * 90), "view_too_large"),
    ],
)
def test_a_view_that_slack_does_not_show_is_refused(world: SlackWorld, view: Any, expected: str) -> None:
    assert error(world, "views.open", trigger_id=trigger(world), view=view) == expected
    assert world.modals("ada") == []


def test_a_refused_view_is_remembered_as_a_violation(world: SlackWorld) -> None:
    error(world, "views.open", trigger_id=trigger(world), view={"type": "modal", "blocks": [section("x")]})
    assert "view/title: a modal needs a plain_text title" in [v.problem for v in world.violations]


def test_at_most_three_forms_lie_on_top_of_each_other(world: SlackWorld) -> None:
    first = open_form(world)
    view = modal(text_input("why", "reason"), actions(button("Next", "next")))
    second = call(world, "views.push", trigger_id=trigger_in_form(world), view=view)["view"]
    third = call(world, "views.push", trigger_id=trigger_in_form(world), view=view)["view"]
    assert (second["previous_view_id"], third["root_view_id"]) == (first["id"], first["id"])
    assert error(world, "views.push", trigger_id=trigger_in_form(world), view=view) == "push_limit_reached"


def test_a_form_is_pushed_only_from_within_a_form(world: SlackWorld) -> None:
    assert error(world, "views.push", trigger_id=trigger(world), view=modal(section("x"))) == "not_found"


def test_an_update_with_an_old_hash_is_refused(world: SlackWorld) -> None:
    view = open_form(world)
    changed = call(world, "views.update", view_id=view["id"], hash=view["hash"], view=modal(section("later")))
    assert changed["view"]["hash"] != view["hash"]
    arguments = {"view_id": view["id"], "hash": view["hash"], "view": modal(section("even later"))}
    assert error(world, "views.update", **arguments) == "hash_conflict"


def test_a_view_is_found_by_its_external_id_which_only_one_may_bear(world: SlackWorld) -> None:
    open_form(world, external_id="deploy-form")
    call(
        world,
        "views.update",
        external_id="deploy-form",
        view=modal(section("later"), external_id="deploy-form"),
    )
    other = {"type": "home", "blocks": [section("x")], "external_id": "deploy-form"}
    assert error(world, "views.publish", user_id="U0ADA", view=other) == "duplicate_external_id"


def test_a_view_that_nobody_has_open_cannot_be_updated(world: SlackWorld) -> None:
    assert error(world, "views.update", view_id="V99", view=modal(section("x"))) == "not_found"


def test_a_home_tab_is_published_for_one_person_and_replaced(world: SlackWorld) -> None:
    home = {"type": "home", "blocks": [section("nothing runs")]}
    first = call(world, "views.publish", user_id="U0ADA", view=home)["view"]
    call(world, "views.publish", user_id="U0ADA", view={"type": "home", "blocks": [section("api runs")]})
    shown = world.home("ada")
    assert shown
    assert (shown.id, shown.blocks[0]["text"]["text"]) == (first["id"], "api runs")
    assert world.home("grace") is None
    again = {"user_id": "U0ADA", "view": home, "hash": first["hash"]}
    assert error(world, "views.publish", **again) == "hash_conflict"


def test_a_home_tab_is_for_a_member_and_no_modal(world: SlackWorld) -> None:
    home = {"type": "home", "blocks": [section("x")]}
    assert error(world, "views.publish", user_id="U0NOBODY", view=home) == "user_not_found"
    assert error(world, "views.publish", user_id="U0ADA", view=modal(section("x"))) == "invalid_arguments"


def test_a_home_tab_has_no_title(world: SlackWorld) -> None:
    call(world, "views.publish", user_id="U0ADA", view={"type": "home", "blocks": [section("x")]})
    shown = world.home("ada")
    assert shown
    assert shown.title == ""
    assert plain("x")["type"] == "plain_text"
