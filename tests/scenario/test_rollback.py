"""A deployment fails: the prompt, and what people make of it."""

from pathlib import Path

from tests.scenario.play import playing


async def test_roll_back_pressed_in_slack_brings_the_last_good_commit_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        good = play.pull.head_sha
        first = play.says("ada", "/deploy api production")
        await play.reacted(first, "eyes")
        await play.runs(good)

        play.deployer.play_next("fail")
        bad = play.pushes("ada")
        await play.checked("pointsman/plan", bad)
        play.says("ada", "/deploy api production")
        await play.answer("failed", "/rollback api production", "pods not ready")
        prompt = await play.presses("U0LIN", "Roll back")

        await play.runs(good)
        await play.until("who decided, in Slack", lambda: not prompt.buttons and "U0LIN" in prompt.spoken)
        await play.answer("@lin", good[:7])
        slot = await play.slot()
        assert slot.bad == (bad,)
        assert [each.state for each in slot.history] == ["succeeded", "failed", "succeeded"]


async def test_the_comment_of_a_request_is_edited_in_place(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.answer("succeeded")
        assert len(play.bots_comments()) == 1
