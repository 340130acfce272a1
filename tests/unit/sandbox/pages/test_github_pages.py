"""The simulated GitHub's pages: what there is to see of a pull request, and what people can do."""

import pytest

from bot.sandbox.github.records import Deployment, DeploymentStatus, PullRequest
from bot.sandbox.pages import Worlds
from tests.unit.sandbox.pages.browsing import Browser, page, pane, send, send_by_script, words

PULL = "/github/acme/shop/pull/1"


def pull_of(worlds: Worlds, number: int = 1) -> PullRequest:
    return worlds.github.pull(worlds.github.repository("acme/shop"), number)


def deploy(worlds: Worlds, state: str = "failure") -> None:
    """A deployment of the first pull request, as the bot would have made it."""
    repository = worlds.github.repository("acme/shop")
    bot, sha = worlds.github.bot, repository.branches["free-shipping"]
    status = DeploymentStatus(
        2, state, bot, "health check failed", "production", "", "https://x.example/log", 0
    )
    made = Deployment(1, sha, sha, "deploy", "production", {}, None, bot, True, False, True, 0, 0, [status])
    repository.deployments[1] = made


async def test_a_pull_request_shows_its_conversation_checks_and_files(
    worlds: Worlds, browser: Browser
) -> None:
    comment = worlds.github.comment("grace", "acme/shop", 1, "**ship it** <script>alert(1)</script>")
    worlds.github.react("ada", "acme/shop", comment.id, "eyes")
    worlds.github.review("grace", "acme/shop", 1, "APPROVED", "fine")
    worlds.github.push("ada", "acme/shop", "free-shipping", {"services/api/app.py": "x = 1\n"}, "Faster")
    shown = await page(browser, PULL)
    assert "<strong>ship it</strong>" in shown
    assert "<script>alert" not in shown
    text = await words(browser, PULL)
    for expected in (
        "Free shipping from 50 euros",
        "👀eyes 1",
        "approved this",
        "services/api/app.py",
        "ada pushed",
        "Faster",
        "Checks",
    ):
        assert expected in text


async def test_deployments_stand_in_the_conversation_and_in_a_list(worlds: Worlds, browser: Browser) -> None:
    deploy(worlds)
    text = await words(browser, PULL)
    assert "failure pointsman[bot] deploys to production" in text
    assert text.count("health check failed") == 2
    assert 'href="https://x.example/log"' in await page(browser, PULL)


async def test_a_log_that_is_no_web_address_is_no_link(worlds: Worlds, browser: Browser) -> None:
    deploy(worlds)
    repository = worlds.github.repository("acme/shop")
    repository.deployments[1].statuses[0].log_url = "javascript:alert(1)"
    assert "javascript:" not in await page(browser, PULL)


async def test_a_long_conversation_shows_its_newest_part_and_says_so(
    worlds: Worlds, browser: Browser
) -> None:
    for number in range(205):
        worlds.github.comment("ada", "acme/shop", 1, f"number {number}.")
    text = await words(browser, PULL)
    assert "5 earlier entries are left out" in text
    assert "number 5." in text
    assert "number 4." not in text


async def test_a_comment_is_written_as_the_chosen_person(worlds: Worlds, browser: Browser) -> None:
    text = "/deploy staging\r\nplease"
    reply = await send(browser, PULL, f"{PULL}?as=grace", deed="comment", text=text)
    assert (reply.status, reply.headers["location"]) == (303, f"{PULL}?as=grace")
    [comment] = pull_of(worlds).comments
    assert (comment.user.login, comment.body) == ("grace", "/deploy staging\nplease")


async def test_what_github_does_not_allow_is_said_and_not_done(worlds: Worlds, browser: Browser) -> None:
    status, answer = await send_by_script(browser, PULL, "/?as=mallory", deed="merge")
    assert (status, answer["pane"]) == (409, "github")
    assert answer["trouble"] == "mallory has read access to acme/shop and needs write to merge"
    assert pull_of(worlds).merged_at is None


@pytest.mark.parametrize("deed", ["comment", "approve", "rerun", "green"])
async def test_what_lacks_something_or_is_ones_own_is_refused(browser: Browser, deed: str) -> None:
    reply = await send(browser, PULL, deed=deed, text="")
    assert reply.status == 409


@pytest.mark.parametrize(
    "path, form, status",
    [
        (PULL, {}, 400),
        (PULL, {"deed": "comment"}, 400),
        (PULL, {"look": "/", "deed": "explode"}, 400),
        (PULL, {"look": "/?as=nobody", "deed": "merge"}, 404),
        ("/github/acme/shop/pull/99", {"look": "/", "deed": "merge"}, 404),
        ("/github/acme/nothing/pull/1", {"look": "/", "deed": "merge"}, 404),
        ("/github/acme/shop/pulls", {"look": "/"}, 400),
    ],
)
async def test_a_form_that_lacks_something_is_refused(
    browser: Browser, path: str, form: dict[str, str], status: int
) -> None:
    assert (await browser.post(path, data=form)).status == status


async def test_a_pull_request_is_reviewed_merged_closed_and_reopened(
    worlds: Worlds, browser: Browser
) -> None:
    states = []
    for actor, deed in (
        ("grace", "request_changes"),
        ("grace", "approve"),
        ("ada", "close"),
        ("ada", "reopen"),
        ("grace", "merge"),
    ):
        reply = await send(browser, PULL, f"/?as={actor}", deed=deed)
        assert reply.status == 303
        states.append((pull_of(worlds).state, bool(pull_of(worlds).merged_at)))
    assert states == [("open", False)] * 2 + [("closed", False), ("open", False), ("closed", True)]
    assert [one.state for one in pull_of(worlds).reviews] == ["CHANGES_REQUESTED", "APPROVED"]
    text = await words(browser, PULL)
    for expected in ("grace asked for changes", "This is not ready yet.", "grace merged this into main"):
        assert expected in text.replace("✗ ", "").replace("✓ ", "")


async def test_a_commit_is_pushed_and_another_one_put_in_its_place(worlds: Worlds, browser: Browser) -> None:
    before = pull_of(worlds).head_sha
    await send(browser, PULL, deed="push")
    pushed = pull_of(worlds).head_sha
    await send(browser, PULL, deed="force_push")
    commits = worlds.github.repository("acme/shop").history.commits
    assert commits[pushed].parents == (before,)
    assert commits[pull_of(worlds).head_sha].parents == (before,)
    assert pull_of(worlds).head_sha not in (before, pushed)
    assert "ada force-pushed" in await words(browser, PULL)


async def test_nobody_pushes_to_a_closed_pull_request(worlds: Worlds, browser: Browser) -> None:
    await send(browser, PULL, deed="close")
    status, answer = await send_by_script(browser, PULL, deed="push")
    assert (status, "is closed" in answer["trouble"]) == (409, True)


async def test_a_check_is_set_red_and_green_and_asked_for_again(worlds: Worlds, browser: Browser) -> None:
    repository, head = worlds.github.repository("acme/shop"), pull_of(worlds).head_sha
    ours = worlds.github.post_check_run("pointsman", "acme/shop", head, "pointsman/plan", status="queued")
    begun = worlds.github.post_check_run("other-ci", "acme/shop", head, "other", status="in_progress")
    [ci] = [one for one in repository.check_runs.values() if one.name == "ci/test" and one.head_sha == head]
    await send(browser, PULL, deed="red", thing=str(ci.id))
    await send(browser, PULL, deed="green", thing=str(begun.id))
    text = await words(browser, PULL)
    for expected in ("failure ci/test", "success other", "Checks ✗ failure"):
        assert expected in text
    asked = len(worlds.github.outbox)
    worlds.github.app.events.append("check_run")
    assert (await send(browser, PULL, deed="rerun", thing=str(ours.id))).status == 303
    assert len(worlds.github.outbox) == asked + 1
    status, answer = await send_by_script(browser, PULL, deed="green", thing=str(ours.id))
    assert (status, "bot's own check" in answer["trouble"]) == (409, True)


async def test_another_pull_request_is_opened_and_looked_at(worlds: Worlds, browser: Browser) -> None:
    form = {"title": "Faster checkout!", "directory": "services/web"}
    status, answer = await send_by_script(browser, "/github/acme/shop/pulls", "/?as=ada", **form)
    assert (status, answer) == (200, {"go": "/?pull=3"})
    assert pull_of(worlds, 3).head_ref == "faster-checkout-3"
    assert "services/web/faster-checkout-3.md" in await words(browser, "/?pull=3")
    reply = await send(browser, "/github/acme/shop/pulls", PULL, **form)
    assert reply.headers["location"] == "/github/acme/shop/pull/4"


async def test_who_may_not_push_opens_one_from_a_fork(worlds: Worlds, browser: Browser) -> None:
    form = {"title": "Let me in", "directory": "libs"}
    await send(browser, "/github/acme/shop/pulls", "/?as=mallory", **form)
    assert pull_of(worlds, 3).head_repository.full_name == "mallory/shop"
    assert "of the fork mallory/shop" in await words(browser, "/?pull=3")
    await send(browser, "/github/acme/shop/pull/3", "/?as=mallory", deed="push")
    assert "mallory pushed" in await words(browser, "/?pull=3")


@pytest.mark.parametrize("form", [{"title": " ", "directory": "libs"}, {"title": "x", "directory": "moon"}])
async def test_a_pull_request_needs_a_title_and_a_place(browser: Browser, form: dict[str, str]) -> None:
    assert (await send(browser, "/github/acme/shop/pulls", **form)).status == 409


async def test_a_conflict_is_said(worlds: Worlds, browser: Browser) -> None:
    worlds.github.push("grace", "acme/shop", "main", {"services/api/app.py": "y = 2\n"}, "Other")
    assert "conflicts with main" in await words(browser, PULL)


async def test_a_status_of_the_older_kind_counts_among_the_checks(worlds: Worlds, browser: Browser) -> None:
    head = pull_of(worlds).head_sha
    worlds.github.post_status("grace", "acme/shop", head, "ci/old", "pending", "still thinking")
    text = await words(browser, PULL)
    assert "pending ci/old still thinking" in text
    assert "Checks ● in progress" in text


async def test_a_check_that_complains_says_where(worlds: Worlds, browser: Browser) -> None:
    output = {
        "title": "1 problem",
        "summary": "**bad**",
        "annotations": [{"path": ".github/pointsman.yml", "start_line": 3, "message": "unknown key"}],
    }
    fields = {"status": "completed", "conclusion": "failure", "output": output}
    worlds.github.post_check_run(
        "pointsman", "acme/shop", pull_of(worlds).head_sha, "pointsman/config", **fields
    )
    text = await words(browser, PULL)
    assert ".github/pointsman.yml:3 unknown key" in text


async def test_the_repository_a_commit_and_a_comparison_have_pages(worlds: Worlds, browser: Browser) -> None:
    deploy(worlds)
    repository = worlds.github.repository("acme/shop")
    head = repository.branches["free-shipping"]
    for path in ("", f"/commit/{head}", f"/commit/{head[:10]}", f"/compare/main...{head}"):
        await page(browser, f"/github/acme/shop{path}")
    first = next(iter(repository.history.commits))
    assert "README.md" in await page(browser, f"/github/acme/shop/commit/{first}")
    assert "compared with" in await words(browser, "/github/acme/shop/compare/main...buy-now")


async def test_deeper_addresses_of_a_pull_request_lead_to_it(browser: Browser) -> None:
    reply = await browser.get(f"{PULL}/files", allow_redirects=False)
    assert (reply.status, reply.headers["location"]) == (303, PULL)


@pytest.mark.parametrize(
    "path", ["/github/acme/nothing", "/github/acme/shop/pull/99", "/github/acme/shop/commit/" + "f" * 40]
)
async def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    await page(browser, path, 404)


async def test_news_of_a_pull_request_are_said_in_words(worlds: Worlds, browser: Browser) -> None:
    worlds.github.comment("grace", "acme/shop", 1, "### ✅ Deployed `api` to **production**\n\nmore")
    assert 'data-say="GitHub: grace commented: Deployed api to production"' in await pane(browser, "github")
