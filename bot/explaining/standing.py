"""What a story waits for now: whose turn it is, how long a deployer has, who is asked, what was given up.

Reads the slots of what has not ended and the health of the targets; a few rows, by their keys. Must never say
that something waits which has ended, nor promise when it goes on.
"""

from collections.abc import Iterable, Mapping, Sequence

from bot.domain.deployment import WENT_WRONG, Deployment, Order
from bot.domain.request import Request
from bot.domain.slot import Slot, newest_attempt
from bot.domain.state import slot_key
from bot.domain.values import Seconds
from bot.explaining import facts, wording
from bot.explaining.masking import masked
from bot.explaining.moments import moment
from bot.explaining.notes import Note
from bot.explaining.stories import Plot
from bot.messages.escaping import plain
from bot.messages.moments import duration
from bot.messages.states import in_words
from bot.ports import EffectRow, LaneRow, Ledger, OutcomeRow

DEPLOYMENTS_READ = 20
REASON_CHARS_MAX = 200
_TARGETS = {"github": "GitHub (installation {})", "slack": "Slack ({})", "deployer": "The deployer {}"}


async def notes(ledger: Ledger, plots: Sequence[Plot], now: Seconds) -> list[Note]:
    """Say what these stories wait for, and what of them was given up."""
    deployments = await _deployments(ledger, plots)
    effects = [row for plot in plots for rows in plot.effects.values() for row in rows]
    lanes = {row.lane: row for row in await ledger.lanes()} if any(map(_is_open, effects)) else {}
    found = [
        *deployments,
        *_paused(effects, lanes, now),
        *(_effect_given_up(row) for row in effects if row.state == "parked"),
        *(_decision_given_up(row) for plot in plots for row in _failed(plot)),
    ]
    return list(dict.fromkeys(found))


# --- deployments --------------------------------------------------------------------------------------


async def _deployments(ledger: Ledger, plots: Sequence[Plot]) -> list[Note]:
    orders = {order.id: order for plot in plots for made in plot.requests for order in _open_orders(made)}
    found: list[Note] = []
    for order in list(orders.values())[:DEPLOYMENTS_READ]:
        slot = await ledger.state(slot_key(order))
        if isinstance(slot, Slot):
            found += of_deployment(slot, order.id)
    return found


def _open_orders(request: Request) -> Iterable[Order]:
    """Those that have not ended, or whose end asks people something."""
    for part in request.parts:
        if not part.deployment.ended or part.deployment.state in WENT_WRONG:
            yield part.deployment.order


def of_deployment(slot: Slot, id: str) -> list[Note]:
    """Say what a deployment waits for, as its slot knows it."""
    deployment = slot.find(id)
    if deployment is None:
        return []
    if deployment.ended:
        return _asked(slot, deployment)
    if deployment.state in ("requested", "queued", "waiting"):
        return [_in_line(slot, deployment)]
    return [_at_the_deployer(deployment)]


def _in_line(slot: Slot, deployment: Deployment) -> Note:
    order, place = deployment.order, slot.position(deployment.id)
    where = f"{deployment.id} has place {place} in the queue of {order.service} in {order.environment}"
    ahead = [each for each in (slot.current, *slot.queue[: (place or 1) - 1]) if each is not None]
    if not ahead:
        return Note(f"{where}; its turn is being decided.")
    since = f", since {moment(ahead[0].started_at)}" if ahead[0].started_at is not None else ""
    names = ", ".join(each.id for each in ahead[1:])
    first = f"{ahead[0].id} ({in_words(ahead[0])}{since}, for {facts.person(ahead[0].order.asker)})"
    return Note(f"{where}, behind {', '.join(filter(None, (first, names)))}.", f"`/cancel {deployment.id}`")


def _at_the_deployer(deployment: Deployment) -> Note:
    order = deployment.order
    named = f"{deployment.id}: its deployer ({order.call.driver})"
    if deployment.accepted_at is None:
        asked = deployment.started_at or order.requested_at
        said = f"{named} was asked at {moment(asked)} and has until {moment(asked + order.start_timeout)}"
        said += f" to accept (`start_timeout`, {duration(order.start_timeout)})."
    else:
        ends = moment(deployment.accepted_at + order.timeout)
        said = f"{named} accepted at {moment(deployment.accepted_at)} and has until {ends}"
        said += f" to end (`timeout`, {duration(order.timeout)})."
    if deployment.cancel is not None:
        said += f" {facts.person(deployment.cancel)} asked to stop it; only its deployer can say that it has."
    elif deployment.description:
        said += f" It said last: “{plain(deployment.description, REASON_CHARS_MAX)}”."
    return Note(said, "" if deployment.cancel else f"`/cancel {deployment.id}`")


def _asked(slot: Slot, ended: Deployment) -> list[Note]:
    """A question that nobody answered yet, if it still counts."""
    prompt, newest = slot.prompt(ended.id), newest_attempt(slot)
    if prompt is None or prompt.answer is not None or newest is None or newest.id != ended.id:
        return []
    where = f"{ended.order.service} {ended.order.environment}"
    back = f"`/rollback {where}`, " if prompt.target else ""
    said = (
        f"{ended.id} went wrong, and since {moment(prompt.opened_at)} nobody has decided what to do about it."
    )
    return [Note(said, f"{back}`/retry {ended.id}` or `/keep {ended.id}`")]


# --- targets, and what was given up -------------------------------------------------------------------


def _is_open(row: EffectRow) -> bool:
    return row.state in ("pending", "leased")


def _paused(effects: Iterable[EffectRow], lanes: Mapping[str, LaneRow], now: Seconds) -> Iterable[Note]:
    for lane in dict.fromkeys(row.lane for row in effects if _is_open(row)):
        row = lanes.get(lane)
        if row is not None and row.paused_until > now:
            yield of_lane(row)


def of_lane(row: LaneRow) -> Note:
    """Say that a target is left alone for a while, until when and why."""
    kind, _, name = row.lane.partition(":")
    target = _TARGETS[kind].format(name) if kind in _TARGETS else row.lane
    why = f": {_inert(row.reason)}" if row.reason else ""
    times = f" ({row.failures} failures in a row)" if row.failures > 1 else ""
    return Note(f"{target} is left alone until {moment(row.paused_until)}{why}{times}.")


def _effect_given_up(row: EffectRow) -> Note:
    name = wording.effect(row.kind, row.key)
    said = f"Given up at {moment(row.updated_at)}: {name}. {_inert(row.reason or '')}."
    return Note(said, f"{_sentence(row.hint)}`pointsman dead retry {row.key}`")


def _failed(plot: Plot) -> Iterable[OutcomeRow]:
    rows = (row for each in plot.outcomes.values() for row in each)
    return (row for row in rows if row.outcome == "failed" and row.reason in ("gave_up", "unreadable"))


def _decision_given_up(row: OutcomeRow) -> Note:
    error = _inert(str(row.values.get("error", "")))
    said = (
        f"Given up at {moment(row.decided_at)}: the decision of `{row.reactor}` about {row.event}. {error}."
    )
    return Note(said, f"`pointsman dead retry {row.event}/{row.reactor}`")


def _inert(text: str) -> str:
    return plain(str(masked(text)), REASON_CHARS_MAX).rstrip(". ")


def _sentence(hint: str | None) -> str:
    return f"{plain(hint, REASON_CHARS_MAX).rstrip('. ')}. Then: " if hint else ""
