"""The form that `/deploy` alone opens in Slack: opened at once, filled in, then a command like any other."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Fault, View
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import CHANNEL, Play, playing, with_environment

ADA, GRACE, LIN, MALLORY, SAM = "U0ADA", "U0GRACE", "U0LIN", "U0MALLORY", "U0SAM"
RANDOM = "C0RANDOM"
PARAMS = """\
params:
  verbose: {type: boolean, default: false}
  size: {type: choice, options: [small, large], default: small}
  replicas: {type: number, default: 2}
  note: {type: text}
"""
WITH_PARAMS = CONFIGURATION + PARAMS


def words(view: View) -> str:
    """All that is written in a form."""
    return str(view.data["blocks"])


async def form(play: Play, who: str, *said: str) -> View:
    """Wait until this person's form says this, and can be submitted or is a dead end."""

    def look() -> View | None:
        view = next(reversed(play.slack.modals(who)), None)
        return view if view is not None and all(each in words(view) for each in said) else None

    return await play.until(f"a form that says {said}", look)


async def filled_form(play: Play, who: str = GRACE) -> View:
    """Ask for the form and wait until it can be filled in."""
    play.types(who, "/deploy")
    view = await form(play, who, "Environment")
    assert view.data["submit"]["text"] == "Deploy"
    return view


def submits(play: Play, who: str, view: View, **values: Any) -> None:
    play.slack.submit_view(who, view, {"services": ["api"], "environment": "staging", **values})


def field(view: View, action_id: str) -> dict[str, Any]:
    return next(each.data for each in view.elements if each.action_id == action_id)


# --- the way through --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command, text", [("/deploy", ""), ("/deploy", "  "), ("/pointsman", "deploy")])
async def test_deploy_alone_opens_a_form_and_what_is_filled_in_is_shipped(
    tmp_path: Path, command: str, text: str
) -> None:
    async with playing(tmp_path) as play:
        head = play.shop.branches["main"]
        play.types(GRACE, command, text)
        view = await form(play, GRACE, "Environment")
        assert [each["value"] for each in field(view, "services")["options"]] == ["api", "web"]
        assert [each["value"] for each in field(view, "environment")["options"]] == ["staging", "production"]
        submits(play, GRACE, view, because="the demo is at three")
        await play.runs(head, "staging")
        story = await play.told("succeeded", "staging", head[:7])
        await play.settled()
        (order,) = play.deployer.orders
        assert (order.service, order.environment, order.sha) == ("api", "staging", head)
        assert play.slack.modals(GRACE) == []
        thread = [reply.spoken for reply in play.slack.thread(story)]
        assert any("the demo is at three" in line for line in thread)
        assert any(f"<@{GRACE}> asked in Slack" in line for line in thread)


async def test_several_services_and_a_branch_are_shipped_together(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await filled_form(play)
        submits(play, GRACE, view, services=["api", "web"], ref=play.pull.head_ref)
        await play.runs(play.pull.head_sha, "staging", "api")
        await play.runs(play.pull.head_sha, "staging", "web")
        assert len({order.request for order in play.deployer.orders}) == 1


async def test_parameters_come_to_the_deployer_as_they_were_filled_in(tmp_path: Path) -> None:
    async with playing(tmp_path, WITH_PARAMS) as play:
        view = await filled_form(play)
        assert field(view, "param:choice:size")["initial_option"]["value"] == "small"
        assert field(view, "param:number:replicas")["initial_value"] == "2"
        note = 'say "hi" production --dry-run because I can'
        filled = {"param:boolean:verbose": ["true"], "param:number:replicas": "3.5", "param:text:note": note}
        submits(play, GRACE, view, **filled)
        await play.runs(play.shop.branches["main"], "staging")
        (order,) = play.deployer.orders
        assert order.params == {"verbose": True, "size": "small", "replicas": 3.5, "note": note}


async def test_closing_the_form_does_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await filled_form(play)
        play.slack.close_view(GRACE, view)
        await play.settled()
        assert play.deployer.orders == []
        assert play.slack.whispers(GRACE) == []


async def test_pressing_twice_counts_once(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await filled_form(play)
        play.slack.faults.add(Fault("duplicate", "view", times=1))
        submits(play, GRACE, view)
        await play.runs(play.shop.branches["main"], "staging")
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_two_forms_filled_in_alike_are_two_requests(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        submits(play, GRACE, await filled_form(play))
        await play.ended("succeeded", 1, "staging")
        submits(play, GRACE, await filled_form(play))
        await play.ended("succeeded", 2, "staging")


# --- mistakes and refusals ---------------------------------------------------------------------------------


async def test_mistakes_are_said_beside_their_fields_and_can_be_mended(tmp_path: Path) -> None:
    async with playing(tmp_path, WITH_PARAMS) as play:
        view = await filled_form(play)
        wrong = {"ref": "two words", "because": "a try --dry-run", "param:number:replicas": "many"}
        submits(play, GRACE, view, services=[], environment=None, **wrong)
        errors = await play.until("the errors", lambda: view.errors)
        assert {name.split(":")[0]: error.split()[0] for name, error in errors.items()} == {
            "services": "Choose",
            "environment": "Choose",
            "ref": "No",
            "because": "A",
            "param": "This",
        }
        await play.settled()
        assert play.deployer.orders == []
        assert play.slack.whispers(GRACE) == []
        submits(play, GRACE, view)
        await play.runs(play.shop.branches["main"], "staging")


async def test_what_only_github_can_tell_is_answered_like_a_typed_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await filled_form(play)
        submits(play, GRACE, view, ref="no-such-branch")
        whisper = await play.whispered(GRACE, "no such commit", "no-such-branch")
        assert whisper.channel == CHANNEL
        assert play.deployer.orders == []


async def test_rights_are_checked_when_the_form_is_submitted(tmp_path: Path) -> None:
    configuration = with_environment("deployers: [lin]")
    async with playing(tmp_path, configuration) as play:
        view = await filled_form(play)
        submits(play, GRACE, view, environment="production")
        await play.whispered(GRACE, "not allowed", "production")
        submits(play, LIN, await filled_form(play, LIN), environment="production")
        await play.runs(play.shop.branches["main"])


@pytest.mark.parametrize(
    "who, said", [(SAM, "who are you on GitHub?"), (MALLORY, "no write access")], ids=["sam", "mallory"]
)
async def test_whoever_may_not_command_reads_why_in_the_form(tmp_path: Path, who: str, said: str) -> None:
    async with playing(tmp_path) as play:
        play.types(who, "/deploy")
        view = await form(play, who, said)
        assert "submit" not in view.data


async def test_a_channel_that_no_repository_names_gets_the_same_refusal_as_a_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", channel="C0GENERAL")
        view = await form(play, GRACE, "No repository names this channel", SHOP)
        assert "submit" not in view.data


# --- several repositories ----------------------------------------------------------------------------------


def adds_a_blog(play: Play) -> str:
    """A second repository whose channel is the same."""
    text = CONFIGURATION.replace("  api:\n", "  pages:\n", 1)
    play.github.add_repository("acme", "blog")
    play.github.set_team_permission("acme/blog", "backend", "write")
    files = {".github/pointsman.yml": play.configured(text)}
    play.github.push("olive", "acme/blog", "main", files, "First version")
    (installation,) = play.github.installations.values()
    play.github.add_to_installation(installation.id, "acme/blog", "olive")
    return "acme/blog"


async def test_where_the_channel_leaves_it_open_the_repository_is_asked_for_first(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        blog = adds_a_blog(play)
        play.types(GRACE, "/deploy")
        view = await form(play, GRACE, "Choose a repository", SHOP, blog)
        assert "submit" not in view.data
        play.slack.press_in_view(GRACE, view, "pointsman-form:repository", blog)
        await form(play, GRACE, "'pages'")
        play.slack.press_in_view(GRACE, view, "pointsman-form:repository", SHOP)
        await form(play, GRACE, "'api'")
        submits(play, GRACE, view)
        await play.runs(play.shop.branches["main"], "staging")


# --- trouble -----------------------------------------------------------------------------------------------


async def test_a_form_that_came_too_late_is_answered_with_what_to_type(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.slack.faults.add(Fault("api_503", "views.open", times=4))
        play.types(GRACE, "/deploy")
        whisper = await play.whispered(GRACE, "could not be opened", "/deploy [OWNER/REPO]")
        assert whisper.channel == CHANNEL
        assert play.slack.modals(GRACE) == []


@pytest.mark.parametrize("method", ["views.open", "views.update"])
async def test_a_lost_reply_leaves_one_form_that_is_filled(tmp_path: Path, method: str) -> None:
    async with playing(tmp_path) as play:
        play.slack.faults.add(Fault("lost_reply", method, times=1))
        view = await filled_form(play)
        assert play.slack.modals(GRACE) == [view]
        submits(play, GRACE, view)
        await play.runs(play.shop.branches["main"], "staging")
        assert play.slack.whispers(GRACE) == []


async def test_a_form_closed_before_it_was_filled_stays_closed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.slack.faults.add(Fault("api_503", "views.update", times=1))
        play.types(GRACE, "/deploy")
        view = await form(play, GRACE, "Reading")
        play.slack.close_view(GRACE, view)
        await play.settled()
        assert play.slack.modals(GRACE) == []


async def test_in_a_channel_without_the_bot_the_answer_is_heard_all_the_same(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION.replace("C0DEPLOYS", "random")) as play:
        play.types(GRACE, "/deploy", channel=RANDOM)
        view = await form(play, GRACE, "Environment")
        submits(play, GRACE, view, ref="no-such-branch")
        assert (await play.whispered(GRACE, "no such commit")).channel == RANDOM


async def test_somebody_elses_form_says_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        view = await filled_form(play)
        play.slack.submit_view(ADA, view, {"services": ["api"], "environment": "staging"})
        await play.settled()
        assert play.deployer.orders == []


async def test_a_mention_has_no_form_and_is_told_what_is_missing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        first = play.slack.post("grace", CHANNEL, "Shall we?")
        play.mentions("grace", "deploy", first)
        await play.whispered(GRACE, "environment")
        assert play.slack.modals(GRACE) == []
