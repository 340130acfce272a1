"""The `github_actions` driver at a simulated GitHub, in one process: nothing moves before a test says so."""

import random
from collections.abc import Mapping
from typing import Any

from bot.domain.deployment import DriverCall
from bot.domain.events import DeployerReported
from bot.domain.values import Repository
from bot.drivers.github_actions import GitHubActionsDriver
from bot.github.actions import ActionsWorkflows
from bot.github.connection import Connection
from bot.github.tokens import PERMISSIONS, AppKey, GitHubApp
from bot.github.translate import TranslateContext, translate
from bot.github.transport import NoReply
from bot.ports import Incoming, Translated
from bot.sandbox.github import (
    DEPLOY_WORKFLOW,
    DEPLOY_WORKFLOW_PATH,
    ApiRequest,
    AppRegistration,
    GitHubWorld,
    WorkflowRun,
    seed_acme_shop,
)
from bot.sandbox.github.seed import AUTHOR
from bot.sandbox.github.server import api_path
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import APP_ID, app_key

SHOP = "acme/shop"
PLAYS_MAX = 100
CALL = DriverCall("github_actions", {"workflow": "deploy.yml", "inputs": {"region": "eu"}}, reports="actions")


class ActionsStage:
    """A GitHub with acme/shop and its workflow, the driver there, and what GitHub's events mean to us."""

    def __init__(self, workflow: str = DEPLOY_WORKFLOW) -> None:
        self.clock = StoppedClock()
        registration = AppRegistration(
            app_id=APP_ID,
            public_key_pem=app_key()[1],
            webhook_secret="secret",
            permissions=dict(PERMISSIONS),
            events=["deployment", "deployment_status", "workflow_job", "workflow_run"],
        )
        self.world = GitHubWorld(clock=self.clock.now, random=random.Random(1), app=registration)
        self.world.actions.step_seconds = 1.0
        shop = seed_acme_shop(self.world, None, more_files={DEPLOY_WORKFLOW_PATH: workflow})
        self.installation = shop.installation.id
        self.sha = shop.repository.branches["main"]
        self.app = self._connected()
        self.driver = self.new_driver()
        self.world.outbox.drain()

    def _connected(self) -> GitHubApp:
        api_url = "https://github.example/api/v3"
        self.world.api_url, self.world.web_url = api_url, "https://github.example"
        return GitHubApp(
            Connection(transport=self._exchange, clock=self.clock, api_url=api_url),
            AppKey(APP_ID, app_key()[0]),
        )

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        path = api_path(url.removeprefix("https://github.example"))
        answer = self.world.api(ApiRequest(method, path, dict(headers), body))
        if answer.lost:
            raise NoReply("connection reset", sent=True)
        return answer.status, answer.headers, answer.body

    def new_driver(self) -> GitHubActionsDriver:
        return GitHubActionsDriver(ActionsWorkflows(self.app), self.clock)

    @property
    def repository(self) -> Repository:
        where = self.world.repository(SHOP)
        return Repository("acme", "shop", where.id, self.installation)

    @property
    def runs(self) -> list[WorkflowRun]:
        return list(self.world.actions.runs.values())

    def write_workflow(self, text: str) -> None:
        """Change the workflow on the default branch."""
        self.world.push(AUTHOR, SHOP, "main", {DEPLOY_WORKFLOW_PATH: text}, "Change the workflow")
        self.world.outbox.drain()

    def play(self, moves: int = PLAYS_MAX) -> None:
        """Let so many moves be made, one a second; as many as there are, if not said otherwise."""
        for _ in range(moves):
            due_at = self.world.next_play_at()
            if due_at is None:
                return
            self.clock.time = max(self.clock.time, due_at)
            self.world.play_due()

    def delivered(self) -> list[Translated]:
        """What the deliveries since the last time mean to us."""
        context = TranslateContext(app_id=APP_ID, app_slug=self.world.app.slug)
        return [
            translate(
                Incoming(
                    source="github",
                    id=webhook.guid,
                    event=webhook.event,
                    action=webhook.action,
                    body=webhook.body,
                    received_at=self.clock.now(),
                ),
                context,
            )
            for webhook in self.world.outbox.drain()
        ]

    def reports(self) -> list[DeployerReported]:
        """What was reported since the last time."""
        meant: list[Any] = [each.data for translated in self.delivered() for each in translated.events]
        return [data for data in meant if isinstance(data, DeployerReported)]
