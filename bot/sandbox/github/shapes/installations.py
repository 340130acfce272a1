"""Installations and webhook deliveries as GitHub writes them."""

import json

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.records import Installation, Repository, iso
from bot.sandbox.github.shapes.accounts import node_id, simple_user


def installation(memory: Memory, shown: Installation) -> Json:
    """An installation of the App."""
    owner = shown.account
    settings = f"organizations/{owner.login}/settings" if owner.kind == "Organization" else "settings"
    return {
        "id": shown.id,
        "account": simple_user(memory, owner),
        "repository_selection": "all" if shown.repository_ids is None else "selected",
        "access_tokens_url": f"{memory.api_url}/app/installations/{shown.id}/access_tokens",
        "repositories_url": f"{memory.api_url}/installation/repositories",
        "html_url": f"{memory.web_url}/{settings}/installations/{shown.id}",
        "app_id": memory.app.app_id,
        "client_id": memory.app.client_id,
        "app_slug": memory.app.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": dict(shown.permissions),
        "events": list(memory.app.events),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": iso(shown.suspended_at) if shown.suspended_at is not None else None,
    }


def short_repository(shown: Repository) -> Json:
    """A repository in the events of an installation."""
    return {
        "id": shown.id,
        "node_id": node_id("R", shown.id),
        "name": shown.name,
        "full_name": shown.full_name,
        "private": shown.private,
    }


def delivery_item(entry: HookDelivery) -> Json:
    """A line of the delivery log."""
    return {
        "id": entry.id,
        "guid": entry.webhook.guid,
        "delivered_at": iso(entry.delivered_at or 0),
        "redelivery": entry.redelivery,
        "duration": entry.duration_seconds,
        "status": entry.status,
        "status_code": entry.status_code,
        "event": entry.webhook.event,
        "action": entry.webhook.action,
        "installation_id": entry.installation_id,
        "repository_id": entry.repository_id,
        "throttled_at": None,
    }


def delivery(entry: HookDelivery) -> Json:
    """A delivery with what was sent."""
    return {
        **delivery_item(entry),
        "url": "",
        "request": {"headers": dict(entry.webhook.headers), "payload": json.loads(entry.webhook.body)},
        "response": {"headers": {}, "payload": None},
    }
