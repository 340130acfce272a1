"""Events, slots and orders, for the tests of what is made of them."""

from typing import Any, TypeVar

from msgspec.structs import replace

from bot.domain.deployment import Deployment, DriverCall, Order, State
from bot.domain.effects import EffectBody
from bot.domain.events import Event, EventData, Live, Prompt, RequestMade, RequestProgressed
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, ServicePolicy
from bot.domain.request import Request, apply
from bot.domain.slot import Slot
from bot.domain.values import Change, Person, Repository
from bot.ports import Decision

AT = 1_770_000_000.0
SHOP = Repository("acme", "shop", 1, 7)
ADA = Person(login="ada", slack="U0ADA")
BOB = Person(login="bob", slack="U0BOB")
NEW, GOOD, OLDER = "c" * 40, "a" * 40, "b" * 40
SLOT = "slot:acme/shop/api/production"
PULL = "pr:acme/shop#12"
POLICY = RepositoryPolicy(
    services=(
        ServicePolicy(
            name="api", deploy=DriverCall("http", {"url": "https://deployer.example"}), paths=("api/**",)
        ),
        ServicePolicy(name="web", deploy=DriverCall("http"), paths=("web/**",)),
    ),
    environments=(EnvironmentPolicy(name="staging"), EnvironmentPolicy(name="production")),
    slack_channel="C0DEPLOYS",
)

_Data = TypeVar("_Data", bound=EventData)
_Body = TypeVar("_Body", bound=EffectBody)


def event(data: EventData, key: str = SLOT, id: str = "e-1") -> Event:
    return Event(
        id=id,
        source="test",
        time=AT,
        recorded_time=AT,
        key=key,
        correlation="c-1",
        causation=None,
        data=data,
    )


def order(id: str = "d-new", **changes: Any) -> Order:
    made = Order(
        id=id,
        request=id.replace("d-", "r-"),
        action="deploy",
        repository=SHOP,
        service="api",
        environment="production",
        sha=NEW,
        ref="feature/x",
        call=DriverCall("http", {"url": "https://deployer.example"}),
        asker=ADA,
        requested_at=AT,
        number=12,
        channel="C0DEPLOYS",
    )
    return replace(made, **changes)


def deployment(id: str = "d-new", state: State = "requested", **changes: Any) -> Deployment:
    return Deployment(order=order(id, **changes), state=state)


def done(id: str = "d-good", state: State = "succeeded", **changes: Any) -> Deployment:
    made = deployment(id, state, **({"sha": GOOD} | changes))
    return replace(made, started_at=AT - 600, accepted_at=AT - 590, ended_at=AT - 500)


def running(id: str = "d-new", **changes: Any) -> Deployment:
    return replace(deployment(id, "running", **changes), started_at=AT, accepted_at=AT + 1)


def starting(id: str = "d-new", **changes: Any) -> Deployment:
    return replace(deployment(id, "starting", **changes), started_at=AT)


def live(of: Deployment) -> Live:
    return Live(of.id, of.order.sha, known=True)


def after_failure(**changes: Any) -> Slot:
    """A slot in which d-new failed after d-good, and people are asked what to do."""
    failed = replace(done("d-new", "failed", sha=NEW), description="pods not ready", reason="deployer_failed")
    prompt = Prompt("d-new", "d-good", GOOD, "pods not ready", AT)
    made = Slot(history=(done(), failed), live=Live("d-good", GOOD, known=False), prompts=(prompt,))
    return replace(made, **changes)


def request(*services: str) -> Request:
    orders = tuple(order(f"d-{name}", request="r-new", service="api") for name in services)
    made = RequestMade(
        id="r-new",
        action="deploy",
        place=None,
        asker=ADA,
        automatic=False,
        repository=SHOP,
        number=12,
        title=None,
        environment="production",
        sha=NEW,
        ref="main",
        orders=orders,
        channel=None,
    )
    told = apply(None, made)
    assert told is not None
    return told


def change(**changes: Any) -> Change:
    made = Change(
        repository=SHOP,
        number=12,
        title="Faster checkout",
        author="ada",
        head_sha=NEW,
        head_ref="feature/x",
        head_repository="acme/shop",
        base_ref="main",
        updated_at=AT,
    )
    return replace(made, **changes)


def events_of(decision: Decision, kind: type[_Data]) -> list[_Data]:
    return [new.data for new in decision.events if isinstance(new.data, kind)]


def only(decision: Decision, kind: type[_Data]) -> _Data:
    (found,) = events_of(decision, kind)
    return found


def effects_of(decision: Decision, kind: type[_Body]) -> list[_Body]:
    return [wanted.body for wanted in decision.effects if isinstance(wanted.body, kind)]


def pictures(decision: Decision) -> dict[str, RequestProgressed]:
    """What requests are told last, by deployment."""
    return {data.deployment.id: data for data in events_of(decision, RequestProgressed)}


def types(decision: Decision) -> list[str]:
    return [new.data.TYPE for new in decision.events]
