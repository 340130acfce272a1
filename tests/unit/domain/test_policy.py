"""What a valid configuration answers."""

import msgspec
import pytest
from msgspec.structs import replace

from bot.domain.deployment import DriverCall
from bot.domain.policy import (
    Auto,
    EnvironmentPolicy,
    FreezeWindow,
    Parameter,
    Pause,
    RepositoryPolicy,
    Requirements,
    RollbackPolicy,
    ServicePolicy,
    WeeklyMoment,
    Weight,
    may_be_held,
    not_yet_active,
    services_concerned,
    split_team,
    with_approvals,
)
from bot.domain.verification import Verification

HTTP = DriverCall("http", {"url": "https://a.b/", "secret": "x"})
WEEKEND = FreezeWindow(start=WeeklyMoment(4, 960), end=WeeklyMoment(0, 480))
SHOP = RepositoryPolicy(
    services=(
        ServicePolicy(name="api", deploy=HTTP, paths=("services/api/**", "libs/**")),
        ServicePolicy(name="web", deploy=HTTP, paths=("web/**",), after=("api",), steps=(Weight(100),)),
        ServicePolicy(name="docs", deploy=HTTP),
        ServicePolicy(name="parked", deploy=HTTP, paths=()),
    ),
    environments=(
        EnvironmentPolicy(name="staging"),
        EnvironmentPolicy(name="production", slack_channel="C0PRODUCTION"),
    ),
    params=(Parameter(name="size", type="choice", options=("s", "m"), default="s"),),
    slack_channel="deploys",
)


def test_things_are_found_by_name() -> None:
    assert SHOP.service("web") == SHOP.services[1]
    assert SHOP.environment("production") == SHOP.environments[1]
    assert SHOP.parameter("size") == SHOP.params[0]
    assert (SHOP.service("production"), SHOP.environment("web"), SHOP.parameter("x")) == (None, None, None)


def test_an_environments_own_channel_comes_before_the_repositorys() -> None:
    assert SHOP.channel("production") == "C0PRODUCTION"
    assert SHOP.channel("staging") == "deploys"
    assert SHOP.channel("nowhere") == "deploys"
    assert RepositoryPolicy().channel("staging") is None


def test_github_sees_the_service_where_there_are_several() -> None:
    assert SHOP.github_environment_name("web", "production") == "production/web"
    assert (
        replace(SHOP, services=SHOP.services[:1]).github_environment_name("api", "production") == "production"
    )


@pytest.mark.parametrize(
    "changed,truncated,concerned",
    [
        (["services/api/main.py"], False, ("api", "docs")),
        (["web/index.html", "libs/x/y.py"], False, ("api", "web", "docs")),
        (["README.md"], False, ("docs",)),
        ([], False, ("docs",)),
        (["README.md"], True, ("api", "web", "docs", "parked")),
        ([], True, ("api", "web", "docs", "parked")),
    ],
)
def test_a_change_concerns_services_by_their_paths(
    changed: list[str], truncated: bool, concerned: tuple[str, ...]
) -> None:
    assert services_concerned(SHOP, iter(changed), truncated) == concerned


def test_a_team_has_an_organisation_and_a_login_has_none() -> None:
    assert split_team("acme/sre") == ("acme", "sre")
    assert split_team("octocat") is None


@pytest.mark.parametrize(
    "before,after",
    [
        (None, Requirements(checks=(), approvals=2)),
        (Requirements(review=True), Requirements(review=True, approvals=2)),
        (Requirements(approvals=2), Requirements(approvals=2)),
        (Requirements(approvals=3), Requirements(approvals=3)),
    ],
)
def test_enforced_approvals_raise_and_never_lower(
    before: Requirements | None, after: Requirements | None
) -> None:
    policy = RepositoryPolicy(environments=(EnvironmentPolicy(name="a", requires=before),))
    assert with_approvals(policy, 2).environments[0].requires == after


def test_enforcing_nothing_changes_nothing() -> None:
    assert with_approvals(SHOP, 0) == SHOP


@pytest.mark.parametrize(
    "settings,held",
    [
        ({}, False),
        ({"requires": Requirements()}, True),
        ({"after": ("staging",)}, True),
        ({"forks": "approved"}, True),
        ({"freeze": (WEEKEND,)}, False),
        ({"deployers": ("a",)}, False),
    ],
)
def test_where_gates_may_hold_a_deployment_for_a_while(settings: dict[str, object], held: bool) -> None:
    assert may_be_held(replace(EnvironmentPolicy(name="a"), **settings), None) is held


def test_a_service_that_follows_others_may_be_held() -> None:
    web, docs = SHOP.services[1], replace(SHOP.services[1], after=())
    assert may_be_held(EnvironmentPolicy(name="a"), web)
    assert not may_be_held(EnvironmentPolicy(name="a"), docs)


@pytest.mark.parametrize(
    "settings,reported",
    [
        ({"auto": Auto(on="merge")}, ()),
        ({"auto": Auto(on="tag")}, ()),
        ({"auto": Auto(on="release")}, ()),
        ({"auto": Auto(on="promote", promote_after=60)}, ()),
        ({"auto": Auto(on="schedule", schedule="0 0 * * *")}, ()),
        ({"emergency": ("a",)}, ()),
        ({"forks": "approved"}, ()),
        ({"verify": Verification()}, ()),
        ({"verify": Verification(alerts=True)}, ()),
        ({"rollback": RollbackPolicy(mode="never")}, ()),
        ({"rollback": RollbackPolicy(mode="auto")}, ()),
        (
            {"rollback": RollbackPolicy(auto_after=60, revert=True)},
            ("rollback.revert",),
        ),
        ({"on_busy": "reject", "deployers": (), "timeout": 5, "url": "https://a.b/"}, ()),
    ],
)
def test_what_is_merely_left_out_is_reported(settings: dict[str, object], reported: tuple[str, ...]) -> None:
    environment = replace(EnvironmentPolicy(name="a"), **settings)
    assert not_yet_active(environment) == reported


def test_a_services_steps_are_reported() -> None:
    assert not_yet_active(EnvironmentPolicy(name="a"), SHOP.services[1]) == ("service.steps",)


def test_a_policy_survives_being_stored() -> None:
    policy = replace(
        SHOP,
        services=(
            ServicePolicy(name="web", deploy=HTTP, steps=(Weight(10), Pause(5), Pause(), Weight(100))),
        ),
        environments=(
            EnvironmentPolicy(
                name="a", freeze=(WEEKEND,), requires=Requirements(), verify=Verification(alerts=True)
            ),
        ),
    )
    assert msgspec.json.decode(msgspec.json.encode(policy), type=RepositoryPolicy) == policy
