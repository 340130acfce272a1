"""The demo's second repository: shipped by a workflow, told of in its own channel, its runs on pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.domain.slot import Slot
from bot.sandbox.demo import CONFIGURATION
from bot.sandbox.github import DEPLOY_WORKFLOW_PATH, WorkflowRun
from bot.sandbox.github.records import Comment, Repository
from bot.sandbox.github.seed import SHOP
from bot.sandbox.github.site import SITE, SITE_WORKFLOW
from bot.sandbox.pages.switches import find_switch
from bot.sandbox.slack import Message
from tests.scenario.play import Play

CHANNEL = "C0ACMESITE"
HANGING = "Publish to production: step 3 of 3, Look at the front page"


class SitePlay(Play):
    """A play with the demo's configuration in which `shop` is acme/site and `pull` its pull request."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, CONFIGURATION)
        self.stage.settings = replace(self.stage.settings, site=True)

    async def begin(self) -> None:
        await super().begin()
        self.pull = self.shop.pulls[0]

    @property
    def shop(self) -> Repository:
        return self.github.repository(SITE)

    async def slot(self, service: str = "site", environment: str = "production") -> Slot:
        state = await self.bot.ledger.state(f"slot:{SITE}/site/{environment}")
        return state if isinstance(state, Slot) else Slot()

    def says(self, who: str, text: str, number: int | None = None) -> Comment:
        return self.github.comment(who, SITE, number or self.pull.number, text)

    def breaks(self, name: str) -> None:
        """Turn a switch on."""
        find_switch(name).on(self.stage.worlds)

    async def told_here(self, *words: str) -> Message:
        """Wait for a message in #site that has all these words."""

        def look() -> Message | None:
            found = (one for one in self.slack.messages(CHANNEL) if all(word in one.spoken for word in words))
            return next(found, None)

        return await self.until(f"a message with {words}", look)

    async def run(self) -> WorkflowRun:
        """Wait for the newest run of the workflow."""
        return await self.until("a run", lambda: next(iter(self.github.actions.runs_of(self.shop)), None))

    async def on_its_page(self, run: WorkflowRun, who: str, deed: str = "") -> str:
        """Look at a run's page as somebody, or press a button there; gives what it says then."""
        address = f"{self.github.web_url}/{SITE}/actions/runs/{run.id}"
        look = f"/github/{SITE}/actions/runs/{run.id}?as={who}"
        async with aiohttp.ClientSession() as session:
            if deed:
                async with session.post(address, data={"look": look, "deed": deed}) as answer:
                    assert answer.status == 200
                    return await answer.text()
            async with session.get(address, params={"as": who}) as answer:
                assert answer.status == 200
                return await answer.text()

    async def live(self) -> None:
        """Wait until the bot knows that the pull request's head is live."""

        async def look() -> bool:
            slot = await self.slot()
            return slot.current is None and slot.live.known and slot.live.sha == self.pull.head_sha

        await self.eventually("the head live", look)


@asynccontextmanager
async def playing_on_the_site(folder: Path) -> AsyncIterator[SitePlay]:
    play = SitePlay(folder)
    try:
        await play.begin()
        yield play
    except BaseException:
        await play.close()
        raise
    await play.end()


async def test_a_comment_starts_a_run_whose_jobs_and_page_the_bots_comment_tells_of(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.breaks("run_held")
        play.says("ada", "/deploy production")
        run = await play.run()
        comment = await play.answer(HANGING)
        address = f"{play.github.web_url}/{SITE}/actions/runs/{run.id}"
        assert address in comment.body
        shown = await play.on_its_page(run, "ada")
        for expected in ("Build the pages", "Look at the front page", play.pull.head_sha, "Let it go on"):
            assert expected in shown
        play.github.release_runs()
        await play.live()
        await play.answer("succeeded", address)
        await play.told_here("Deployed", "succeeded")
        assert run.inputs["region"] == "eu"
        assert play.deployer.runs == []
        assert play.slack.messages("C0DEPLOYS") == []


async def test_in_slack_the_channel_says_which_repository_is_meant(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.types("grace", "/deploy", "staging", channel="site")
        await play.ended("succeeded", environment="staging")
        run = await play.run()
        assert run.inputs["sha"] == play.shop.branches["main"]
        play.types("grace", "/deploy", "staging", channel="deploys")
        await play.until("an order", lambda: play.deployer.runs)
        assert play.deployer.runs[0].order.repository == SHOP


async def test_a_run_that_hangs_is_cancelled_here_or_on_its_page(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.breaks("run_held")
        play.says("ada", "/deploy production")
        await play.answer(HANGING)
        await play.settled()
        assert "Cancel workflow" in await play.on_its_page(await play.run(), "grace")
        await play.on_its_page(await play.run(), "grace", "cancel")
        await play.ended("cancelled")
        play.breaks("run_held")
        play.says("ada", "/deploy staging")
        await play.answer("Publish to staging: step 3 of 3")
        await play.settled()
        play.says("grace", "/cancel")
        await play.ended("cancelled", environment="staging")


async def test_a_failed_run_that_goes_well_when_it_is_run_again_says_what_is_live(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.breaks("run_fail")
        play.says("ada", "/deploy production")
        await play.ended("failed")
        await play.answer("failed at the step Look at the front page")
        await play.settled()
        run = await play.run()
        await play.on_its_page(run, "grace", "rerun_failed")
        await play.live()
        assert run.attempt == 2
        assert "attempt 2" in await play.on_its_page(run, "grace")


async def test_an_approval_that_is_waited_for_is_given_on_the_runs_page(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.breaks("run_waiting")
        play.says("ada", "/deploy production")
        await play.answer("Publish to production waits for an approval on GitHub")
        await play.settled()
        run = await play.run()
        assert "Approve and deploy" in await play.on_its_page(run, "grace")
        await play.on_its_page(run, "grace", "release")
        await play.live()


async def test_a_run_that_nobody_takes_is_shown_as_that_and_can_be_cancelled(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        play.breaks("run_silent")
        play.says("ada", "/deploy production")
        await play.answer("Build the pages waits for a runner")
        play.says("ada", "/cancel")
        await play.ended("cancelled")
        assert (await play.run()).conclusion == "cancelled"


async def test_the_checks_read_the_workflow_of_the_change(tmp_path: Path) -> None:
    async with playing_on_the_site(tmp_path) as play:
        head = play.pull.head_sha
        assert (await play.checked("pointsman/config", head)).conclusion == "success"
        plan = await play.checked("pointsman/plan", head)
        assert (plan.conclusion, plan.title) == ("success", "1 service: site")
        assert "`/deploy site production`" in (plan.text or "")
        lacking = SITE_WORKFLOW.replace("      deployment: {", "      number: {")
        wrong = play.github.push(
            "grace", SITE, play.pull.head_ref, {DEPLOY_WORKFLOW_PATH: lacking}, "Shorter"
        )
        check = await play.checked("pointsman/config", wrong.sha)
        assert check.conclusion == "failure"
        assert "does not declare the input" in (check.summary or "")
