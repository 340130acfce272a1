"""A simulated GitHub to play with and to test against: strict, realistic, and without a network.

It is a state machine (`GitHubWorld`) with an HTTP shell (`GitHubServer`). The state machine answers API
requests (`world.api`), lets people act (`world.push`, `world.comment`, `world.merge`, …) and queues signed
webhooks (`world.outbox`). It has no clock of its own, no I/O and no tasks, so a simulation can own it whole.
The shell serves the same world over HTTP and delivers its webhooks.

It must never import the rest of `bot`: it must not share the product's mistakes.

Public names:

* `GitHubWorld`: the state machine; `Strictness`: which of its checks are on.
* `AppRegistration`, `generate_app_key`: the App as GitHub knows it.
* `ApiRequest`, `ApiResponse`: one exchange with the API.
* `Webhook`: one delivery that waits in the outbox.
* `Fault`, `PRESETS`: what can be made to go wrong.
* `NotAllowed`: a person tried what GitHub would not let them do.
* `seed_acme_shop`: the demo's organisation, repository and people.
* `DEPLOY_WORKFLOW`, `DEPLOY_WORKFLOW_PATH`: a workflow that can be dispatched, for its `more_files`.
* `WorkflowRun`, `Follower`: a run, and another App that answers deployments (see `programs`).
* `GitHubServer`: the HTTP shell; `Changes`: waits for a state without sleeping.
"""

from bot.sandbox.github.actions.example import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH
from bot.sandbox.github.actions.records import Follower, WorkflowRun
from bot.sandbox.github.changes import Changes
from bot.sandbox.github.exchange import ApiRequest, ApiResponse
from bot.sandbox.github.faults import PRESETS, Fault
from bot.sandbox.github.outbox import Webhook
from bot.sandbox.github.records import NotAllowed
from bot.sandbox.github.registration import AppRegistration, generate_app_key
from bot.sandbox.github.seed import seed_acme_shop
from bot.sandbox.github.server import GitHubServer
from bot.sandbox.github.world import GitHubWorld, Strictness

__all__ = [
    "DEPLOY_WORKFLOW",
    "DEPLOY_WORKFLOW_PATH",
    "PRESETS",
    "ApiRequest",
    "ApiResponse",
    "AppRegistration",
    "Changes",
    "Fault",
    "Follower",
    "GitHubServer",
    "GitHubWorld",
    "NotAllowed",
    "Strictness",
    "Webhook",
    "WorkflowRun",
    "generate_app_key",
    "seed_acme_shop",
]
