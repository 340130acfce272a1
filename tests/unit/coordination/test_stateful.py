"""Random commands of several people against random configurations: what must hold whatever they do.

The real reactors decide on real states, without a ledger and without GitHub: each event goes to its key in
order, timers come when the clock passes them. Deployers end when the machine says so.
"""

from collections.abc import Iterable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.approval_events import ApprovalGiven, ApprovalWithdrawn, RequestRejected
from bot.domain.automation_events import DeploymentSettled
from bot.domain.deployment import ENDED
from bot.domain.events import (
    CancellationRequested,
    DeployerReported,
    DeploymentRequested,
    Event,
    EventData,
    New,
    TurnCame,
)
from bot.domain.hold_events import HoldDue, Lock, LockAsked, LockReleaseAsked
from bot.domain.holds import Holds, holds_key, overlap
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, Requirements, ServicePolicy
from bot.domain.reasons import REASONS
from bot.domain.request import Request
from bot.domain.slot import Slot, to_be_looked_at
from bot.domain.state import apply, request_key, slot_key
from bot.domain.values import Person, PullRequestPlace, Report, Repository, is_same
from bot.gates.approvals import GATE as APPROVALS
from bot.gates.approving import ApprovalFacts, Approver
from bot.gates.gate import about
from bot.gates.gathering import Gathered
from bot.gates.protection import GATE as PROTECTION
from bot.gates.protection import ProtectionFacts
from bot.gates.rights import Right
from bot.gates.services import GATE as SERVICES
from bot.gates.services import Leader, ServicesFacts
from bot.ports import Decision
from bot.reactors import approval, deployer, holds, slot
from bot.reactors.turn import StartFacts
from bot.reactors.turn import decide as decide_turn
from tests.unit.reactors.stories import POLICY

SHOP = Repository("acme", "shop", 1, 7)
PEOPLE = ("ada", "grace", "lin")
SERVICES_NAMED = ("api", "web")
ENVIRONMENTS = ("staging", "production")
SHAS = tuple(character * 40 for character in "abc")
PLACE = PullRequestPlace(SHOP, 12)
YES = Right(True, "write_access", "write")


def policy_of(approvals: int, on_busy: str, ordered: bool) -> RepositoryPolicy:
    call = POLICY.services[0].deploy
    web = ServicePolicy(name="web", deploy=call, after=("api",) if ordered else ())
    environments = tuple(
        EnvironmentPolicy(
            name=name,
            requires=Requirements(checks=(), approvals=approvals, wait=600),
            on_busy=on_busy,  # type: ignore[arg-type]  # drawn from its three words
        )
        for name in ENVIRONMENTS
    )
    return RepositoryPolicy(services=(ServicePolicy(name="api", deploy=call), web), environments=environments)


class Coordination(RuleBasedStateMachine):
    """Three people, two services, two environments."""

    @initialize(
        approvals=some.sampled_from([0, 0, 1, 2]),
        on_busy=some.sampled_from(["queue", "queue", "supersede", "reject"]),
        ordered=some.booleans(),
    )
    def configure(self, approvals: int, on_busy: str, ordered: bool) -> None:
        """Draw the configuration."""
        self.policy = policy_of(approvals, on_busy, ordered)
        self.on_busy = on_busy
        self.states: dict[str, Any] = {}
        self.timers: list[tuple[float, int, New]] = []
        self.now = 1_000.0
        self.count = 0
        self.refusals: list[str] = []
        self.started: list[tuple[str, str]] = []
        self.queued: dict[str, list[str]] = {}

    # --- what people do -----------------------------------------------------------------------------

    @rule(
        who=some.sampled_from(PEOPLE),
        services=some.sets(some.sampled_from(SERVICES_NAMED), min_size=1),
        environment=some.sampled_from(ENVIRONMENTS),
        sha=some.sampled_from(SHAS),
        automatic=some.booleans(),
    )
    def deploy(self, who: str, services: set[str], environment: str, sha: str, automatic: bool) -> None:
        """Somebody, or automation, asks for a deployment."""
        found = self.policy.environment(environment)
        assert found is not None
        errand = Errand(
            event=self._id(),
            action="deploy",
            place=PLACE,
            asker=Person(login=who),
            repository=SHOP,
            policy=self.policy,
            configuration="blob",
            environment=found,
            now=self.now,
            automatic=automatic,
        )
        commits = {name: Commit(sha, "main", "ref") for name in sorted(services)}
        self._take(make_request(errand, commits))

    @rule(people=some.lists(some.sampled_from(PEOPLE), min_size=2, max_size=4))
    def rush(self, people: list[str]) -> None:
        """Several want the same at once."""
        for place, who in enumerate(people):
            self.deploy(who, {"api"}, "production", SHAS[place % len(SHAS)], False)

    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def approve(self, who: str, data: some.DataObject) -> None:
        """Somebody approves a request; whether it counts is the gate's business."""
        self._say(data, lambda request: ApprovalGiven(request=request, person=Person(login=who), at=self.now))

    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def withdraw(self, who: str, data: some.DataObject) -> None:
        """Somebody takes an approval back."""
        self._say(
            data, lambda request: ApprovalWithdrawn(request=request, person=Person(login=who), at=self.now)
        )

    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def reject(self, who: str, data: some.DataObject) -> None:
        """Somebody refuses a request."""
        self._say(
            data, lambda request: RequestRejected(request=request, person=Person(login=who), at=self.now)
        )

    @rule(who=some.sampled_from(PEOPLE), data=some.data())
    def cancel(self, who: str, data: some.DataObject) -> None:
        """Somebody stops what waits or runs."""
        under_way = [(key, each.id) for key, found in self._slots() for each in _all(found)]
        if under_way:
            key, id = data.draw(some.sampled_from(under_way))
            wish = CancellationRequested(deployment=id, person=Person(login=who), at=self.now)
            self._take([New(key=key, data=wish)])

    @rule(
        who=some.sampled_from(PEOPLE),
        services=some.sets(some.sampled_from(SERVICES_NAMED), min_size=1, max_size=1),
        environments=some.sets(some.sampled_from(ENVIRONMENTS), min_size=1, max_size=1),
        lasts=some.integers(1, 300),
    )
    def lock(self, who: str, services: set[str], environments: set[str], lasts: int) -> None:
        """Somebody wants a lock."""
        wanted = Lock(
            id=self._id(),
            person=Person(login=who),
            place=PLACE,
            repository=SHOP,
            since=self.now,
            services=tuple(sorted(services)),
            environments=tuple(sorted(environments)),
            until=self.now + lasts,
        )
        held = [each for each in self._holds().locks if each.until is None or each.until > self.now]
        others = [each.id for each in held if not is_same(each.person, wanted.person)]
        self._take([New(key=holds_key(SHOP), data=LockAsked(lock=wanted))])
        assert {each.id for each in self._holds().locks} >= set(others), "somebody's lock was taken away"

    @rule(data=some.data())
    def unlock(self, data: some.DataObject) -> None:
        """A holder gives a lock back."""
        held = self._holds().locks
        if held:
            lock = data.draw(some.sampled_from(held))
            wish = LockReleaseAsked(lock=lock.id, person=lock.person, place=PLACE, ending="unlocked")
            self._take([New(key=holds_key(SHOP), data=wish)])

    @rule(data=some.data(), state=some.sampled_from(["succeeded", "failed", "cancelled"]))
    def finish(self, data: some.DataObject, state: str) -> None:
        """A deployer reports the end of what runs."""
        running = [(key, found.current) for key, found in self._slots() if found.current is not None]
        if running:
            key, current = data.draw(some.sampled_from(running))
            report = Report(deployment=current.id, state=state)  # type: ignore[arg-type]
            self._take([New(key=key, data=DeployerReported(report=report))])

    @rule(seconds=some.integers(1, 700))
    def wait(self, seconds: int) -> None:
        """Time goes by, and with it what is due."""
        self.now += seconds
        while due := sorted(each for each in self.timers if each[0] <= self.now)[:1]:
            self.timers.remove(due[0])
            self._take([replace(due[0][2], due=None)])

    # --- what must hold -----------------------------------------------------------------------------

    @invariant()
    def two_people_never_hold_locks_that_overlap(self) -> None:
        """Whoever asked when."""
        locks = [each for each in self._holds().locks if each.until is None or each.until > self.now]
        for place, one in enumerate(locks):
            for other in locks[place + 1 :]:
                assert not overlap(one, other) or is_same(one.person, other.person)

    @invariant()
    def every_refusal_names_a_rule(self) -> None:
        """By a code of the table."""
        assert set(self.refusals) <= set(REASONS)

    @invariant()
    def what_waits_is_looked_at_again(self) -> None:
        """Nothing is forgotten in a queue."""
        for key, found in self._slots():
            if any(each.state == "waiting" for each in found.queue):
                assert any(new.key == key for _, _, new in self.timers)

    # --- the machine ----------------------------------------------------------------------------------

    def _id(self) -> str:
        self.count += 1
        return f"e-{self.count}"

    def _holds(self) -> Holds:
        found: Holds = self.states.get(holds_key(SHOP)) or Holds()
        return found

    def _slots(self) -> list[tuple[str, Slot]]:
        return [(key, found) for key, found in self.states.items() if isinstance(found, Slot)]

    def _say(self, data: some.DataObject, said: Any) -> None:
        open_ones = [
            found.id for found in self.states.values() if isinstance(found, Request) and not found.ended
        ]
        if open_ones:
            id = data.draw(some.sampled_from(open_ones))
            self._take([New(key=request_key(id), data=said(id))])

    def _take(self, news: Iterable[New]) -> None:
        """Give each event to its key, and go on with what follows."""
        waiting = list(news)
        while waiting:
            new = waiting.pop(0)
            if new.due is not None and new.due > self.now:
                self.count += 1
                self.timers.append((new.due, self.count, new))
                continue
            event = Event(
                id=self._id(),
                source="test",
                time=self.now,
                recorded_time=self.now,
                key=new.key,
                correlation="c",
                causation=None,
                data=new.data,
            )
            self.states[new.key] = apply(new.key, self.states.get(new.key), new.data)
            decision = self._decided(event)
            if decision is None:
                continue
            for each in decision.events:
                is_own = each.key == new.key and each.due is None
                if is_own:
                    self._note(each)
                    self.states[each.key] = apply(each.key, self.states.get(each.key), each.data)
                else:
                    waiting.append(each)

    def _note(self, new: New) -> None:
        kind = new.data.TYPE
        if kind == "deployment.ended" and new.data.state == "refused":  # type: ignore[attr-defined]
            self.refusals.append(new.data.reason)  # type: ignore[attr-defined]
        if kind == "deployment.started":
            found: Slot = self.states[new.key]
            id = new.data.deployment  # type: ignore[attr-defined]
            assert found.current is None, "two would run in one slot"
            self._was_first(found, id)
            self._was_approved(found, id)
            self._was_not_locked(found, id)

    def _was_first(self, found: Slot, id: str) -> None:
        in_line = [each.id for each in found.queue if each.state != "waiting"]
        assert in_line[0] == id, "somebody was overtaken"

    def _was_approved(self, found: Slot, id: str) -> None:
        chosen = found.find(id)
        assert chosen is not None
        request: Request = self.states[request_key(chosen.order.request)]
        needed = self.policy.environments[0].requires
        others = {each.person.login for each in request.approvals} - {
            None if chosen.order.automatic else chosen.order.asker.login
        }
        assert needed is not None
        assert len(others) >= needed.approvals, "it started without its approvals"
        assert all(order.sha == chosen.order.sha for order in request.made.orders)

    def _was_not_locked(self, found: Slot, id: str) -> None:
        chosen = found.find(id)
        assert chosen is not None
        order = chosen.order
        lock = self._holds().lock_on(order.service, order.environment, self.now)
        assert lock is None or (is_same(lock.person, order.asker) and not order.automatic), "it was locked"

    def _decided(self, event: Event) -> Decision | None:
        data, state = event.data, self.states.get(event.key)
        if isinstance(data, TurnCame):
            return decide_turn(event, state or Slot(), self._facts(event, state), self.now)
        if isinstance(data, DeploymentSettled):
            keys = [key for key, found in self._slots() if any(e.state == "waiting" for e in found.queue)]
            looks = tuple(New(key=key, data=TurnCame(look=True)) for key in keys)
            return Decision(outcome="acted", reason="followers_told", events=looks)
        row = _ROWS.get(type(data))
        return None if row is None else row(event, state, self.now)

    def _facts(self, event: Event, found: Slot | None) -> StartFacts:
        """What GitHub and the ledger would have said."""
        news = event.recorded_time if event.data.look else None  # type: ignore[attr-defined]
        chosen = to_be_looked_at(found or Slot(), self.now, news)
        if chosen is None:
            return StartFacts()
        order = chosen.order
        environment = self.policy.environment(order.environment)
        assert environment is not None
        question = about(chosen, self.policy, environment, None)
        request: Request = self.states[request_key(order.request)]
        asker = (order.asker.login or "").lower()
        approvers = tuple(Approver(each.person.login or "", True) for each in request.approvals)
        leaders = tuple(
            Leader(part.deployment.order.service, _standing(self.states, part.deployment.order), "d")
            for part in request.parts
            if part.deployment.order.service == "api" and order.service == "web"
        )
        facts: dict[str, Any] = {
            f"deployers/{order.environment}": YES,
            "lock": self._holds(),
            "freeze": self._holds(),
            "automation": {},
            PROTECTION.key(question): ProtectionFacts(),
            APPROVALS.key(question): ApprovalFacts(approvers, () if order.automatic else (asker,)),
            SERVICES.key(question): ServicesFacts(leaders),
        }
        return StartFacts(candidate=chosen.id, question=question, gathered=Gathered(facts=facts))


def _standing(states: dict[str, Any], order: Any) -> Any:
    found: Slot | None = states.get(slot_key(order))
    known = found.find(order.id) if found else None
    if known is not None and known.state == "succeeded":
        return "succeeded"
    gone = known is None and found is not None
    return "failed" if gone or (known is not None and known.state in ENDED) else "waiting"


def _all(found: Slot) -> list[Any]:
    return [each for each in (found.current, *found.queue) if each is not None]


def _row(decide: Any, facts: Any = None) -> Any:
    def row(event: Event, state: Any, now: float) -> Decision:
        decided: Decision = decide(event, state, facts, now)
        return decided

    return row


_WEB = approval.ApprovalFacts("https://github.example")
_ROWS: dict[type[EventData], Any] = {
    DeploymentRequested: _row(slot.requested),
    DeployerReported: _row(deployer.reported),
    CancellationRequested: _row(deployer.cancelled),
    ApprovalGiven: _row(approval.given, _WEB),
    ApprovalWithdrawn: _row(approval.withdrawn, _WEB),
    RequestRejected: _row(approval.rejected, _WEB),
    LockAsked: _row(holds.asked),
    LockReleaseAsked: _row(holds.release_asked),
    HoldDue: _row(holds.due),
}
Coordination.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
TestCoordination = Coordination.TestCase
