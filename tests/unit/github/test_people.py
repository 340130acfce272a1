"""Rights and teams, as the simulated GitHub tells them."""

import asyncio

import pytest

from bot.domain.errors import LastingFault, PassingFault
from bot.github.people import People, Seat
from bot.github.tokens import PERMISSIONS
from bot.github.transport import open_session
from bot.sandbox.github import Fault
from bot.sandbox.github.records import Permission
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import SHOP, Hub, connect, new_world


@pytest.mark.parametrize(
    ("role", "permission"),
    [("admin", "admin"), ("maintain", "write"), ("write", "write"), ("triage", "read"), ("read", "read")],
)
async def test_roles_count_as_the_level_that_they_include(
    hub: Hub, role: Permission, permission: str
) -> None:
    hub.world.set_permission(SHOP, "mallory", role)
    assert await People(hub.app).permission(hub.repository, "mallory") == permission


@pytest.mark.parametrize("login", ["nobody-of-this-name", "renovate[bot]"])
async def test_an_account_that_github_does_not_know_has_no_right(hub: Hub, login: str) -> None:
    assert await People(hub.app).permission(hub.repository, login) == "none"


async def test_a_permission_is_at_most_a_minute_old(hub: Hub) -> None:
    people = People(hub.app)
    hub.world.set_permission(SHOP, "mallory", "write")
    assert await people.permission(hub.repository, "mallory") == "write"
    hub.world.set_permission(SHOP, "mallory", "none")
    hub.clock.time += 59
    assert await people.permission(hub.repository, "MALLORY") == "write"
    hub.clock.time += 1
    assert await people.permission(hub.repository, "mallory") == "read"


async def test_many_who_ask_at_once_cause_one_request(hub: Hub) -> None:
    people = People(hub.app)
    await asyncio.gather(*(people.permission(hub.repository, "ada") for _ in range(10)))
    assert hub.requests("GET", "/collaborators/ada/permission") == 1


@pytest.mark.parametrize(("login", "is_in"), [("ada", True), ("lin", False), ("nobody", False)])
async def test_teams_have_their_members_only(hub: Hub, login: str, is_in: bool) -> None:
    assert await People(hub.app).in_team(Seat("acme", "backend", login), hub.repository) is is_in


async def test_a_team_that_is_not_there_has_nobody(hub: Hub) -> None:
    assert not await People(hub.app).in_team(Seat("acme", "ghosts", "ada"), hub.repository)


async def test_a_name_that_would_climb_to_another_address_is_refused(hub: Hub) -> None:
    with pytest.raises(LastingFault):
        await People(hub.app).in_team(Seat("acme", "..", "ada"), hub.repository)


async def test_a_github_that_cannot_answer_gives_nobody_a_right(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=502, times=1, path=".*/permission"))
    with pytest.raises(PassingFault):
        await People(hub.app).permission(hub.repository, "ada")


async def test_a_missing_permission_for_teams_is_named() -> None:
    clock = StoppedClock()
    granted = {name: level for name, level in PERMISSIONS.items() if name != "members"}
    async with open_session() as session:
        hub = await connect(new_world(clock, granted), clock, session)
        with pytest.raises(LastingFault) as raised:
            await People(hub.app).in_team(Seat("acme", "backend", "ada"), hub.repository)
        await hub.server.close()
    assert "members=read" in raised.value.hint
