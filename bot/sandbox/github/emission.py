"""Turns what happened into a signed webhook in the outbox, if the App has subscribed to it and may see it.

It must never decide that something happened; those who change the state call it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.github.exchange import Json, encode
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.outbox import HookDelivery, Webhook, sign
from bot.sandbox.github.records import Account, Installation, Repository
from bot.sandbox.github.shapes.accounts import node_id, organization, simple_user
from bot.sandbox.github.shapes.repositories import push_repository, webhook_repository

PAYLOAD_SIZE_MAX = 25 * 1024 * 1024
"""Larger events are not delivered at all ("Webhook events and payloads")."""
HOOK_ID = 900_001
STALL_SECONDS = 30.0
REORDER_SECONDS = 2.0

EVENT_PERMISSIONS = {
    "check_run": "checks",
    "check_suite": "checks",
    "deployment": "deployments",
    "deployment_status": "deployments",
    "issue_comment": "issues",
    "issues": "issues",
    "member": "metadata",
    "membership": "members",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "push": "contents",
    "release": "contents",
    "status": "statuses",
    "workflow_job": "actions",
    "workflow_run": "actions",
}
"""The permission without which an App hears nothing of an event (table in "Webhook events and payloads")."""

UNASKED = ("installation", "installation_repositories", "ping")
"""Events that every App gets."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened where, and who did it."""

    event: str
    action: str | None
    repository: Repository
    sender: Account


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to a thing; `details` are what the payload says besides."""

    action: str
    actor: Account
    details: Json = field(default_factory=dict)


def announce(memory: Memory, occasion: Occasion, details: Callable[[], Json]) -> None:
    """Queues the webhook of something that happened; `details` builds what is special about it."""
    installation = memory.installation_of(occasion.repository)
    if installation is None or not _hears(memory, installation, occasion.event):
        return
    payload: Json = {"action": occasion.action} if occasion.action else {}
    payload.update(details())
    shape = push_repository if occasion.event == "push" else webhook_repository
    payload["repository"] = shape(memory, occasion.repository)
    if occasion.repository.owner.kind == "Organization":
        payload["organization"] = organization(memory, occasion.repository.owner)
    payload["sender"] = simple_user(memory, occasion.sender)
    payload["installation"] = {"id": installation.id, "node_id": node_id("IN", installation.id)}
    queue(memory, occasion.event, payload, installation, occasion.repository)


def announce_to_owner(memory: Memory, event: str, owner: Account, sender: Account, details: Json) -> None:
    """Queues the webhook of something in an organisation that concerns no repository."""
    installation = next((each for each in memory.installations.values() if each.account is owner), None)
    if installation is None or not _hears(memory, installation, event):
        return
    payload = details | {
        "organization": organization(memory, owner),
        "sender": simple_user(memory, sender),
        "installation": {"id": installation.id, "node_id": node_id("IN", installation.id)},
    }
    queue(memory, event, payload, installation)


def queue(
    memory: Memory,
    event: str,
    payload: Json,
    installation: Installation | None,
    repository: Repository | None = None,
) -> None:
    """Signs a payload and puts it in the outbox, subject to the faults in force."""
    body = encode(payload)
    if len(body) > PAYLOAD_SIZE_MAX:
        return
    guid = str(uuid.UUID(int=memory.random.getrandbits(128), version=4))
    webhook = Webhook(guid, event, payload.get("action"), body, headers_for(memory, guid, event, body))
    places = (installation.id if installation else None, repository.id if repository else None)
    _hand_over(memory, webhook, places)
    memory.changed()


def redeliver(memory: Memory, entry: HookDelivery) -> None:
    """Sends the same bytes under the same GUID once more."""
    old = entry.webhook
    headers = headers_for(memory, old.guid, old.event, old.body)
    again = Webhook(old.guid, old.event, old.action, old.body, headers)
    _log(memory, again, (entry.installation_id, entry.repository_id), redelivery=True)
    memory.outbox.add(again)
    memory.changed()


def headers_for(memory: Memory, guid: str, event: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery ("Webhook events and payloads: delivery headers")."""
    secret = memory.app.webhook_secret
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/8d33975",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(HOOK_ID),
        "X-GitHub-Hook-Installation-Target-ID": str(memory.app.app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": sign(secret, body, "sha1"),
        "X-Hub-Signature-256": sign(secret, body, "sha256"),
    }


def _hears(memory: Memory, installation: Installation, event: str) -> bool:
    if installation.suspended_at is not None:
        return False
    if event in UNASKED:
        return True
    needed = EVENT_PERMISSIONS.get(event)
    return event in memory.app.events and (needed is None or needed in installation.permissions)


def _hand_over(memory: Memory, webhook: Webhook, places: tuple[int | None, int | None]) -> None:
    fault = memory.faults.for_webhook(webhook.event)
    _log(memory, webhook, places)
    outbox, now = memory.outbox, memory.clock()
    if fault is None:
        outbox.add(webhook)
    elif fault.kind == "lose":
        memory.deliveries.close(webhook.guid, None, 10.0, now)
    elif fault.kind == "duplicate":
        _log(memory, webhook, places)
        outbox.add(webhook)
        outbox.add(webhook)
    elif fault.kind == "reorder":
        outbox.hold(webhook, until=now + REORDER_SECONDS, behind=1)
    else:
        outbox.hold(webhook, until=now + (STALL_SECONDS if fault.seconds is None else fault.seconds))


def _log(
    memory: Memory, webhook: Webhook, places: tuple[int | None, int | None], *, redelivery: bool = False
) -> None:
    webhook.delivery_id = memory.new_id()
    memory.deliveries.open(HookDelivery(webhook.delivery_id, webhook, places[0], places[1], redelivery))
