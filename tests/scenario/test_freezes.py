"""Nothing goes into an environment: by the configuration, or because somebody said so."""

from pathlib import Path

from tests.scenario.play import playing, with_environment

LONG = with_environment('freeze: [{from: "2020-01-01", to: "2099-01-01", reason: "long holidays"}]')


async def test_a_configured_freeze_refuses_with_its_reason_and_its_end(tmp_path: Path) -> None:
    async with playing(tmp_path, LONG) as play:
        play.says("ada", "/deploy api production")
        await play.answer("not deployed", "freeze", "long holidays", "2099")
        await play.settled()
        assert play.deployer.orders == []


async def test_a_freeze_begins_and_ends_by_command_and_everybody_is_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/freeze production because the sale begins")
        await play.answer("frozen", "the sale begins")
        await play.told("frozen", "the sale begins")
        play.clock.advance(2)
        play.says("grace", "/deploy api production")
        await play.answer("not deployed", "freeze", "the sale begins")
        play.says("grace", "/unfreeze production")
        await play.answer("not unfrozen", "somebody else")
        play.says("ada", "/unfreeze production")
        await play.told("not frozen any more")
        play.says("grace", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_freeze_ends_by_itself(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.types("U0ADA", "/pointsman", "freeze production for 2h")
        await play.told("frozen", "production")
        play.clock.advance(2 * 3600 + 1)
        await play.told("not frozen any more")
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_rollback_passes_a_freeze(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        first = play.pull.head_sha
        play.clock.advance(2)
        second = play.pushes("ada")
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.runs(second)
        play.says("ada", "/freeze production")
        await play.told("frozen")
        play.clock.advance(2)
        play.says("grace", "/rollback api production")
        await play.runs(first)


async def test_an_emergency_passes_a_freeze_and_a_lock_and_is_announced(tmp_path: Path) -> None:
    urgent = LONG.replace("    freeze:", "    emergency: [acme/sre]\n    freeze:")
    async with playing(tmp_path, urgent) as play:
        play.says("ada", "/lock production")
        await play.answer("locked")
        play.clock.advance(2)
        play.says("lin", "/deploy api production --emergency because customers cannot pay")
        await play.told("emergency", "customers cannot pay", "lock", "freeze")
        await play.runs(play.pull.head_sha)


async def test_who_waits_when_a_freeze_begins_is_refused_when_the_turn_comes(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("it under way", lambda: play.deployer.runs and play.deployer.runs[-1].held)
        pull = play.opens("grace", {"services/api/second.py": "x = 1\n"}, "second")
        play.says("grace", "/deploy api production", pull.number)
        await play.answer("queued", number=pull.number)
        play.says("lin", "/freeze production")
        await play.told("frozen")
        play.deployer.release_late()
        await play.answer("refused", "nothing is deployed there", number=pull.number)
