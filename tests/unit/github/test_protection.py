"""What GitHub itself protects."""

import pytest

from bot.domain.commit_facts import ConfigurationGuard, EnvironmentProtection, RequiredContext
from bot.github.protection import is_owned
from bot.sandbox.github.records import BranchRules
from tests.unit.github.hub import SHOP, Hub
from tests.unit.github.test_reading import reading

PATH = ".github/pointsman.yml"


async def test_a_branch_without_protection_requires_nothing(hub: Hub) -> None:
    assert await reading(hub).required_contexts(hub.repository, "main") == ()


@pytest.mark.parametrize("by_ruleset", [False, True])
async def test_both_ways_to_require_a_check_are_read(hub: Hub, by_ruleset: bool) -> None:
    rules = BranchRules([("ci/test", 15368), ("licence", None)], by_ruleset=by_ruleset)
    hub.world.protect_branch(SHOP, "main", rules)
    assert await reading(hub).required_contexts(hub.repository, "main") == (
        RequiredContext("ci/test", 15368),
        RequiredContext("licence"),
    )


async def test_an_environment_that_github_does_not_have_protects_nothing(hub: Hub) -> None:
    assert await reading(hub).protection(hub.repository, "production") is None


async def test_an_environments_reviewers_are_people_and_teams(hub: Hub) -> None:
    hub.world.protect_environment(SHOP, "production", ["grace", "acme/sre"])
    assert await reading(hub).protection(hub.repository, "production") == EnvironmentProtection(
        reviewers=("grace", "acme/sre")
    )


async def test_the_branches_that_an_environment_takes(hub: Hub) -> None:
    hub.world.protect_environment(SHOP, "production/api", branches=["main", "release/*"])
    found = await reading(hub).protection(hub.repository, "production/api")
    assert found is not None
    assert (found.branches, found.protected_only) == (("main", "release/*"), False)
    hub.world.protect_environment(SHOP, "staging", protected_branches=True)
    staging = await reading(hub).protection(hub.repository, "staging")
    assert staging is not None
    assert (staging.branches, staging.protected_only) == (None, True)


async def test_the_configuration_is_guarded_by_a_code_owner_and_a_protected_branch(hub: Hub) -> None:
    assert await reading(hub).configuration_guard(hub.repository) == ConfigurationGuard(False, False)
    hub.world.push("olive", SHOP, "main", {".github/CODEOWNERS": "/.github/ @acme/sre\n"})
    hub.world.protect_branch(SHOP, "main", BranchRules(reviews=1, by_ruleset=True))
    assert await reading(hub).configuration_guard(hub.repository) == ConfigurationGuard(True, True)


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("", False),
        ("* @ada\n", True),
        ("*.yml @ada", True),
        ("/.github/ @ada", True),
        (".github/ @ada", True),
        ("/.github/pointsman.yml @ada", True),
        ("**/pointsman.yml @ada", True),
        (".github/* @ada", True),
        ("/services/ @ada", False),
        ("*.py @ada", False),
        ("* @ada\n/.github/pointsman.yml\n", False),
        ("# * @ada\n", False),
        ("*  # @ada\n", False),
    ],
)
def test_the_last_line_of_codeowners_that_matches_decides(text: str, owned: bool) -> None:
    assert is_owned(text, PATH) is owned
