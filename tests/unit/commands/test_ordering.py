"""From an accepted command to a request and its orders."""

from typing import Any

from msgspec.structs import replace

from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.deployment import DriverCall, Order
from bot.domain.events import DeploymentRequested, RequestMade
from tests.unit.commands.known import ON_PULL
from tests.unit.reactors.stories import ADA, AT, NEW, OLDER, POLICY, SHOP

API = {"api": Commit(NEW, "feature/x", "head")}
BOTH = {**API, "web": Commit(OLDER, "v1", "ref")}


def errand(**changes: Any) -> Errand:
    made = Errand(
        event="e-1",
        action="deploy",
        place=ON_PULL,
        asker=ADA,
        repository=SHOP,
        policy=POLICY,
        configuration="blob",
        environment=POLICY.environments[1],
        now=AT,
    )
    return replace(made, **changes)


def orders(made: Errand, commits: dict[str, Commit] = API) -> list[Order]:
    events = make_request(made, commits)
    return [new.data.order for new in events if isinstance(new.data, DeploymentRequested)]


def test_the_request_comes_first_then_an_order_for_each_service_in_its_slot() -> None:
    made, *rest = make_request(errand(), BOTH)
    assert isinstance(made.data, RequestMade)
    assert made.key == f"request:{errand().request}"
    assert (made.data.sha, made.data.ref) == (NEW, "feature/x")
    assert [new.key for new in rest] == [
        "slot:acme/shop/api/production",
        "slot:acme/shop/web/production",
    ]
    assert [order.sha for order in orders(errand(), BOTH)] == [NEW, OLDER]


def test_ids_come_from_the_cause_and_nothing_else() -> None:
    assert make_request(errand(), BOTH) == make_request(errand(), BOTH)
    first, second = orders(errand(), BOTH)
    assert len({first.id, second.id, *(each.id for each in orders(errand(event="e-2"), BOTH))}) == 4
    assert first.request == second.request == errand().request


def test_where_there_is_one_service_github_shows_the_environments_own_name() -> None:
    (one,) = orders(errand(policy=replace(POLICY, services=POLICY.services[:1])))
    (of_two,) = orders(errand())
    assert (one.github_environment, of_two.github_environment) == ("production", "production/api")


def test_a_service_that_is_gone_can_still_be_named_but_no_driver_ships_it() -> None:
    """A rollback may lead back to a service that the configuration no longer has."""
    (order,) = orders(errand(policy=replace(POLICY, services=())))
    assert order.call == DriverCall("none")
