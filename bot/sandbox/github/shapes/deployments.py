"""Deployments and their statuses as GitHub writes them."""

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import CheckApp, Deployment, DeploymentStatus, Repository, iso
from bot.sandbox.github.shapes.accounts import app, node_id, simple_user
from bot.sandbox.github.shapes.repositories import api_address


def deployment(memory: Memory, repository: Repository, shown: Deployment) -> Json:
    """A deployment."""
    url = f"{api_address(memory, repository)}/deployments/{shown.id}"
    return {
        "url": url,
        "id": shown.id,
        "node_id": node_id("DE", shown.id),
        "sha": shown.sha,
        "ref": shown.ref,
        "task": shown.task,
        "payload": shown.payload,
        "original_environment": shown.environment,
        "environment": shown.environment,
        "description": shown.description,
        "creator": simple_user(memory, shown.creator),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api_address(memory, repository),
        "transient_environment": shown.transient,
        "production_environment": shown.production,
        "performed_via_github_app": _performer(memory, shown.by_app, shown.via),
    }


def deployment_status(
    memory: Memory, repository: Repository, parent: Deployment, shown: DeploymentStatus
) -> Json:
    """A status of a deployment; `target_url` repeats `log_url`."""
    url = f"{api_address(memory, repository)}/deployments/{parent.id}"
    return {
        "url": f"{url}/statuses/{shown.id}",
        "id": shown.id,
        "node_id": node_id("DES", shown.id),
        "state": shown.state,
        "creator": simple_user(memory, shown.creator),
        "description": shown.description,
        "environment": shown.environment,
        "target_url": shown.log_url,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.created_at),
        "deployment_url": url,
        "repository_url": api_address(memory, repository),
        "environment_url": shown.environment_url,
        "log_url": shown.log_url,
        "performed_via_github_app": _performer(memory, shown.creator is memory.bot, shown.via),
    }


def _performer(memory: Memory, by_us: bool, other: CheckApp | None) -> Json | None:
    return app(memory, None if by_us else other) if by_us or other else None
