"""The App itself: its installations, their tokens, and the log of webhook deliveries."""

from typing import Any

from bot.sandbox.github.acts import installations
from bot.sandbox.github.authentication import exceeds, issue_token
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.emission import redeliver
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.records import Installation, iso
from bot.sandbox.github.shapes.accounts import app
from bot.sandbox.github.shapes.installations import delivery, delivery_item, installation
from bot.sandbox.github.shapes.repositories import webhook_repository

_NOT_ACCESSIBLE = (
    "There is at least one repository that does not exist or is not accessible to the parent installation."
)


def get_app(call: Call) -> Answer:
    """The App."""
    return Answer({**app(call.memory), "installations_count": len(call.memory.installations)})


def get_hook_config(call: Call) -> Answer:
    """Where the App's deliveries go, and how; the secret is never shown."""
    app = call.memory.app
    shown = {"content_type": "json", "insecure_ssl": "0", "url": app.webhook_url}
    return Answer({**shown, "secret": "********"} if app.webhook_secret else shown)


def list_installations(call: Call) -> Answer:
    """All installations."""
    found = list(call.memory.installations.values())
    return Answer([installation(call.memory, one) for one in call.page(found)])


def get_installation(call: Call) -> Answer:
    """One installation."""
    return Answer(installation(call.memory, _installation(call)))


def of_repository(call: Call) -> Answer:
    """The installation that includes a repository."""
    found = call.memory.installation_of(call.repository)
    if found is None:
        raise not_found()
    return Answer(installation(call.memory, found))


def create_token(call: Call) -> Answer:
    """An installation token, limited as asked."""
    where = _installation(call)
    if where.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    permissions = call.body.get("permissions", where.permissions)
    if exceeds(permissions, where.permissions):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    chosen = _chosen_repositories(call, where)
    token = issue_token(call.memory, where, permissions, chosen)
    payload: dict[str, Any] = {
        "token": token.value,
        "expires_at": iso(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "all" if chosen is None and where.repository_ids is None else "selected",
    }
    if chosen is not None:
        found = (call.memory.repositories[number] for number in chosen)
        payload["repositories"] = [webhook_repository(call.memory, repository) for repository in found]
    return Answer(payload, 201)


def list_repositories(call: Call) -> Answer:
    """The repositories that the token is good for."""
    where = call.caller.installation
    if where is None:
        raise not_found()
    seen = [r for r in installations.included(call.memory, where) if call.caller.sees(call.memory, r)]
    return Answer(
        {
            "total_count": len(seen),
            "repository_selection": "all" if where.repository_ids is None else "selected",
            "repositories": [webhook_repository(call.memory, repository) for repository in call.page(seen)],
        }
    )


def rate_limit(call: Call) -> Answer:
    """What is left; asking costs nothing."""
    key = call.caller.installation.id if call.caller.installation else 0
    core = call.limits.bucket(key, call.memory.clock()).shape()
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": core["reset"]}
    return Answer({"resources": {"core": core, "search": search}, "rate": core})


def list_deliveries(call: Call) -> Answer:
    """The delivery log, newest first, by cursor. `failure` is an answer of 400 to 599, not a missing one."""
    found = [d for d in call.memory.deliveries.listed(call.memory.clock()) if _has_status(call, d)]
    cursor = call.query.get("cursor", "")
    if cursor:
        if not cursor.removeprefix("v1_").isdigit():
            raise Refusal(422, "Invalid cursor")
        found = [d for d in found if d.id < int(cursor.removeprefix("v1_"))]
    size = call.per_page()
    if len(found) > size:
        call.link({"next": {"cursor": f"v1_{found[size - 1].id}"}})
    return Answer([delivery_item(entry) for entry in found[:size]])


def get_delivery(call: Call) -> Answer:
    """One delivery, with what was sent."""
    return Answer(delivery(_delivery(call)))


def attempt_delivery(call: Call) -> Answer:
    """Asks for a redelivery: the same GUID once more."""
    redeliver(call.memory, _delivery(call))
    return Answer({}, 202)


def _installation(call: Call) -> Installation:
    found = call.memory.installations.get(call.number("installation_id"))
    if found is None:
        raise not_found()
    return found


def _delivery(call: Call) -> HookDelivery:
    wanted = call.number("delivery_id")
    for entry in call.memory.deliveries.listed(call.memory.clock()):
        if entry.id == wanted:
            return entry
    raise not_found()


def _has_status(call: Call, entry: HookDelivery) -> bool:
    match call.query.get("status"):
        case None:
            return True
        case "success":
            return 200 <= entry.status_code < 400
        case "failure":
            return 400 <= entry.status_code < 600
        case other:
            raise Refusal(422, f"Invalid status: {other}")


def _chosen_repositories(call: Call, where: Installation) -> list[int] | None:
    included = installations.included(call.memory, where)
    if "repositories" in call.body:
        by_name = {repository.name.lower(): repository.id for repository in included}
        found = [by_name.get(str(name).lower()) for name in call.body["repositories"]]
    elif "repository_ids" in call.body:
        ids = {repository.id for repository in included}
        found = [number if number in ids else None for number in call.body["repository_ids"]]
    else:
        return None
    if None in found:
        raise Refusal(422, _NOT_ACCESSIBLE)
    return [number for number in found if number is not None]
