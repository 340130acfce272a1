"""The page "Now": what is live where, what runs, who waits for what, and what is locked, frozen or paused.

The gates that hold for any commit are asked as before a start; a change's own stand in its `pointsman/plan`.
Where GitHub does not answer, what the ledger knows is shown, and that something is missing.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from bot.domain.automation import AUTOMATION_KEY, Automation
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.holds import Holds, is_over
from bot.domain.policy import RepositoryPolicy
from bot.domain.slot import Slot
from bot.domain.values import Repository, Seconds
from bot.explaining.moments import moment
from bot.explaining.plain import PLAIN
from bot.gates.gate import Question
from bot.gates.gathering import gather, judge
from bot.messages import holds as hold_messages
from bot.messages.escaping import plain
from bot.messages.standing import OF_ANY_COMMIT, Cells, Place, cells
from bot.ports import Sources
from bot.web.dashboard.pane import Look

PLACES_MAX = 500
BECAUSE_CHARS_MAX = 200
_SLOTS, _HOLDS = "slot:", "holds:"


class Group(Struct, frozen=True):
    """One repository: a row for each service in each environment, and what people hold."""

    repository: str
    rows: tuple[Cells, ...]
    held: tuple[str, ...] = ()
    note: str = ""


class Now(Struct, frozen=True):
    """All repositories; `paused` says that nothing starts by itself, `note` what could not be read."""

    groups: tuple[Group, ...]
    paused: str = ""
    note: str = ""


class Known(Struct, frozen=True):
    """What the ledger and GitHub know of one repository; `repository` None = GitHub does not list it."""

    name: str
    repository: Repository | None
    slots: dict[tuple[str, str], Slot]
    held: object


async def read(look: Look) -> Now:
    """Read it. Raises StoreUnavailable."""
    slots = _slots(await look.ledger.states(_SLOTS))
    held = {key.removeprefix(_HOLDS): state for key, state in (await look.ledger.states(_HOLDS)).items()}
    repositories, note = await _repositories(look.sources)
    names = sorted({*slots, *repositories, *held}, key=str.lower)
    known = [Known(name, repositories.get(name), slots.get(name, {}), held.get(name)) for name in names]
    groups = [await _group(look.sources, each, look.clock.now()) for each in known]
    automation = await look.ledger.state(AUTOMATION_KEY)
    shown = tuple(each for each in groups if each.rows or each.held or each.note)
    return Now(shown, _paused(automation), note)


def _slots(states: Mapping[str, object]) -> dict[str, dict[tuple[str, str], Slot]]:
    """By repository, then by (service, environment)."""
    known: dict[str, dict[tuple[str, str], Slot]] = {}
    for key, slot in states.items():
        repository, service, environment = key.removeprefix(_SLOTS).rsplit("/", 2)
        if isinstance(slot, Slot):
            known.setdefault(repository, {})[service, environment] = slot
    return known


async def _repositories(sources: Sources | None) -> tuple[dict[str, Repository], str]:
    if sources is None:
        return {}, ""
    try:
        return {each.full_name: each for each in await sources.github.repositories()}, ""
    except (PassingFault, LastingFault) as fault:
        return {}, f"GitHub does not answer ({plain(fault.reason)}): freezes by configuration are not shown."


async def _group(sources: Sources | None, known: Known, now: Seconds) -> Group:
    policy, note = await _policy(sources, known.repository)
    places = list(_configured(policy, known.slots)) if policy else []
    listed = {(each.service, each.environment) for each in places}
    places += [Place(*where, slot) for where, slot in sorted(known.slots.items()) if where not in listed]
    if sources is not None and known.repository is not None and policy is not None:
        places = await _judged(sources, known.repository, policy, places, now)
    rows = tuple(cells(PLAIN, each) for each in places[:PLACES_MAX])
    return Group(known.name, rows, tuple(_held(known.held, now)), note)


async def _policy(
    sources: Sources | None, repository: Repository | None
) -> tuple[RepositoryPolicy | None, str]:
    if sources is None or repository is None:
        return None, ""
    try:
        found = await sources.github.policy(repository)
    except (PassingFault, LastingFault) as fault:
        return None, f"Its configuration could not be read: {plain(fault.reason)}."
    said = "Its configuration has errors: nothing is deployed." if found.status == "invalid" else ""
    return found.policy, said


def _configured(policy: RepositoryPolicy, slots: Mapping[tuple[str, str], Slot]) -> Iterable[Place]:
    for environment in policy.environments:
        for service in policy.services:
            slot = slots.get((service.name, environment.name), Slot())
            yield Place(service.name, environment.name, slot)


async def _judged(
    sources: Sources, repository: Repository, policy: RepositoryPolicy, places: list[Place], now: Seconds
) -> list[Place]:
    """With what stands in the way of any commit; what is not configured any more has no gates."""
    judged = []
    for place in places:
        environment = policy.environment(place.environment)
        if environment is None:
            judged.append(place)
            continue
        question = Question(
            repository=repository,
            policy=policy,
            environment=environment,
            service=place.service,
            sha="",
            ref="",
            pinned="head",
        )
        gathered = await gather(sources, [question], OF_ANY_COMMIT)
        verdicts = judge(question, gathered, now, OF_ANY_COMMIT)
        judged.append(Place(place.service, place.environment, place.slot, verdicts))
    return judged


def _held(state: object, now: Seconds) -> Iterable[str]:
    """Locks, who stands in line, and freezes, in one sentence each."""
    if not isinstance(state, Holds):
        return
    for lock in state.locks:
        if not is_over(lock.until, now):
            held = f"{hold_messages.what(PLAIN, lock)}: {PLAIN.person(lock.person)}"
            yield f"🔒 {held} since {_when(lock.since, lock.until, lock.because)}"
    for place, waiter in enumerate(state.line, 1):
        yield f"🕒 {PLAIN.person(waiter.person)} stands in line, place {place}, since {moment(waiter.since)}"
    for freeze in state.freezes:
        if not is_over(freeze.until, now):
            frozen = f"{PLAIN.code(freeze.environment)}: frozen by {PLAIN.person(freeze.person)}"
            yield f"🧊 {frozen} since {_when(freeze.since, freeze.until, freeze.because)}"


def _when(since: Seconds, until: Seconds | None, because: str | None) -> str:
    end = f", until {moment(until)}" if until is not None else ""
    return f"{moment(since)}{end}{f'. Because: {plain(because, BECAUSE_CHARS_MAX)}' if because else ''}"


def _paused(state: object) -> str:
    if not isinstance(state, Automation) or state.paused_at is None:
        return ""
    because = f" Because: {plain(state.because, BECAUSE_CHARS_MAX)}" if state.because else ""
    by = plain(state.by or "somebody")
    said = "nothing is deployed by itself until `pointsman resume`"
    return f"Automation is paused since {moment(state.paused_at)} by {by}: {said}.{because}"
