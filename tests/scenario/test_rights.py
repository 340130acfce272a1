"""Who may deploy, when the configuration or a name behind it changes."""

from pathlib import Path

from bot.domain.who_may import NameAccepted, WhoMay
from bot.runtime.own_deliveries import delivery_of
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import Play, playing, with_environment

FILE = ".github/pointsman.yml"
GRACE = with_environment("deployers: [grace]")


async def who_may(play: Play, *names: str) -> None:
    """Wait until the bot has noted the accounts of exactly these names."""

    async def noted() -> bool:
        state = await play.bot.ledger.state(f"rights:{SHOP}")
        return isinstance(state, WhoMay) and {each.login for each in state.accounts} == set(names)

    await play.eventually(f"who may: {names}", noted)


def configure(play: Play, text: str) -> None:
    play.github.push("olive", SHOP, "main", {FILE: play.configured(text)}, "Who may")


async def test_who_may_by_a_changed_configuration_is_announced(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await who_may(play, "grace")
        configure(play, with_environment("deployers: [lin, acme/sre]"))
        await play.told("who may deploy has changed", "no longer `grace`", "now also `lin` and `acme/sre`")
        await who_may(play, "lin", "acme/sre")


async def test_what_was_never_seen_before_is_not_announced(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await who_may(play, "grace")
        await play.settled()
        assert "Who may deploy" not in play.slack.transcript()


async def test_another_change_of_the_configuration_is_not_announced(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await who_may(play, "grace")
        configure(play, with_environment("deployers: [grace]\ntimeout: 20m"))
        await play.settled()
        assert "Who may deploy" not in play.slack.transcript()


async def test_whoever_takes_a_name_that_was_given_up_has_not_its_rights(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await who_may(play, "grace")
        play.github.give_up_login("grace")
        play.github.set_permission(SHOP, "grace", "write")
        play.clock.advance(61)
        play.says("grace", "/deploy api production")
        await play.answer("not done", "somebody else's now", "grace", "pointsman rights accept")
        assert play.deployer.orders == []


async def test_an_operator_accepts_whoever_has_the_name_now(tmp_path: Path) -> None:
    async with playing(tmp_path, GRACE) as play:
        await who_may(play, "grace")
        stranger = play.github.give_up_login("grace")
        play.github.set_permission(SHOP, "grace", "write")
        now = play.clock.now()
        accepted = NameAccepted(repository=SHOP, name="Grace", by="olive", at=now)
        await play.bot.composition.intake.store(delivery_of(accepted, "accepted", now))
        play.clock.advance(121)

        async def noted() -> bool:
            state = await play.bot.ledger.state(f"rights:{SHOP}")
            return isinstance(state, WhoMay) and state.account_of("grace") == stranger.id

        await play.eventually("the new account", noted)
        play.says("grace", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_name_that_nobody_had_gives_no_right_to_who_takes_it_later(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [newcomer]")) as play:
        await who_may(play, "newcomer")
        play.github.add_account("newcomer")
        play.github.set_permission(SHOP, "newcomer", "write")
        play.clock.advance(61)
        play.says("newcomer", "/deploy api production")
        await play.answer("not done", "somebody else's now")


async def test_without_a_channel_the_pull_request_that_brought_it_is_told(tmp_path: Path) -> None:
    quiet = GRACE.replace("slack: {channel: C0DEPLOYS}\n", "")
    async with playing(tmp_path, quiet) as play:
        await who_may(play, "grace")
        text = quiet.replace("deployers: [grace]", "deployers: [grace, lin]")
        pull = play.opens("ada", {FILE: play.configured(text)}, "lin-too")
        play.clock.advance(2)
        play.github.merge("olive", SHOP, pull.number)
        await play.answer("who may deploy has changed", "now also `lin`", number=pull.number)


async def test_a_right_that_was_taken_away_is_gone_as_soon_as_github_tells(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.set_permission(SHOP, "mallory", "write")
        await play.settled()
        play.says("mallory", "/status")
        await play.answer("what is live")
        play.github.set_permission(SHOP, "mallory", "none")  # well within the minute for which it is kept
        await play.settled()
        comment = play.says("mallory", "/deploy api production")
        await play.reacted(comment, "confused")
        assert play.deployer.orders == []


async def test_who_leaves_a_team_is_no_deployer_at_once(tmp_path: Path) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        play.says("lin", "/deploy api production")
        await play.runs(play.pull.head_sha)
        play.github.remove_team_member("acme", "sre", "lin")
        play.github.set_permission(SHOP, "lin", "write")
        await play.settled()
        play.clock.advance(2)
        play.says("lin", "/deploy api production")
        await play.answer("not allowed", "acme/sre")
