"""Why nothing happened: what was ignored, what is waited for, and what GitHub sent and never arrived."""

from pathlib import Path

from bot.composition import Composition
from bot.explaining import absences
from bot.explaining.absences import Asked, ask
from bot.explaining.explained import Explained, explain
from bot.explaining.notes import Note
from bot.github.hooks import DAY_SECONDS
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment
from tests.scenario.test_recovery import in_vain

STORIES = 50


async def explained(play: Play, subject: str) -> Explained:
    return await explain(play.bot.ledger, subject, STORIES, play.clock.now())


async def asked_of_github(play: Play, subject: str) -> Asked:
    """What GitHub's log says, asked by the bot's own client."""
    made: Composition = play.bot.composition
    return await ask(made._hooks, play.bot.ledger, subject, play.clock.now() - DAY_SECONDS)


def text_of(notes: list[Note] | tuple[Note, ...]) -> str:
    return "\n".join(f"{note.said} {note.next}" for note in notes)


async def test_a_push_that_nothing_listens_to_is_found_by_its_commit_and_branch(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        sha = play.pushes("ada")
        await play.settled()
        told = await explained(play, sha[:10])
        assert "push, about acme/shop@free-shipping" in text_of(list(told.ignored))
        assert told.found.plots[0].events[0].data.TYPE == "change.updated"
        told = await explained(play, f"{SHOP}@free-shipping")
        assert "Nothing in Pointsman uses this kind of event yet." in text_of(list(told.ignored))
        assert told.found.known


async def test_an_edited_comment_and_a_quoted_command_say_why_they_started_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        comment = play.says("ada", "> /deploy api production")
        play.github.edit_comment("ada", SHOP, comment.id, "/deploy api production")
        await play.settled()
        said = text_of(list((await explained(play, f"{SHOP}#1")).ignored))
        assert "a command that does not begin its line: a quote, code, or part of a sentence" in said
        assert "Only new comments are commands; edited and deleted ones are not." in said
        assert "action: edited, used: created" in said
        assert "Give the command again in a new comment." in said


async def test_our_own_echoes_are_not_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        await play.settled()
        told = await explained(play, f"{SHOP}#1")
        assert {row.reason for row in told.found.ignored} == {"own_comment"}
        assert told.ignored == []


async def test_a_place_in_the_queue_says_behind_whom_and_how_long_the_first_has(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("the deployment runs", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        await play.is_now("running")
        first = (await play.slot()).current
        assert first is not None
        play.says("lin", "/deploy api production")
        second = await play.eventually("a queue", lambda: _waiting(play))
        said = text_of(list((await explained(play, second)).now))
        assert f"{second} has place 1 in the queue of api in production, behind {first.id} (running" in said
        assert "for ada" in said
        assert f"`/cancel {second}`" in said
        said = text_of(list((await explained(play, first.id)).now))
        assert "to end (`timeout`, 30 min)." in said
        play.says("ada", f"/cancel {second}")
        await play.settled()


async def _waiting(play: Play) -> str | None:
    queue = (await play.slot()).queue
    return queue[0].id if queue else None


async def test_what_github_sent_in_vain_is_named_with_how_it_ended(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        await play.stop_bot()
        play.says("ada", "/deploy api production")
        await in_vain(play)
        play.webhooks_wait()  # what is asked for again does not come yet
        await play.start_bot()
        asked = await asked_of_github(play, f"{SHOP}#1")
        (attempt,) = asked.unheard
        assert (attempt.event, attempt.action) == ("issue_comment", "created")
        said = text_of(absences.heard(asked))
        assert "GitHub sent issue_comment.created about it at " in said
        assert "it never arrived" in said
        assert attempt.delivery in said
        by_id = await asked_of_github(play, attempt.delivery)
        assert [each.delivery for each in by_id.unheard] == [attempt.delivery]
        other = await asked_of_github(play, f"{SHOP}#2")
        assert "no delivery about it that is missing here" in text_of(absences.heard(other))
        play.webhooks_go_out()
        await play.runs(play.pull.head_sha)


async def test_a_github_that_cannot_be_asked_is_not_taken_for_one_that_sent_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.github.faults.add(Fault("status", method="GET", path="/app/hook/deliveries", status=500))
        asked = await asked_of_github(play, f"{SHOP}#1")
        said = text_of(absences.heard(asked))
        play.github.faults.clear()
        assert said.startswith("GitHub's log of deliveries could not be asked: ")
        assert "no delivery" not in said


async def test_a_merge_that_deploys_nothing_says_what_was_compared(tmp_path: Path) -> None:
    configuration = with_environment("auto: never", CONFIGURATION)
    async with playing(tmp_path, configuration) as play:
        play.github.merge("lin", SHOP, play.pull.number)
        await play.settled()
        told = await explained(play, f"{SHOP}#1")
        rows = [row for plot in told.found.plots for rows in plot.outcomes.values() for row in rows]
        (row,) = [row for row in rows if row.reason == "nothing_automatic"]
        assert row.values["auto"]["production"] == "never"
