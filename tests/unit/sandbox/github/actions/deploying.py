"""Dispatching the example workflow, and playing it with a clock that the test moves."""

import json
from typing import Any

from bot.sandbox.github import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH, WorkflowRun
from tests.oracles.validation import webhook_messages
from tests.unit.sandbox.github.client import SHOP, Shop, open_shop

NAME = "acme/shop"
WORKFLOW = f"{SHOP}/actions/workflows/deploy.yml"
RUNS = f"{SHOP}/actions/runs"
INPUTS = {"sha": "a" * 40, "environment": "staging", "service": "api", "deployment": "d-0123456789"}
STEP_SECONDS = 5.0


def shop_with_workflow(text: str = DEPLOY_WORKFLOW, **changes: Any) -> Shop:
    """acme/shop with a workflow on its default branch, and a pause before each move of a run."""
    shop = open_shop(**changes)
    shop.world.push("olive", NAME, "main", {DEPLOY_WORKFLOW_PATH: text}, "Deploy by hand")
    shop.world.actions.step_seconds = STEP_SECONDS
    shop.world.outbox.drain()
    return shop


def dispatch(shop: Shop, **inputs: Any) -> WorkflowRun:
    """Dispatches the workflow as the bot does; returns the run."""
    body = {"ref": "main", "inputs": {**INPUTS, **inputs}, "return_run_details": True}
    answer = shop.api.post(f"{WORKFLOW}/dispatches", body)
    assert answer.status == 200
    return shop.world.run(NAME, answer.json()["workflow_run_id"])


def step(shop: Shop, times: int = 1) -> None:
    """Lets so many moves become due, one after the other, and plays them."""
    for _ in range(times):
        shop.clock.now += STEP_SECONDS
        shop.world.play_due()


def finish(shop: Shop) -> None:
    """Plays until nothing moves by itself."""
    while (due_at := shop.world.next_play_at()) is not None:
        shop.clock.now = max(shop.clock.now, due_at)
        shop.world.play_due()


def told(shop: Shop) -> list[tuple[str, Any]]:
    """What was announced, taken out, each as `event.action` with its payload; all as GitHub describes it."""
    found = []
    for webhook in shop.world.outbox.drain():
        payload = json.loads(webhook.body)
        assert webhook_messages(webhook.event, webhook.action, payload) == []
        found.append((f"{webhook.event}.{webhook.action}", payload))
    return found


def names(shop: Shop) -> list[str]:
    """What was announced, without payloads."""
    return [name for name, _ in told(shop)]


def jobs(shop: Shop, run: WorkflowRun, query: str = "") -> list[dict[str, Any]]:
    """The run's jobs, as the API shows them."""
    shown: list[dict[str, Any]] = shop.api.get(f"{RUNS}/{run.id}/jobs{query}").json()["jobs"]
    return shown


def conclusions(shop: Shop, run: WorkflowRun) -> dict[str, str | None]:
    """How the run's jobs stand, by name: the conclusion, or the state of those that have none."""
    return {job["name"]: job["conclusion"] or job["status"] for job in jobs(shop, run)}
