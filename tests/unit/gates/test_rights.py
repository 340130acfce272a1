"""Who may deploy where."""

import pytest

from bot.domain.errors import PassingFault
from bot.domain.policy import EnvironmentPolicy
from bot.domain.who_may import Account, WhoMay, rights_key
from bot.gates.rights import Permission, Right, right_to_deploy
from tests.unit.commands.known import KnownGitHub, KnownLedger, sources
from tests.unit.reactors.stories import SHOP


async def right(github: KnownGitHub, *deployers: str, fresh: bool = False) -> Right:
    environment = EnvironmentPolicy(name="production", deployers=deployers or None)
    return await right_to_deploy(sources(github), SHOP, "ada", environment, fresh=fresh)


@pytest.mark.parametrize(
    ("permission", "allowed"), [("admin", True), ("write", True), ("read", False), ("none", False)]
)
async def test_without_deployers_write_access_is_enough(permission: Permission, allowed: bool) -> None:
    found = await right(KnownGitHub(permissions={"ada": permission}))
    assert found == Right(allowed, "write_access", permission)


@pytest.mark.parametrize(
    ("deployers", "allowed"),
    [
        (("ada",), True),
        (("ADA",), True),
        (("bob", "acme/sre"), True),
        (("Acme/sre",), True),
        (("bob",), False),
        (("acme/backend",), False),
        (("evil/sre",), False),
    ],
)
async def test_with_deployers_only_they_may(deployers: tuple[str, ...], allowed: bool) -> None:
    github = KnownGitHub(teams={"acme/sre": ("ada",), "Acme/sre": ("ada",), "evil/sre": ("ada",)})
    found = await right(github, *deployers)
    assert (found.allowed, found.rule, found.deployers) == (allowed, "deployers", deployers)


async def test_a_team_of_another_owner_is_not_even_asked_for() -> None:
    github = KnownGitHub()
    await right(github, "evil/sre")
    assert github.asked_for == ["permission"]


async def test_fresh_asks_github_again() -> None:
    github = KnownGitHub()
    await right(github, fresh=True)
    assert github.asked_for == ["permission, fresh"]


async def test_what_cannot_be_read_is_not_a_yes() -> None:
    with pytest.raises(PassingFault):
        await right(KnownGitHub(fault=PassingFault("down")))


@pytest.mark.parametrize(("account", "allowed"), [(7, True), (8, False), (None, False)])
async def test_a_name_is_the_account_that_it_was_when_it_was_listed(
    account: int | None, allowed: bool
) -> None:
    github = KnownGitHub(accounts={"Ada": account} if account else {})
    ledger = KnownLedger({rights_key(SHOP): WhoMay(accounts=(Account("ada", 7),))})
    environment = EnvironmentPolicy(name="production", deployers=("Ada",))
    found = await right_to_deploy(sources(github, ledger), SHOP, "ada", environment)
    assert (found.allowed, found.changed_hands) == (allowed, None if allowed else "Ada")
    assert found.refusal == ("not_allowed" if allowed else "name_changed_hands")


async def test_another_name_that_is_still_theirs_is_enough() -> None:
    github = KnownGitHub(accounts={"ada": 8, "acme/sre": 3}, teams={"acme/sre": ("ada",)})
    known = WhoMay(accounts=(Account("ada", 7), Account("acme/sre", 3)))
    environment = EnvironmentPolicy(name="production", deployers=("ada", "acme/sre"))
    found = await right_to_deploy(
        sources(github, KnownLedger({rights_key(SHOP): known})), SHOP, "ada", environment
    )
    assert found.allowed
