"""Commands from Slack: who may, which repository is meant, and where the answer is heard."""

import re
from pathlib import Path

import pytest

from bot.ports import DeliveryRow
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message, gestures
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import CHANNEL, Play, playing, with_environment

GENERAL = "C0GENERAL"
ADA, GRACE, LIN, MALLORY, SAM = "U0ADA", "U0GRACE", "U0LIN", "U0MALLORY", "U0SAM"


def stories(play: Play, channel: str = CHANNEL) -> list[Message]:
    """What the bot told everybody in a channel, without the threads."""
    bot = play.slack.installation.bot_user_id
    return [each for each in play.slack.messages(channel) if each.user == bot and not each.is_reply]


def methods(play: Play) -> list[str]:
    """The Web API methods that the bot called."""
    return [call.method for call in play.slack.calls]


async def from_slack(play: Play, event: str) -> list[DeliveryRow]:
    """What came in from Slack under this name, the newest first."""
    rows = await play.bot.ledger.deliveries(0)
    return [row for row in rows if (row.source, row.event) == ("slack", event)]


async def ignored(play: Play, event: str) -> str:
    """Wait until such a request was looked at and led to nothing; gives the reason."""

    async def look() -> str | None:
        rows = await from_slack(play, event)
        return rows[0].reason if rows and rows[0].state == "done" else None

    return await play.eventually(f"an ignored {event}", look)


async def the_failed_one(play: Play) -> Message:
    """Ada's deployment of api to production fails; gives the prompt in its thread."""
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production")
    await play.ended("failed")
    return await play.until("the prompt", lambda: play.message_with_button("Keep"))


# --- deployments -----------------------------------------------------------------------------------------


async def test_a_slash_command_ships_the_head_of_main_and_the_channel_follows_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.shop.branches["main"]
        play.types(GRACE, "/deploy", "api staging because the demo is at three")
        await play.runs(head, "staging")
        story = await play.told("succeeded", "staging", head[:7])
        await play.settled()

        (order,) = play.deployer.orders
        assert (order.service, order.environment, order.sha) == ("api", "staging", head)
        assert stories(play) == [story]
        thread = [reply.spoken for reply in play.slack.thread(story)]
        assert any(f"<@{GRACE}> asked in Slack" in line for line in thread)
        assert any("the demo is at three" in line for line in thread)
        assert any("succeeded" in line for line in thread)
        (deployment,) = play.deployments("staging")
        assert (deployment.sha, deployment.state) == (head, "success")
        assert play.bots_comments() == []


@pytest.mark.parametrize("text", ["deploy api staging", "acme/shop api staging", "ACME/Shop api staging"])
async def test_a_command_can_be_given_in_any_of_its_forms(tmp_path: Path, text: str) -> None:
    async with playing(tmp_path) as play:
        command = "/pointsman" if text.startswith("deploy") else "/deploy"
        play.types(GRACE, command, text)
        await play.runs(play.shop.branches["main"], "staging")


async def test_a_branch_can_be_named(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", f"api@{play.pull.head_ref} staging")
        await play.runs(play.pull.head_sha, "staging")


async def test_a_repository_that_is_named_is_shipped_from_any_channel_and_told_in_its_own(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "acme/shop api staging", GENERAL)
        whisper = await play.whispered(GRACE, "accepted", CHANNEL)
        await play.runs(play.shop.branches["main"], "staging")
        await play.told("succeeded", "staging")
        await play.settled()
        (order,) = play.deployer.orders
        assert whisper.channel == GENERAL
        assert order.request in whisper.spoken
        assert len(stories(play)) == 1
        assert stories(play, GENERAL) == []


async def test_in_the_storys_own_channel_nobody_is_told_where_it_is(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api staging")
        await play.runs(play.shop.branches["main"], "staging")
        await play.settled()
        assert play.slack.whispers(GRACE) == []


async def test_a_deployment_from_slack_that_fails_is_prompted_about_and_retried_there(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        head = play.shop.branches["main"]
        play.deployer.play_next("fail")
        play.types(GRACE, "/deploy", "api production")
        prompt = await play.until("the prompt", lambda: play.message_with_button("Retry"))
        await play.presses(LIN, "Retry")
        await play.runs(head)
        await play.until("who decided", lambda: not prompt.buttons and LIN in prompt.spoken)
        assert [order.sha for order in play.deployer.orders] == [head, head]


async def test_the_same_words_typed_twice_are_two_requests(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api staging")
        play.types(GRACE, "/deploy", "api staging")
        await play.ended("succeeded", 2, "staging")
        await play.settled()
        assert len({order.request for order in play.deployer.orders}) == 2


# --- rollbacks and decisions -----------------------------------------------------------------------------


async def test_a_rollback_typed_in_slack_brings_the_last_good_commit_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(good)
        bad = play.pushes("ada")
        await play.checked("pointsman/plan", bad)
        play.says("ada", "/deploy api production")
        await play.runs(bad)
        play.types(LIN, "/rollback", "api production because the carts are empty")
        await play.runs(good)
        slot = await play.slot()
        assert slot.bad == (bad,)
        assert slot.history[-1].order.action == "rollback"
        assert slot.history[-1].order.asker.login == "lin"
        await play.told("rolled back", "the carts are empty")


async def test_a_rollback_with_nothing_good_is_refused_to_whoever_typed_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(LIN, "/rollback", "api production")
        await play.whispered(LIN, "nothing to go back to", "production")
        await play.settled()
        assert play.deployer.orders == []
        assert stories(play) == []


async def test_a_mention_in_the_thread_keeps_what_failed_and_says_who_decided(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        prompt = await the_failed_one(play)
        play.mentions(LIN, "keep", prompt)
        await play.until("the decision", lambda: not prompt.buttons and LIN in prompt.spoken)
        answered = (await play.slot()).prompts[-1]
        assert answered.answer == "keep"
        assert answered.answered_by is not None
        assert answered.answered_by.login == "lin"
        await play.settled()
        assert len(play.deployer.orders) == 1


async def test_in_a_thread_the_repository_is_the_requests(tmp_path: Path) -> None:
    """The thread knows its repository also where the channel would not."""
    configuration = CONFIGURATION.replace("slack: {channel: C0DEPLOYS}\n", "")
    async with playing(tmp_path, configuration) as play:
        play.types(GRACE, "/deploy", "acme/shop api staging", GENERAL)
        await play.runs(play.shop.branches["main"], "staging")
        (story,) = stories(play, GENERAL)
        play.slack.mention(LIN, GENERAL, "deploy web staging", story.ts)
        await play.runs(play.shop.branches["main"], "staging", "web")


async def test_a_mention_outside_of_any_story_is_answered_to_whoever_spoke(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.slack.mention(LIN, CHANNEL, "keep")
        whisper = await play.whispered(LIN, "nothing to decide")
        assert whisper.channel == CHANNEL


async def test_a_second_decision_is_answered_with_the_first(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        prompt = await the_failed_one(play)
        failed = (await play.slot()).history[-1].id
        play.mentions(LIN, "keep", prompt)
        await play.until("the decision", lambda: not prompt.buttons)
        play.mentions(GRACE, f"retry {failed}", prompt)
        await play.whispered(GRACE, "already", "lin", "keep")
        await play.settled()
        assert len(play.deployer.orders) == 1


# --- who is heard ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "text"),
    [("/deploy", "api staging"), ("/rollback", "api production"), ("/pointsman", "status")],
)
async def test_somebody_who_is_not_linked_is_told_how_and_nobody_else_hears_of_it(
    tmp_path: Path, command: str, text: str
) -> None:
    async with playing(tmp_path) as play:
        play.types(SAM, command, text)
        await play.whispered(SAM, SAM, "people", "instance file")
        await play.settled()
        assert play.deployer.orders == []
        assert stories(play) == []


async def test_somebody_without_write_access_is_refused_with_the_rule(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(MALLORY, "/deploy", "api staging")
        await play.whispered(MALLORY, "write access", "mallory", SHOP)
        await play.settled()
        assert play.deployer.orders == []
        assert stories(play) == []


async def test_somebody_without_write_access_decides_nothing_in_a_thread(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        prompt = await the_failed_one(play)
        play.mentions(MALLORY, "retry", prompt)
        await play.whispered(MALLORY, "write access")
        await play.settled()
        assert "Retry" in prompt.buttons
        assert len(play.deployer.orders) == 1


async def test_who_is_no_deployer_of_an_environment_is_told_who_is(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        play.types(GRACE, "/deploy", "api production")
        await play.whispered(GRACE, "acme/sre", "production", "grace")
        assert play.deployer.orders == []
        play.types(LIN, "/deploy", "api production")
        await play.runs(play.shop.branches["main"])


async def test_a_gate_is_refused_in_slack_with_its_name_too(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("after: [staging]")) as play:
        play.types(GRACE, "/deploy", "api production")
        await play.whispered(GRACE, "not deployed", "after", "production")
        await play.settled()
        assert play.deployer.orders == []
        assert stories(play) == []


async def test_other_bots_that_mention_us_start_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        prompt = await the_failed_one(play)
        us = play.slack.installation.bot_user_id
        said = {"text": f"<@{us}> retry", "channel": CHANNEL, "thread_ts": prompt.thread_ts or prompt.ts}
        stamp = play.slack.space.new_ts()
        another = {"type": "app_mention", "bot_id": "B0ALERTS", "user": "U0ALERTS", "ts": stamp}
        gestures.send_event(play.slack.space, {**another, **said, "event_ts": stamp})
        assert await ignored(play, "app_mention") == "sent_by_a_bot"
        await play.settled()
        assert "Retry" in prompt.buttons
        assert len(play.deployer.orders) == 1


async def test_what_we_say_ourselves_starts_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        ours = play.slack.installation
        stamp = play.slack.space.new_ts()
        said = {"type": "app_mention", "user": ours.bot_user_id, "bot_id": ours.bot_id, "ts": stamp}
        text = f"<@{ours.bot_user_id}> deploy api staging"
        event = {**said, "text": text, "channel": CHANNEL, "event_ts": stamp}
        gestures.send_event(play.slack.space, event)
        # Which of the two depends on whether Slack has told us by then who we are.
        assert await ignored(play, "app_mention") in ("own_message", "sent_by_a_bot")
        await play.settled()
        assert play.deployer.orders == []


# --- which repository ------------------------------------------------------------------------------------


async def test_from_a_channel_of_no_repository_the_answer_is_a_list(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api staging", GENERAL)
        whisper = await play.whispered(GRACE, "which repository", SHOP)
        assert whisper.channel == GENERAL
        await play.settled()
        assert play.deployer.orders == []


async def test_an_unknown_repository_is_answered_with_the_ones_that_there_are(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "acme/shp api staging")
        await play.whispered(GRACE, "wrong repository", "acme/shp", SHOP)
        await play.settled()
        assert play.deployer.orders == []


async def test_a_repository_without_a_configuration_says_that_it_is_off(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        play.types(GRACE, "/deploy", "acme/shop api staging")
        await play.whispered(GRACE, "is off", SHOP, ".github/pointsman.yml")


async def test_two_repositories_of_one_channel_have_to_be_named(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.add_repository("acme", "blog")
        file = {".github/pointsman.yml": play.configured()}
        play.github.push("olive", "acme/blog", "main", file, "First version")
        play.github.set_team_permission("acme/blog", "backend", "write")
        (installation,) = play.github.installations
        play.github.add_to_installation(installation, "acme/blog", "olive")
        play.clock.advance(3_600)
        play.types(GRACE, "/deploy", "api staging")
        await play.whispered(GRACE, "which repository", SHOP, "acme/blog")
        await play.settled()
        assert play.deployer.orders == []
        play.types(GRACE, "/deploy", "acme/blog api staging")
        blog = play.github.repository("acme/blog")
        await play.until(
            "an order for the blog",
            lambda: [each.sha for each in play.deployer.orders] == [blog.branches["main"]],
        )


# --- questions -------------------------------------------------------------------------------------------


async def test_status_tells_what_is_live_and_since_when(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        by = (await play.slot()).live.deployment
        assert by is not None
        play.types(GRACE, "/pointsman", "status")
        whisper = await play.whispered(GRACE, "what is live", SHOP, play.pull.head_sha[:7], by)
        lines = [line for line in whisper.spoken.splitlines() if "`api`" in line or "`web`" in line]
        assert len(lines) == 4
        live = [line for line in lines if play.pull.head_sha[:7] in line]
        assert [("`api`" in line, "`production`" in line) for line in live] == [(True, True)]


async def test_status_of_one_slot_leaves_the_others_out(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/pointsman", "status web staging")
        whisper = await play.whispered(GRACE, "what is live", "`web`", "`staging`")
        assert "`api`" not in whisper.spoken
        assert "`production`" not in whisper.spoken


async def test_status_tells_what_runs_and_who_waits(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.types(GRACE, "/deploy", "api staging")
        await play.until("progress", lambda: play.deployer.runs and play.deployer.runs[0].held)
        play.types(LIN, "/deploy", "api staging")
        await play.told("queued", LIN)
        play.types(ADA, "/pointsman", "status api staging")
        whisper = await play.whispered(ADA, "what is live", "1 waiting")
        assert play.deployer.runs[0].order.deployment in whisper.spoken
        play.deployer.release_late()
        await play.ended("succeeded", 2, "staging")


async def test_help_names_this_repositorys_services_environments_and_commands(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        play.types(GRACE, "/pointsman", "help")
        names = ("api", "web", "staging", "production", "acme/sre")
        commands = ("deploy", "rollback", "status", "keep", "retry", "help")
        await play.whispered(GRACE, SHOP, *names, *commands)


async def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api stagin")
        await play.whispered(GRACE, "stagin", "did you mean", "`staging`")
        await play.settled()
        assert play.deployer.orders == []


async def test_an_unknown_command_is_answered(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/pointsman", "delpoy api staging")
        await play.whispered(GRACE, "no command", "delpoy", "`deploy`")
        assert play.deployer.orders == []


async def test_a_command_of_later_versions_is_refused_and_not_run(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/pointsman", "scale api production 3")
        await play.whispered(GRACE, "not in this version", "/scale")


# --- how answers travel ----------------------------------------------------------------------------------


async def test_what_one_person_is_told_goes_by_the_commands_own_address(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/pointsman", "status")
        await play.whispered(GRACE, "what is live")
        await play.settled()
        assert [url.uses for url in play.slack.space.response_urls.values()] == [1]
        assert "chat.postEphemeral" not in methods(play)
        assert stories(play) == []


async def test_a_mention_has_no_address_so_the_answer_is_whispered_into_its_thread(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        prompt = await the_failed_one(play)
        play.mentions(GRACE, "status", prompt)
        whisper = await play.whispered(GRACE, "what is live")
        assert whisper.thread_ts == (prompt.thread_ts or prompt.ts)
        assert "chat.postEphemeral" in methods(play)


async def test_a_command_is_acknowledged_with_nothing_to_read(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        sent = play.types(GRACE, "/deploy", "api staging")
        assert sent is not None
        await play.until("an acknowledgement", lambda: sent.is_over)
        assert [(answer.status, answer.body.strip()) for answer in sent.answers] == [(200, b"")]
        await play.runs(play.shop.branches["main"], "staging")


async def test_text_of_others_cannot_shout_or_link_in_the_story(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types(GRACE, "/deploy", "api staging because <!channel> look <https://evil.example|here>")
        await play.runs(play.shop.branches["main"], "staging")
        story = await play.told("succeeded", "staging")
        await play.settled()
        every = "\n".join([story.spoken, *(reply.spoken for reply in play.slack.thread(story))])
        assert "<!channel>" not in every
        assert not re.search(r"<https?://evil", every)
