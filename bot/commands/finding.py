"""Which deployment somebody means: by its id, by its request's, or the only one that it can be here.

Reads the ledger, since prompts and history live under other keys than the conversation's.
"""

from msgspec import Struct

from bot.commands.asked import Asked
from bot.domain.deployment import Deployment
from bot.domain.events import Prompt
from bot.domain.request import Request
from bot.domain.slot import Slot
from bot.domain.state import request_key, slot_key, thread_alias
from bot.domain.values import Place, PullRequestPlace, SlackPlace
from bot.ports import Ledger


class Found(Struct, frozen=True):
    """A deployment with its slot's key, and its prompt if it has one."""

    key: str
    deployment: Deployment
    prompt: Prompt | None
    newest: str | None


async def request_of_thread(ledger: Ledger, place: Place) -> str | None:
    """The request that a Slack thread tells of; None = it is another thread, or none."""
    if not isinstance(place, SlackPlace) or place.thread is None:
        return None
    keys = await ledger.locate(thread_alias(place.channel, place.thread))
    return keys[0].partition(":")[2] if keys else None


async def requests_here(ledger: Ledger, asked: Asked) -> tuple[str, ...]:
    """The requests that this conversation is about, the newest last."""
    if isinstance(asked.place, PullRequestPlace):
        return asked.change.requests if asked.change else ()
    request = await request_of_thread(ledger, asked.place)
    return (request,) if request else ()


async def by_id(ledger: Ledger, named: str) -> tuple[Found, ...]:
    """The deployments that an id names: one for `d-…`, all of its parts for `r-…`."""
    if named.startswith("r-"):
        return await of_request(ledger, named)
    for key in await ledger.locate(named):
        found = await _in_slot(ledger, key, named)
        if found is not None:
            return (found,)
    return ()


async def of_request(ledger: Ledger, request_id: str) -> tuple[Found, ...]:
    """The deployments of a request, as their slots know them now."""
    request = await ledger.state(request_key(request_id))
    if not isinstance(request, Request):
        return ()
    found = [await _in_slot(ledger, slot_key(order), order.id) for order in request.made.orders]
    return tuple(each for each in found if each is not None)


async def here(ledger: Ledger, asked: Asked) -> tuple[Found, ...]:
    """All deployments that this conversation is about."""
    found: list[Found] = []
    for request_id in await requests_here(ledger, asked):
        found.extend(await of_request(ledger, request_id))
    return tuple(found)


def concerns(found: Found, asked: Asked) -> bool:
    """Whether it is of the repository that was asked about: ids of others are nobody's business."""
    return found.deployment.order.repository.full_name == asked.repository.full_name


async def _in_slot(ledger: Ledger, key: str, deployment_id: str) -> Found | None:
    slot = await ledger.state(key)
    if not isinstance(slot, Slot):
        return None
    deployment = slot.find(deployment_id)
    if deployment is None:
        return None
    newest = slot.current or (slot.history[-1] if slot.history else None)
    return Found(key, deployment, slot.prompt(deployment_id), newest.id if newest else None)
