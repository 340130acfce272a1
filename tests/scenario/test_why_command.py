"""Somebody asks `/why` on a pull request or in Slack, and is told in short what the command line tells."""

from pathlib import Path

from bot.sandbox.github.records import Comment
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing
from tests.scenario.test_why import a_failure_and_a_rollback


async def answered(play: Play, text: str, who: str = "ada") -> Comment:
    """What is answered on the pull request."""
    before = len(play.bots_comments())
    play.says(who, text)
    await play.until(f"an answer to {text}", lambda: len(play.bots_comments()) > before)
    await play.settled()
    return play.bots_comments()[-1]


async def failed(play: Play) -> str:
    """The newest deployment failed and nobody has decided about it; gives its id."""
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production")
    await play.ended("failed")
    await play.settled()
    return (await play.slot()).history[-1].id


async def test_on_a_pull_request_it_tells_what_failed_and_what_to_do(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        deployment = await failed(play)
        said = (await answered(play, "/why")).body
        assert said.startswith("### ❌ failed: ada commented “/deploy api production”")
        assert "health check failed: 3 of 5 pods not ready" in said
        assert f"{deployment} went wrong" in said
        assert f"`/keep {deployment}`" in said
        request = (await play.slot()).history[-1].order.request
        assert f"{play.bot_url}/requests/{request}" in said
        assert 5 <= len(said.splitlines()) <= 20


async def test_a_refused_command_is_explained_and_not_the_question_before(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await answered(play, "/deploy api prodution")
        await answered(play, "/status")
        said = (await answered(play, "/why")).body
        assert said.startswith("### ⛔ refused: ada commented “/deploy api prodution”")
        assert "“prodution” is neither a service nor an environment of this repository." in said
        assert "usage line" in said


async def test_what_was_no_command_says_why_not(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "Please\n\n```\n/deploy api production\n```\n")
        await play.settled()
        said = (await answered(play, "/why")).body
        assert "No line of it is a command." in said
        assert "a command only inside code, a quote or an HTML comment" in said


async def test_about_what_nobody_heard_of_it_says_so(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await failed(play)
        said = (await answered(play, "/why #99")).body
        assert "Nothing is recorded about" in said
        assert f"`pointsman why {SHOP}#99`" in said


async def test_who_cannot_write_gets_a_reaction_and_no_story(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        command = play.says("mallory", "/why")
        await play.reacted(command, "confused")
        await play.settled()
        assert play.bots_comments() == []


async def test_in_the_requests_thread_everybody_reads_the_answer(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await failed(play)
        prompt = await play.until("the question", lambda: play.message_with_button("Keep"))
        play.mentions("lin", "why", prompt)
        answer = await play.told("failed: ada commented", "The whole story")
        assert answer.thread_ts == prompt.thread_ts
        assert "pods not ready" in answer.spoken


async def test_elsewhere_in_slack_only_who_asked_reads_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        first, *_ = await a_failure_and_a_rollback(play)
        play.types("lin", "/pointsman", f"why {first}")
        await play.whispered("lin", "succeeded: ada commented", first)
        play.types("lin", "/pointsman", "why")
        await play.whispered("lin", "about what?", "d-…")


async def test_a_secret_that_somebody_wrote_is_not_repeated(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        token = "ghp_" + "a1B2" * 9
        await answered(play, f"/deploy {token} production")
        said = (await answered(play, "/why")).body
        assert "refused" in said
        assert token not in said


async def test_help_lists_it(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        assert "`/why [SUBJECT]`: Tell what happened" in (await answered(play, "/help")).body
