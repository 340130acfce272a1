"""Faults that are planted into the bot, one at a time, to see that the simulation finds them.

Each is what a careless change could make of the product. None has a switch there: it is put into a composed
bot, or into a module for as long as the run lasts. Must never change what the simulation itself does.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from bot.commands import rollback
from bot.composition import Composition
from bot.domain import slot as slots
from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import PassingFault
from bot.domain.events import DeploymentEnded, TimerDue
from bot.domain.slot import Slot
from bot.drivers import github_actions
from bot.github import check_runs, comments, deployments
from bot.github.limits import RateLimits
from bot.inbox import StoredState
from bot.ledger import effects as stored_effects
from bot.ledger import events as stored_events
from bot.ledger import queues, wanted
from bot.ledger import work as stored_work
from bot.ports import Incoming, Lease, Performed, Performer, Recorded, Translated
from bot.reactors import deployer as deployer_reactor
from bot.reactors import rollback as rollback_reactor
from bot.reactors import slot as slot_reactor
from bot.runtime import leases, runner, worker
from bot.runtime.sweeping import Swept
from bot.slack import performers as slack_performers
from tests.simulation.lives import Plant

Patch = pytest.MonkeyPatch
Change = Callable[[Composition, Patch], None]


class Planted(NamedTuple):
    """A fault, the invariants of which it breaks at least one, and the seeds in which that is found."""

    plant: Plant
    breaks: frozenset[str]
    first: int = 1
    within: int = 10


def planted(change: Change) -> Plant:
    """Make a plant of what changes a bot."""

    @contextmanager
    def planting(bot: Composition) -> Iterator[None]:
        with Patch.context() as patch:
            change(bot, patch)
            yield

    def plant(bot: Composition) -> AbstractContextManager[None]:
        return planting(bot)

    return plant


# --- coming in -----------------------------------------------------------------------------------------


def _acknowledged_before_the_commit(bot: Composition, patch: Patch) -> None:
    store = bot.intake.store

    async def stored_later(incoming: Incoming) -> StoredState:
        async def later() -> None:
            await bot.edges.clock.sleep(0.5)
            await store(incoming)

        asyncio.ensure_future(later()).add_done_callback(_forget)
        return "stored"

    patch.setattr(bot.intake, "store", stored_later)


def _forget(task: "asyncio.Task[None]") -> None:
    """What fails behind the acknowledgement is nobody's concern any more: that is the fault."""
    if not task.cancelled():
        task.exception()


def _every_delivery_is_new(bot: Composition, patch: Patch) -> None:
    store = bot.intake.store
    translate = bot.worker._translator._translate
    seen: dict[str, int] = {}

    async def stored_anew(incoming: Incoming) -> StoredState:
        times = seen[incoming.id] = seen.get(incoming.id, 0) + 1
        return await store(incoming if times == 1 else replace(incoming, id=f"{incoming.id}#{times}"))

    def without_natural_ids(incoming: Incoming) -> Translated:
        meaning = translate(incoming)
        return replace(meaning, events=tuple(replace(one, natural=None) for one in meaning.events))

    patch.setattr(bot.intake, "store", stored_anew)
    patch.setattr(bot.worker._translator, "_translate", without_natural_ids)


def _github_is_asked_for_nothing_again(bot: Composition, patch: Patch) -> None:
    async def nothing() -> Swept:
        return Swept(asked=(), again_at=None)

    patch.setattr(bot.reconciler._sweep, "run", nothing)


# --- deciding ------------------------------------------------------------------------------------------


def _leases_never_end(_bot: Composition, patch: Patch) -> None:
    for module in (leases, worker, runner):
        patch.setattr(module, "LEASE_SECONDS", 1e9)


def _a_lost_lease_is_not_noticed(_bot: Composition, patch: Patch) -> None:
    def lease_for_a_moment(connection: Any, key: str, token: str, _until: float) -> None:
        _LEASE(connection, key, token, 0.0)

    patch.setattr(queues, "check", lambda *_: None)
    patch.setattr(queues, "lease", lease_for_a_moment)
    patch.setattr(stored_work, "_store_state", _stored_whatever_stands_there)
    patch.setattr(stored_work, "_end", _ended_whoever_did_it)
    patch.setattr(stored_events, "mark_applied", lambda *_: True)


_LEASE = queues.lease


def _stored_whatever_stands_there(connection: Any, recorded: Recorded) -> int:
    key = recorded.lease.key
    now = connection.execute(stored_work._READ_STATE, {"of_key": key}).first()
    version = now.version if now is not None else 0
    return _STORE_STATE(connection, replace(recorded, lease=replace(recorded.lease, version=version)))


def _ended_whoever_did_it(connection: Any, work: Any, _decision: Any) -> None:
    connection.execute(stored_work._FINISH, {"this": work.id})


_STORE_STATE = stored_work._store_state


def _the_order_of_a_key_is_ignored(bot: Composition, patch: Patch) -> None:
    ask = bot.worker._lease

    async def newest_first(free: int, now: float) -> tuple[Lease, ...]:
        found = await ask(free, now)
        return tuple(replace(lease, work=tuple(reversed(lease.work))) for lease in found)

    patch.setattr(bot.worker, "_lease", newest_first)


def _effects_are_stored_after_the_decision(bot: Composition, patch: Patch) -> None:
    ordered: list[tuple[Sequence[Any], wanted.Cause]] = []
    record = bot.ledger.record

    async def in_two_steps(recorded: Recorded, *, release: bool = False) -> int:
        ordered.clear()
        version = await record(recorded, release=release)
        for effects, cause in ordered:
            await bot.edges.clock.sleep(0.0)
            await bot.ledger._executor.write(partial(_ORDER, wanted=effects, cause=cause))
        return version

    patch.setattr(wanted, "order", lambda _connection, effects, cause: ordered.append((effects, cause)))
    patch.setattr(bot.ledger, "record", in_two_steps)


_ORDER = wanted.order


def _timers_are_forgotten(bot: Composition, patch: Patch) -> None:
    made = bot.worker._recorded

    def without_timers(lease: Lease, work: Any, decision: Any, facts: Any) -> Recorded:
        kept = tuple(new for new in decision.events if not isinstance(new.data, TimerDue))
        return made(lease, work, replace(decision, events=kept), facts)

    patch.setattr(bot.worker, "_recorded", without_timers)


# --- doing ---------------------------------------------------------------------------------------------


def _wrapped(bot: Composition, patch: Patch, wrap: Callable[[Performer], Performer]) -> None:
    performers: Mapping[str, Performer] = bot.runner._performers
    patch.setattr(bot.runner, "_performers", {kind: wrap(one) for kind, one in performers.items()})


def _nobody_looks_before_repeating(_bot: Composition, patch: Patch) -> None:
    async def found_nothing(*_: Any, **__: Any) -> None:
        return None

    for module in (comments, check_runs, deployments, slack_performers, github_actions):
        patch.setattr(module, "look_before_repeating", found_nothing)


def _doubt_is_forgotten(bot: Composition, patch: Patch) -> None:
    def certain(perform: Performer) -> Performer:
        async def performed(effect: Effect) -> Performed:
            return await perform(replace(effect, uncertain=False))

        return performed

    _wrapped(bot, patch, certain)


def _each_attempt_has_a_key_of_its_own(bot: Composition, patch: Patch) -> None:
    def under_another_key(perform: Performer) -> Performer:
        async def performed(effect: Effect) -> Performed:
            if not isinstance(effect.body, CallDeployer):
                return await perform(effect)
            return await perform(replace(effect, key=f"{effect.key}-{effect.attempts}"))

        return performed

    _wrapped(bot, patch, under_another_key)


def _what_limits_us_is_asked_all_the_same(bot: Composition, patch: Patch) -> None:
    def impatient(perform: Performer) -> Performer:
        async def performed(effect: Effect) -> Performed:
            try:
                return await perform(effect)
            except PassingFault as fault:
                fault.retry_after, fault.pause_lane = None, False
                raise

        return performed

    patch.setattr(RateLimits, "check", lambda *_: None)
    _wrapped(bot, patch, impatient)


def _a_newer_body_is_dropped_while_an_older_one_is_sent(_bot: Composition, patch: Patch) -> None:
    def dropped(connection: Any, one: Any, key: str, cause: wanted.Cause) -> None:
        row = connection.execute(wanted._FIND, {"this": key}).first()
        if row is None or row.state != "leased":
            _CONVERGE(connection, one, key, cause)

    patch.setattr(wanted, "_converge", dropped)


_CONVERGE = wanted._converge


def _one_attempt_has_to_do(_bot: Composition, patch: Patch) -> None:
    patch.setattr(runner, "ATTEMPTS_MAX", 1)


def _what_was_under_way_counts_as_done(bot: Composition, patch: Patch) -> None:
    def finished(connection: Any, row: Any, now: float) -> None:
        ended = {"maybe": False, "why": None}
        stored_effects._end_attempt(connection, row, "done", now, ended)

    patch.setattr(stored_effects, "_cut_short", finished)


# --- deployments ---------------------------------------------------------------------------------------


def _late_reports_are_taken_for_news(_bot: Composition, patch: Patch) -> None:
    patch.setattr(deployer_reactor, "is_old_news", lambda *_: None)


def _a_late_success_changes_nothing(_bot: Composition, patch: Patch) -> None:
    def ignored(story: Any, ended: Any, _report: Any) -> Any:
        return story.decide("ignored", "already_ended", state=ended.state)

    patch.setattr(deployer_reactor, "_late", ignored)


def _after_a_timeout_the_new_one_counts_as_live(_bot: Composition, patch: Patch) -> None:
    def green(slot: Slot, data: DeploymentEnded) -> Slot:
        if data.state in ("timed_out", "unknown"):
            return _ENDED(slot, replace(data, state="succeeded"))
        return _ENDED(slot, data)

    changes: dict[Any, Any] = {**slots._CHANGES, DeploymentEnded: green}
    patch.setattr(slots, "_CHANGES", changes)


_ENDED = slots._ended


def _a_rollback_goes_to_whatever_came_before(_bot: Composition, patch: Patch) -> None:
    def newest(slot: Slot, _leaving: str | None = None) -> Any:
        return slot.history[-1] if slot.history else None

    def none(_slot: Slot, _order: Any) -> None:
        return None

    patch.setattr(rollback_reactor, "last_good", newest)
    patch.setattr(rollback, "last_good", newest)
    patch.setattr(slot_reactor, "_refusal", none)


def _row(
    change: Callable[[Composition, Patch], None], *breaks: str, first: int = 1, within: int = 10
) -> Planted:
    return Planted(planted(change), frozenset(breaks), first, within)


CATALOGUE: Mapping[str, Planted] = {
    "a delivery is acknowledged before it is committed": _row(
        _acknowledged_before_the_commit, "nothing that was acknowledged is lost", first=5
    ),
    "every delivery counts as new": _row(
        _every_delivery_is_new, "every command on a pull request is heard once", "everything settles", first=3
    ),
    "GitHub is asked for nothing again": _row(
        _github_is_asked_for_nothing_again, "everything that github sent arrives"
    ),
    "leases never end": _row(_leases_never_end, "everything settles"),
    "a lost lease is not noticed": _row(_a_lost_lease_is_not_noticed, "the state follows from the events"),
    "the order of a key is ignored": _row(
        _the_order_of_a_key_is_ignored,
        "everything that was accepted is shipped or says why not",
        first=20,
        within=25,
    ),
    "effects are stored after their decision": _row(
        _effects_are_stored_after_the_decision,
        "every open head has its checks",
        "every answer is seen where the command was given",
    ),
    "timers are forgotten": _row(_timers_are_forgotten, "everything settles", within=15),
    "nobody looks before repeating": _row(
        _nobody_looks_before_repeating,
        "nothing stands at github twice",
        "nothing is said in slack twice",
        within=15,
    ),
    "doubt is forgotten": _row(_doubt_is_forgotten, "nothing stands at github twice", first=2, within=15),
    "each attempt has a key of its own": _row(
        _each_attempt_has_a_key_of_its_own, "nothing is shipped twice", within=20
    ),
    "what limits us is asked all the same": _row(
        _what_limits_us_is_asked_all_the_same, "nobody is asked too early or in a wrong way"
    ),
    "a newer body is dropped while an older one is sent": _row(
        _a_newer_body_is_dropped_while_an_older_one_is_sent,
        "every deployment at github says how it ended",
        first=15,
        within=20,
    ),
    "one attempt has to do": _row(_one_attempt_has_to_do, "no effect was given up"),
    "what was under way counts as done": _row(
        _what_was_under_way_counts_as_done,
        "no check is left in progress and each says the newest",
        "every deployment at github says how it ended",
        "every message says the newest",
        first=12,
        within=20,
    ),
    "late reports are taken for news": _row(_late_reports_are_taken_for_news, "old news decides nothing"),
    "a late success changes nothing": _row(
        _a_late_success_changes_nothing, "what is live is known or said to be unknown", first=155, within=20
    ),
    "after a timeout the new one counts as live": _row(
        _after_a_timeout_the_new_one_counts_as_live,
        "the state follows from the events",
        "what is live is known or said to be unknown",
        within=15,
    ),
    "a rollback goes to whatever came before": _row(
        _a_rollback_goes_to_whatever_came_before,
        "a rollback goes to a recorded good commit",
        first=8,
        within=20,
    ),
}
