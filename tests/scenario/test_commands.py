"""What counts as a command, whose counts, which commit it means, and what is answered."""

from pathlib import Path

import pytest

from bot.sandbox.github.records import Comment, PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.stage import CONFIGURATION
from tests.scenario.play import Play, playing, with_environment

BOT = "renovate[bot]"
FORK = "mallory/shop"
UNKNOWN_SHA = "0123456789abcdef0123456789abcdef01234567"


def writings(play: Play) -> list[str]:
    """What the bot did on GitHub besides reading and signing in."""
    asked = (each for each in play.github.requests if each.request.method != "GET")
    return [each.template or "" for each in asked if not (each.template or "").endswith("access_tokens")]


def a_bot_with_write_access(play: Play) -> None:
    play.github.add_account(BOT, "Bot")
    play.github.set_permission(SHOP, BOT, "write")


def from_a_fork(play: Play) -> PullRequest:
    """A pull request by mallory from her fork."""
    files = {"services/api/app.py": "gift = 1\n"}
    return play.github.open_pull_request("mallory", FORK, "gift", "A gift", files, fork_of=SHOP)


async def nothing_came_of(play: Play, *comments: Comment) -> None:
    """Nobody was answered, nothing was shipped."""
    await play.settled()
    assert play.bots_comments() == []
    assert [comment.body for comment in comments if comment.reactions] == []
    assert play.deployer.orders == []


async def refuses(
    play: Play, text: str, *words: str, pull: PullRequest | None = None, who: str = "ada"
) -> None:
    """The command is answered by one more comment that has these words, and nothing is shipped."""
    number = (pull or play.pull).number
    before, ordered = len(play.bots_comments(number)), len(play.deployer.orders)
    command = play.says(who, text, number)
    await play.reacted(command, "eyes")
    await play.until(f"an answer to {text}", lambda: len(play.bots_comments(number)) > before)
    await play.settled()
    (answer,) = play.bots_comments(number)[before:]
    assert [word for word in words if word.lower() not in answer.body.lower()] == [], answer.body
    assert len(play.deployer.orders) == ordered


# --- which commit ---------------------------------------------------------------------------------------


async def test_a_push_after_the_command_refuses_it_and_the_next_command_takes_the_new_head(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.webhooks_wait()
        play.says("ada", "/deploy api production")
        play.clock.advance(2)
        moved = play.pushes("ada")
        play.webhooks_go_out()
        await play.answer("moved", moved[:7], "@SHA")
        await play.settled()
        assert play.deployer.orders == []
        play.clock.advance(2)
        play.says("ada", "/deploy api production")
        await play.runs(moved)


async def test_a_move_is_seen_although_its_webhook_has_not_come(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.webhooks_wait()
        play.says("ada", "/deploy api production")
        (command,) = play.github.outbox.drain()
        play.clock.advance(2)
        moved = play.pushes("ada")
        late = play.github.outbox.drain()
        play.github.outbox.waiting.append(command)
        play.webhooks_go_out()
        await play.answer("moved", moved[:7])
        play.github.outbox.waiting.extend(late)
        await play.checked("pointsman/plan", moved)
        await play.settled()
        assert play.deployer.orders == []


async def test_a_commit_that_was_named_is_shipped_although_the_head_moved(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        meant = play.pull.head_sha
        play.github.create_tag("ada", SHOP, "reviewed", meant)
        play.webhooks_wait()
        play.says("ada", f"/deploy api@{meant} production")
        play.clock.advance(2)
        play.pushes("ada")
        play.webhooks_go_out()
        await play.runs(meant)


@pytest.mark.parametrize(
    "named", ["branch", "ref", "tag", "sha", "short sha", "default branch", "its parent"]
)
async def test_a_commit_of_this_repository_can_be_named(tmp_path: Path, named: str) -> None:
    async with playing(tmp_path) as play:
        other = play.github.push("grace", SHOP, "feature/x", {"services/api/app.py": "x = 1\n"}).sha
        play.github.create_tag("grace", SHOP, "v1.2.0", other)
        main = play.shop.branches["main"]
        (older,) = play.shop.history.commits[main].parents
        command, sha = {
            "branch": ("/deploy api@feature/x production", other),
            "ref": ("/deploy api @feature/x production", other),
            "tag": ("/deploy api@v1.2.0 production", other),
            "sha": (f"/deploy api@{other} production", other),
            "short sha": (f"/deploy api@{other[:8]} production", other),
            "default branch": ("/deploy api@main production", main),
            "its parent": (f"/deploy api@{older} production", older),
        }[named]
        play.says("ada", command)
        await play.runs(sha)
        assert [order.sha for order in play.deployer.orders] == [sha]


async def test_what_no_branch_tag_or_commit_is_called_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        for ref in ("nowhere", "feature/none", "abcdef1", UNKNOWN_SHA):
            await refuses(play, f"/deploy api@{ref} production", "no such commit", ref)


async def test_a_commit_that_is_only_in_a_fork_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        pull = from_a_fork(play)
        hidden = play.github.push("mallory", FORK, "aside", {"services/api/app.py": "evil = 1\n"}).sha
        for sha in (pull.head_sha, hidden, hidden[:10]):
            await refuses(play, f"/deploy api@{sha} production", "no branch here", sha)


async def test_a_commit_that_was_pushed_away_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        gone = play.github.push("grace", SHOP, "feature/x", {"services/api/app.py": "x = 1\n"}).sha
        play.github.push("grace", SHOP, "feature/x", {"services/api/app.py": "x = 2\n"}, force=True)
        await refuses(play, f"/deploy api@{gone} production", "no branch here", gone)


async def test_a_pull_request_from_a_fork_is_not_shipped(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await refuses(play, "/deploy api production", "fork", FORK, pull=from_a_fork(play))


async def test_a_closed_pull_request_is_not_shipped_until_it_is_reopened(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.github.close("ada", SHOP, play.pull.number)
        await refuses(play, "/deploy api production", "the pull request is closed")
        play.github.reopen("ada", SHOP, play.pull.number)
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)


@pytest.mark.parametrize("command", ["/deploy api production", "/rollback api production", "/status"])
async def test_a_command_that_is_seen_after_ten_minutes_is_answered_and_not_run(
    tmp_path: Path, command: str
) -> None:
    async with playing(tmp_path) as play:
        await play.settled()
        play.webhooks_wait()
        late = play.says("ada", command)
        play.clock.advance(660)
        play.webhooks_go_out()
        await play.reacted(late, "eyes")
        await play.answer("not run", "10 minutes")
        await play.settled()
        assert len(play.bots_comments()) == 1
        assert play.deployer.orders == []


# --- who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["/deploy api production", "/deploy nonsense", "/pointsman help", "/lock api", "/pointsman foo"],
)
async def test_whoever_has_no_write_access_gets_one_reaction_and_no_comment(
    tmp_path: Path, command: str
) -> None:
    async with playing(tmp_path) as play:
        given = play.says("mallory", command)
        await play.reacted(given, "confused")
        await play.settled()
        assert [each.content for each in given.reactions] == ["confused"]
        assert play.bots_comments() == []
        assert play.deployer.orders == []


async def test_deployers_are_the_only_ones_who_ship_there_and_others_may_ship_elsewhere(
    tmp_path: Path,
) -> None:
    async with playing(tmp_path, with_environment("deployers: [acme/sre]")) as play:
        await refuses(play, "/deploy api production", "not allowed", "ada", "acme/sre")
        await refuses(play, "/deploy api production --dry-run", "not allowed", "ada", "acme/sre")
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        play.says("lin", "/deploy api production")
        await play.runs(play.pull.head_sha)


async def test_a_bot_commands_nothing_unless_it_is_a_deployer(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        a_bot_with_write_access(play)
        await nothing_came_of(play, play.says(BOT, "/deploy api production"))
    (tmp_path / "second").mkdir()
    async with playing(tmp_path / "second", with_environment(f'deployers: ["{BOT}"]')) as play:
        a_bot_with_write_access(play)
        play.says(BOT, "/deploy api production")
        await play.runs(play.pull.head_sha)


# --- what is a command ----------------------------------------------------------------------------------

NO_COMMANDS = (
    "```\n/deploy api production\n```",
    "~~~yaml\n/deploy api production\n~~~",
    "    /deploy api production",
    "> /deploy api production",
    "> As ada wrote:\n/deploy api production",
    "<!-- \n/deploy api production\n-->",
    "<pre>\n/deploy api production\n</pre>",
    "`/deploy api production`",
    "Please /deploy api production",
    "\u200b/deploy api production",
    "/deployment api production",
    "/frobnicate",
    "deploy api production",
    "/approve",
    "/cancel",
    "/retry",
    "/keep",
    "/reject because no",
)


async def test_what_is_no_command_is_left_alone(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        said = [play.says("ada", text) for text in NO_COMMANDS]
        await nothing_came_of(play, *said)
        play.says(
            "ada", "> /deploy api production\n\nLet us try:\n\n/deploy web staging\n/deploy api staging"
        )
        await play.runs(play.pull.head_sha, "staging", "web")
        await play.settled()
        assert [order.service for order in play.deployer.orders] == ["web"]


async def test_only_a_new_comment_is_a_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        comment = play.says("ada", "Looks good")
        await play.settled()
        play.github.edit_comment("ada", SHOP, comment.id, "/deploy api production")
        await nothing_came_of(play, comment)
        play.says("ada", "/deploy api staging")
        await play.runs(play.pull.head_sha, "staging")
        given = next(each for each in play.shop.comments.values() if each.body == "/deploy api staging")
        play.github.edit_comment("ada", SHOP, given.id, "/deploy api production")
        play.github.delete_comment("ada", SHOP, comment.id)
        await play.settled()
        assert [order.environment for order in play.deployer.orders] == ["staging"]


async def test_a_comment_on_an_issue_is_no_command(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        issue = play.github.open_issue("ada", SHOP, "Slow")
        comment = play.says("ada", "/deploy api production", issue.number)
        await nothing_came_of(play, comment)
        assert play.bots_comments(issue.number) == []


async def test_a_repository_without_a_configuration_gets_nothing_at_all(tmp_path: Path) -> None:
    async with playing(tmp_path, None) as play:
        said = [play.says("ada", text) for text in ("/deploy api production", "/pointsman help", "/status")]
        said.append(play.says("mallory", "/deploy api production"))
        play.pushes("ada")
        await nothing_came_of(play, *said)
        play.github.merge("ada", SHOP, play.pull.number)
        await play.settled()
        assert writings(play) == []


async def test_where_the_prefix_is_wanted_the_bot_says_it_too(tmp_path: Path) -> None:
    async with playing(tmp_path, CONFIGURATION + "commands: {prefix: pointsman}\n") as play:
        await nothing_came_of(play, play.says("ada", "/deploy api production"), play.says("ada", "/help"))
        play.deployer.play_next("fail")
        play.says("ada", "/pointsman deploy api production")
        await play.answer("failed", "/pointsman retry d-")
        play.says("lin", "/retry")
        await play.settled()
        assert len(play.deployer.orders) == 1
        play.says("lin", "/pointsman retry")
        await play.runs(play.pull.head_sha)


# --- what is answered -----------------------------------------------------------------------------------

MISUNDERSTOOD = (
    ("/deploy api prodution", ("prodution", "`production`")),
    ("/deploy apo production", ("apo", "`api`")),
    ("/deploy api", ("environment", "`staging`", "`production`")),
    ("/deploy production", ("several services", "`api`", "`web`")),
    ("/deploy api production web", ("web", "services come before")),
    ("/deploy api production verbos=true", ("verbos",)),
    ("/deploy api production --dryrun", ("--dryrun", "--dry-run")),
    ("/rollback api prodution", ("prodution", "`production`")),
    ("/pointsman frobnicate", ("frobnicate", "a command")),
    ("/pointsman deplyo api production", ("deplyo", "`deploy`")),
)


async def test_what_is_not_understood_is_answered_with_what_could_be_meant(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        for text, words in MISUNDERSTOOD:
            await refuses(play, text, "not understood", *words)


async def test_what_this_version_cannot_do_is_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await refuses(play, "/scale api production 3", "not in this version", "/scale")
        await refuses(play, "/resume d-0000000000", "not in this version", "/resume")


async def test_an_answer_to_no_question_is_answered_where_the_bot_was_named(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await refuses(play, "/pointsman retry", "nothing to decide", "retry")
        await refuses(play, "/keep d-0000000000", "nothing to decide", "keep")
        play.says("ada", "/deploy api production")
        await play.runs(play.pull.head_sha)
        fine = play.deployer.orders[-1].deployment
        await refuses(play, f"/retry {fine}", "did not fail", fine)


async def test_an_answer_that_could_mean_several_failures_is_answered_with_a_list(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail", "fail")
        play.says("ada", "/deploy api web production")
        await play.ended("failed")
        ids = [order.deployment for order in play.deployer.orders]
        await play.until("both ends", lambda: sum(run.is_over for run in play.deployer.runs) == 2)
        await play.settled()
        await refuses(play, "/retry", "which one", *ids)
        play.says("ada", f"/retry {ids[0]}")
        service = play.deployer.orders[0].service
        await play.runs(play.pull.head_sha, service=service)


async def test_status_tells_what_is_live_what_runs_and_who_waits(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        live = play.pull.head_sha
        play.says("ada", "/deploy api production")
        await play.runs(live)
        play.deployer.play_next("late")
        play.says("ada", "/deploy api production")
        await play.until("an order at work", lambda: any(run.held for run in play.deployer.runs))
        play.says("grace", "/deploy api production")
        await play.answer("queued")
        await play.settled()
        running = play.deployer.orders[-1].deployment
        (waiting,) = (await play.slot()).queue
        before = len(play.bots_comments())
        play.says("lin", "/status api production")
        told = await play.answer(live[:7], running, waiting.id, "running")
        assert len(play.bots_comments()) == before + 1
        assert "staging" not in told.body
        play.says("lin", "/status")
        await play.answer("staging", "web", running)
        play.deployer.release_late()
        await play.ended("succeeded", 3)


async def test_help_names_what_this_repository_knows(tmp_path: Path) -> None:
    configuration = with_environment("deployers: [acme/sre]") + "params:\n  verbose: {type: boolean}\n"
    async with playing(tmp_path, configuration) as play:
        await refuses(
            play,
            "/help",
            "/deploy",
            "/rollback",
            "/retry",
            "`api`",
            "`web`",
            "`staging`",
            "acme/sre",
            "verbose",
        )
        await refuses(play, "/pointsman", "/deploy", "/rollback", "`production`")
        await refuses(play, "/help rollback", "/rollback")
