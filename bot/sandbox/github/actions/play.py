"""The machine that plays runs and other systems: what is due makes its move, the earliest first.

It has no clock and no task of its own, so that a simulation can own it; the HTTP shell lets it play too.
It must never play anything before its time.
"""

from bot.sandbox.github.actions.following import DESCRIPTIONS, next_state
from bot.sandbox.github.actions.records import Following
from bot.sandbox.github.acts import actions as runs
from bot.sandbox.github.acts import deployments
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Deployment, DeploymentStatus, Repository


def next_play_at(memory: Memory) -> float | None:
    """When the next move is due, in epoch seconds; None where nothing moves by itself."""
    due = memory.actions.next_due()
    return due[0] if due else None


def play_due(memory: Memory) -> int:
    """Plays every move that is due by now; returns how many there were."""
    moves = 0
    while (due := memory.actions.next_due()) is not None and due[0] <= memory.clock():
        at, one = due
        if isinstance(one, Following):
            _answer(memory, one, at)
        else:
            runs.advance(memory, one, at)
        moves += 1
    if moves:
        memory.changed()
    return moves


def report(
    memory: Memory, app_slug: str, where: tuple[Repository, Deployment], body: dict[str, str]
) -> DeploymentStatus:
    """Another App gives a deployment a status; `body` as in "Create a deployment status"."""
    repository, deployment = where
    status = DeploymentStatus(
        memory.new_id(),
        body["state"],
        memory.bot_of(app_slug),
        body.get("description", ""),
        deployment.environment,
        body.get("environment_url", ""),
        body.get("log_url", ""),
        memory.clock(),
        memory.check_app(app_slug),
    )
    deployments.add_status(memory, repository, deployment, status, auto_inactive=True)
    return status


def _answer(memory: Memory, following: Following, at: float) -> None:
    state = next_state(memory, following, at)
    slug = following.follower.app_slug
    log_url = f"https://{slug}.example/deployments/{following.deployment.id}"
    body = {"state": state, "description": DESCRIPTIONS[state], "log_url": log_url}
    report(memory, slug, (following.repository, following.deployment), body)
