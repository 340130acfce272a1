"""What another configuration would have decided of a whole story, and what it cannot say."""

from pathlib import Path

from bot.configuration import ConfigurationFile, Surroundings, effective_policy
from bot.drivers import rules
from bot.ports import PolicyRead
from bot.replaying.nobody import rows_by_name
from bot.replaying.supposing.answer import Answer, Difference, answer
from bot.replaying.supposing.facts import Other
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment
from tests.scenario.test_replay import a_whole_story

AUTOMATIC = "  staging:\n    auto: merge\n"


async def supposed(play: Play, text: str, repository: str = SHOP) -> Answer:
    """Suppose that this had been acme/shop's configuration all the time."""
    file = ConfigurationFile("supposed.yml", play.configured(text).encode())
    reading = effective_policy(file, None, Surroundings(rules(), None, repository))
    assert reading.policy is not None, reading.findings
    other = Other(repository=repository, configuration=PolicyRead(status="valid", policy=reading.policy))
    before = await play.bot.ledger.backlog()
    asked = len(play.github.requests), len(play.deployer.orders)
    told = await answer(play.bot.ledger, rows_by_name(), other, since=0.0)
    assert (len(play.github.requests), len(play.deployer.orders)) == asked
    assert await play.bot.ledger.backlog() == before
    return told


def of(told: Answer, what: str) -> list[Difference]:
    return [each for each in told.differences if what in each.what]


async def test_the_same_configuration_would_have_decided_everything_the_same(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, CONFIGURATION)
        assert (told.otherwise, told.not_recorded, told.differences) == (0, 0, [])
        assert told.decisions > 8


async def test_a_list_of_deployers_refuses_with_its_rule_and_says_how_much_would_not_have_been(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, with_environment("deployers: [grace]"))
        first = of(told, "/deploy api production")[0]
        assert (first.who, first.before, first.after) == (
            "ada",
            "accepted: requested",
            "refused: not_allowed",
        )
        assert "grace" in first.rule
        chain = await play.bot.ledger.events(correlation=first.correlation)
        own = {"change.opened", "command.given", "command.answered"}
        assert first.gone == sum(each.data.TYPE not in own for each in chain) > 5
        assert [each.who for each in of(told, "rollback")] == ["lin"]
        starts = of(told, "start of")
        assert [each.who for each in starts] == []
        assert told.without_cause > 0


async def test_whether_somebody_was_in_a_team_is_not_guessed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, with_environment("deployers: [acme/release]"))
        first = of(told, "/deploy api production")[0]
        assert first.not_recorded == "whether ada is in acme/release"
        assert first.after == ""
        assert told.not_recorded > 0


async def test_a_gate_for_which_nobody_read_anything_is_named_and_not_guessed(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, with_environment("requires: {review: true, checks: []}"))
        first = of(told, "/deploy api production")[0]
        assert (first.after, first.not_recorded) == ("", "what the gate `review` needs")


async def test_a_gate_is_judged_by_what_was_read_then(tmp_path: Path) -> None:
    gated = with_environment("requires: {checks: [], up_to_date: true}")
    async with playing(tmp_path, gated) as play:
        play.github.push("olive", SHOP, "main", {"README.md": "Other words\n"}, "Beside it")
        play.says("ada", "/deploy api production")
        await play.answer("up_to_date")
        await play.settled()
        told = await supposed(play, with_environment("requires: {checks: []}"))
        (first,) = of(told, "/deploy api production")
        assert (first.before, first.after) == ("refused: out_of_date", "accepted: requested")


async def test_other_settings_of_the_same_decision_are_named(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, with_environment("timeout: 10m"))
        first = of(told, "/deploy api production")[0]
        assert (first.before, first.after) == ("accepted: requested", "accepted: requested")
        assert first.changes == ("deployment.requested.order.timeout: 1800.0 → 600.0",)
        assert (first.gone, first.unknown) == (0, False)


async def test_a_name_that_did_not_exist_then_is_not_looked_up_now(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, CONFIGURATION + "  nowhere: {}\n")
        (only,) = of(told, "/deploy api nowhere")
        assert (only.before, only.not_recorded) == (
            "refused: misunderstood",
            "what the command is about",
        )


async def test_bare_commands_do_not_count_under_a_prefix(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, CONFIGURATION + "commands: {prefix: pointsman}\n")
        first = of(told, "/deploy api production")[0]
        assert first.after == "ignored: no_command"
        assert first.gone > 5


async def test_a_merge_would_have_deployed_by_itself_if_its_files_had_been_read(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.merge("ada", SHOP, play.pull.number)
        await play.settled()
        told = await supposed(play, CONFIGURATION.replace("  staging:\n", AUTOMATIC))
        (only,) = of(told, "merge of #1")
        assert only.not_recorded == "which files the change touches"


async def test_another_repository_is_none_of_its_business(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        told = await supposed(play, with_environment("deployers: [grace]"), "acme/site")
        assert (told.decisions, told.differences) == (0, [])
