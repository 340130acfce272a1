"""The simulated GitHub's pages."""

from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.sandbox.github.records import Deployment, DeploymentStatus
from bot.sandbox.pages import Worlds
from tests.unit.sandbox.pages.html import problems, read

PULL = "/github/acme/shop/pull/1"
Browser = TestClient[Any, Any]


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    reply = await browser.get(path)
    assert reply.status == status
    return await reply.text()


def deploy(worlds: Worlds) -> None:
    """A deployment that failed, as the bot would have made it."""
    repository = worlds.github.repository("acme/shop")
    bot, sha = worlds.github.bot, repository.branches["main"]
    status = DeploymentStatus(
        2, "failure", bot, "health check failed", "production", "", "https://x.example/log", 0
    )
    made = Deployment(1, sha, sha, "deploy", "production", {}, None, bot, True, False, True, 0, 0, [status])
    repository.deployments[1] = made


async def test_a_pull_request_shows_its_conversation_checks_and_files(
    worlds: Worlds, browser: Browser
) -> None:
    comment = worlds.github.comment("grace", "acme/shop", 1, "**ship it** <script>alert(1)</script>")
    worlds.github.react("ada", "acme/shop", comment.id, "eyes")
    worlds.github.review("grace", "acme/shop", 1, "APPROVED", "fine")
    page = await text_of(browser, PULL)
    assert problems(page) == []
    assert "<strong>ship it</strong>" in page
    assert "<script>alert" not in page
    shown = read(page).text
    for words in ("Free shipping from 50 euros", "👀 1", "approved", "services/api/app.py", "github-actions"):
        assert words in shown


async def test_a_pull_request_shows_deployments_with_what_was_said(worlds: Worlds, browser: Browser) -> None:
    deploy(worlds)
    page = await text_of(browser, PULL)
    assert "health check failed" in page
    assert 'href="https://x.example/log"' in page


async def test_a_comment_is_written_as_the_chosen_person(worlds: Worlds, browser: Browser) -> None:
    form = {"actor": "grace", "deed": "comment", "text": "/deploy staging\r\nplease"}
    reply = await browser.post(PULL, data=form, allow_redirects=False)
    assert (reply.status, reply.headers["location"]) == (303, f"{PULL}?as=grace")
    [comment] = worlds.github.pull(worlds.github.repository("acme/shop"), 1).comments
    assert (comment.user.login, comment.body) == ("grace", "/deploy staging\nplease")
    assert "<option selected>grace</option>" in await text_of(browser, f"{PULL}?as=grace")


async def test_what_github_does_not_allow_is_said_and_not_done(worlds: Worlds, browser: Browser) -> None:
    reply = await browser.post(PULL, data={"actor": "mallory", "deed": "merge", "text": ""})
    page = await reply.text()
    assert reply.status == 409
    assert 'role="alert"' in page
    assert problems(page) == []
    assert worlds.github.pull(worlds.github.repository("acme/shop"), 1).merged_at is None


@pytest.mark.parametrize("deed", ["comment", "approve"])
async def test_an_empty_comment_or_an_own_approval_is_refused(browser: Browser, deed: str) -> None:
    reply = await browser.post(PULL, data={"actor": "ada", "deed": deed, "text": ""})
    assert reply.status == 409


@pytest.mark.parametrize(
    "path, form, status",
    [
        (PULL, {}, 400),
        (PULL, {"actor": "ada"}, 400),
        (PULL, {"actor": "ada", "deed": "explode"}, 400),
        (PULL, {"actor": "nobody", "deed": "merge"}, 409),
        ("/github/acme/shop/pull/99", {"actor": "ada", "deed": "merge"}, 404),
    ],
)
async def test_a_form_that_lacks_something_is_refused(
    browser: Browser, path: str, form: dict[str, str], status: int
) -> None:
    assert (await browser.post(path, data=form)).status == status


async def test_a_pull_request_is_approved_merged_closed_and_reopened(
    worlds: Worlds, browser: Browser
) -> None:
    pull = worlds.github.pull(worlds.github.repository("acme/shop"), 1)
    states = []
    for actor, deed in (("grace", "approve"), ("ada", "close"), ("ada", "reopen"), ("grace", "merge")):
        await browser.post(PULL, data={"actor": actor, "deed": deed, "text": ""})
        states.append((pull.state, bool(pull.merged_at)))
    assert states == [("open", False), ("closed", False), ("open", False), ("closed", True)]
    assert "merged" in read(await text_of(browser, PULL)).text


async def test_the_repository_a_commit_and_a_comparison_have_pages(worlds: Worlds, browser: Browser) -> None:
    deploy(worlds)
    repository = worlds.github.repository("acme/shop")
    head = repository.branches["free-shipping"]
    paths = (
        "",
        f"/commit/{head}",
        f"/commit/{head[:10]}",
        f"/compare/main...{head}",
        "/compare/main...buy-now",
    )
    for path in paths:
        page = await text_of(browser, f"/github/acme/shop{path}")
        assert problems(page) == []
    first = next(iter(repository.history.commits))
    assert "README.md" in await text_of(browser, f"/github/acme/shop/commit/{first}")


@pytest.mark.parametrize(
    "path", ["/github/acme/nothing", "/github/acme/shop/pull/99", "/github/acme/shop/commit/" + "f" * 40]
)
async def test_what_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    await text_of(browser, path, 404)
