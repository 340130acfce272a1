"""Stopping what waits or runs: the deployer is asked, and nothing is said to have stopped before it did."""

from pathlib import Path

from tests.scenario.play import Play, playing, with_environment


async def under_way(play: Play, behaviour: str = "late") -> None:
    play.deployer.play_next(behaviour)  # type: ignore[arg-type]
    play.says("ada", "/deploy api production")
    await play.until("the deployment runs", lambda: play.deployer.runs and play.deployer.runs[-1].held)


async def test_a_running_deployment_is_stopped_by_its_deployer(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await under_way(play)
        play.says("grace", "/cancel")
        comment = await play.until(
            "the story says that it was cancelled",
            lambda: next((each for each in play.bots_comments() if "🚫 cancelled" in each.body), None),
        )
        assert "It was cancelled at the deployer" in comment.body
        assert "What is live is not known" in comment.body or "Nothing is known to be live" in comment.body
        assert [order.action for order in play.deployer.orders] == ["deploy", "cancel"]


async def test_what_its_deployer_could_not_be_asked_for_yet_is_never_asked_for(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.ended("succeeded")
        play.pushes("ada")
        await play.stage.deployer_server.close()  # its connections are refused: nothing can have arrived
        play.says("ada", "/deploy api production")
        await play.until("the deployment starts", lambda: "starting" in play.bots_comments()[-1].body)
        play.says("grace", "/cancel")
        await play.until(
            "it says who cancelled it",
            lambda: [
                each for each in play.bots_comments() if "Cancelled before it started, by grace" in each.body
            ],
        )
        await play.settled()
        assert [order.action for order in play.deployer.orders] == ["deploy"]
        assert (await play.slot()).live.known


async def test_a_waiting_deployment_is_cancelled_at_once_and_the_running_one_goes_on(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await under_way(play)
        second = play.pushes("ada")
        play.says("ada", "/deploy api production")
        waiting = await play.until(
            "the second one waits",
            lambda: next((each for each in play.bots_comments()[1:] if "queued, place 1" in each.body), None),
        )
        id = waiting.body.split("Request `")[1].split("`")[0]
        play.says("ada", f"/cancel {id}")
        await play.until(
            "it says who cancelled it", lambda: "Cancelled before it started, by ada" in waiting.body
        )
        play.deployer.release_late()
        await play.until("the first one is done", lambda: "✅ succeeded" in play.bots_comments()[0].body)
        assert [order.sha for order in play.deployer.orders if order.action == "deploy"] != [second]


async def test_where_nothing_runs_there_is_nothing_to_cancel(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/pointsman cancel")
        answer = await play.answer("nothing to cancel")
        assert "status" in answer.body


async def test_what_waits_for_a_gate_is_cancelled_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("requires: {checks: [], approvals: 1}")) as play:
        play.says("ada", "/deploy api production")
        await play.answer("waiting", "approvals")
        play.says("ada", "/cancel")
        await play.answer("cancelled")
        play.says("grace", "/approve")
        await play.settled()
        assert play.deployer.orders == []
        assert (await play.slot()).queue == ()
