"""Who may by a configuration: the lists, what changed, and which accounts the names keep."""

from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, Requirements
from bot.domain.who_may import (
    NOBODY,
    Account,
    Listed,
    NameAccepted,
    RightsChange,
    RightsChanged,
    WhoMay,
    apply,
    changes_between,
    lists_of,
    names_of,
)
from tests.unit.reactors.stories import SHOP

LISTS = (Listed("environments.production.deployers", ("Ada", "acme/sre")),)


def noted(*names: str, **accounts: int) -> RightsChanged:
    lists = (Listed("environments.production.deployers", names),)
    known = tuple(Account(name, number) for name, number in accounts.items())
    return RightsChanged(repository=SHOP, lists=lists, accounts=known)


def test_every_list_that_gives_rights_is_listed() -> None:
    production = EnvironmentPolicy(
        name="production",
        deployers=("ada",),
        emergency=("lin",),
        requires=Requirements(approvers=("acme/sre",)),
        forks="approved",
    )
    found = lists_of(RepositoryPolicy(environments=(production, EnvironmentPolicy(name="staging"))))
    assert found == (
        Listed("environments.production.deployers", ("ada",)),
        Listed("environments.production.requires.approvers", ("acme/sre",)),
        Listed("environments.production.emergency", ("lin",)),
        Listed("environments.production.forks", ("approved",)),
    )
    assert names_of(found) == ("ada", "acme/sre", "lin")


def test_nobody_named_and_nothing_said_differ() -> None:
    nobody = lists_of(RepositoryPolicy(environments=(EnvironmentPolicy(name="p", deployers=()),)))
    nothing = lists_of(RepositoryPolicy(environments=(EnvironmentPolicy(name="p"),)))
    assert changes_between(nothing, nobody) == (RightsChange("environments.p.deployers", None, ()),)


def test_a_name_keeps_its_account_while_it_is_listed() -> None:
    known = apply(apply(None, noted("ada", ada=1)), noted("ada", "lin", ada=2, lin=3))
    assert known is not None
    assert (known.account_of("Ada"), known.account_of("lin")) == (1, 3)
    without = apply(known, noted("lin"))
    assert without is not None
    assert without.account_of("ada") is None


def test_an_accepted_name_is_looked_up_again() -> None:
    known = apply(
        WhoMay(LISTS, (Account("ada", NOBODY), Account("acme/sre", 4))),
        NameAccepted(repository=SHOP.full_name, name="ADA", by="olive", at=0.0),
    )
    assert known is not None
    assert known.unknown_of(LISTS) == ("ada",)
    assert known.has_changed_hands("acme/sre", 5)


def test_a_name_that_nobody_had_is_nobodys() -> None:
    known = WhoMay(LISTS, (Account("ada", NOBODY),))
    assert known.has_changed_hands("ada", 9)
    assert not WhoMay(LISTS).has_changed_hands("ada", 9)
