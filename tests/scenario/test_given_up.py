"""What could not be told in one place is told in another, and is done when somebody says so again."""

from pathlib import Path

from bot.ports import Choice
from bot.sandbox.github.faults import Fault
from tests.scenario.play import playing

FORBIDDEN = Fault("status", method="POST", path=r".*/issues/\d+/comments", status=403)


async def test_a_comment_that_github_forbids_is_told_in_slack_and_written_when_it_is_retried(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(FORBIDDEN)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)  # a deployment does not wait for a comment
        await play.told("could not be written", "403", "pointsman dead retry")
        assert play.bots_comments() == []
        (row,) = [row for row in await play.bot.ledger.parked() if row.what == "github.comment"]
        play.github.faults.clear()
        await play.bot.ledger.retry_parked(Choice(ids=frozenset({row.id})), play.clock.now())
        await play.until("the comment", lambda: play.bots_comments() or None)
        await play.settled()
        assert len(play.bots_comments()) == 1
        assert await play.bot.ledger.parked() == []
