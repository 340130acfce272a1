"""A client of the simulated GitHub for tests: it signs in, and compares answers with GitHub's description."""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

import jwt

from bot.sandbox.github import ApiRequest, ApiResponse, AppRegistration, GitHubWorld, generate_app_key
from bot.sandbox.github.records import Installation
from bot.sandbox.github.seed import seed_acme_shop
from tests.oracles.validation import request_messages, response_messages

NOW = 1_795_550_000.0
APP_ID = 4711
SHOP = "/repos/acme/shop"
KEYS = generate_app_key()
OTHER_KEYS = generate_app_key()
PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
EVENTS = [
    "check_run",
    "check_suite",
    "deployment",
    "deployment_status",
    "issue_comment",
    "member",
    "membership",
    "pull_request",
    "pull_request_review",
    "push",
    "status",
    "workflow_job",
    "workflow_run",
]
MISDESCRIBED = frozenset({"/app/installations"})
"""Its description asks for an account that is a person and an enterprise at once."""


class Clock:
    """Time that the test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def registration(**changes: Any) -> AppRegistration:
    """The App with every permission and event that the simulation knows."""
    settings: dict[str, Any] = {
        "app_id": APP_ID,
        "public_key_pem": KEYS[1],
        "webhook_secret": "It's a Secret to Everybody",
        "permissions": dict(PERMISSIONS),
        "events": list(EVENTS),
    }
    return AppRegistration(**{**settings, **changes})


def new_world(clock: Clock, **changes: Any) -> GitHubWorld:
    """A world with nothing in it, that compares bodies with GitHub's description."""
    world = GitHubWorld(clock, Random(1), registration(**changes))
    world.validators.append(request_messages)
    return world


@dataclass
class Client:
    """Calls the API as the App, or (with a token) as its installation."""

    world: GitHubWorld
    token: str | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"user-agent": "tests"})

    def get(self, path: str, **headers: str) -> ApiResponse:
        """Reads."""
        return self.send("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> ApiResponse:
        """Makes something."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> ApiResponse:
        """Changes something."""
        return self.send("PATCH", path, body)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> ApiResponse:
        """One request; header names with `_` for `-`."""
        credential = self.token or app_jwt(self.world.clock())
        sent = {"authorization": f"Bearer {credential}", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self.world.api(ApiRequest(method, path, sent, raw))
        check(self.world, method, answer)
        return answer

    def as_installation(self, installation: Installation, **limits: Any) -> "Client":
        """The same client with a token of an installation, limited as `limits` say."""
        path = f"/app/installations/{installation.id}/access_tokens"
        return Client(self.world, self.post(path, limits or None).json()["token"])


def check(world: GitHubWorld, method: str, answer: ApiResponse) -> None:
    """An answer that succeeded has to be as GitHub describes it."""
    template = world.requests[-1].template
    is_json = "json" in answer.headers.get("content-type", "")
    if template and template not in MISDESCRIBED | {"/graphql"} and is_json and 200 <= answer.status < 300:
        assert response_messages(method, template, answer.status, answer.body) == []


def app_jwt(now: float, key: str = KEYS[0], **claims: Any) -> str:
    """The App's own token, signed; `claims` change what it says."""
    said = {"iat": int(now) - 60, "exp": int(now) + 540, "iss": str(APP_ID), **claims}
    return jwt.encode({name: value for name, value in said.items() if value is not None}, key, "RS256")


@dataclass
class Shop:
    """The demo's world, with a client for its installation and one for the App."""

    clock: Clock
    world: GitHubWorld
    api: Client
    app: Client
    installation: Installation

    @property
    def head(self) -> str:
        """The head of the first pull request."""
        return self.world.pull(self.world.repository("acme/shop"), 1).head_sha

    @property
    def main(self) -> str:
        """The head of the default branch."""
        return self.world.repository("acme/shop").branches["main"]

    def events(self) -> list[tuple[str, str | None]]:
        """The webhooks that wait, taken out, as (event, action)."""
        return [(webhook.event, webhook.action) for webhook in self.world.outbox.drain()]

    def payloads(self, event: str) -> list[Any]:
        """The payloads of an event that wait, everything taken out."""
        return [json.loads(hook.body) for hook in self.world.outbox.drain() if hook.event == event]


def open_shop(**changes: Any) -> Shop:
    """acme/shop as the demo has it, its first webhooks taken out of the outbox."""
    clock = Clock()
    world = new_world(clock, **changes)
    seeded = seed_acme_shop(world, "version: 1\n")
    world.outbox.drain()
    app = Client(world)
    return Shop(clock, world, app.as_installation(seeded.installation), app, seeded.installation)
