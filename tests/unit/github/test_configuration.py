"""Which configuration holds for a repository, read from the simulated GitHub."""

from base64 import encodebytes

import pytest

from bot.configuration import validate_instance
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy
from bot.domain.values import Repository
from bot.drivers import rules
from bot.github.configuration import Configuration
from bot.sandbox.github import Fault
from bot.sandbox.github.actions.example import DEPLOY_WORKFLOW, DEPLOY_WORKFLOW_PATH
from tests.unit.github.hub import CONFIGURATION, SHOP, Hub
from tests.unit.github.scripted import Scripted

FILE = ".github/pointsman.yml"
OWNER_FILE = "version: 1\nenvironments:\n  staging: {timeout: 7m}\n"
INSTANCE = """
secrets: {web-deployer: {env: SECRET, repositories: ["acme/*"], urls: ["https://deployer.example.com/"]}}
defaults: {slack: {channel: C0123DEPLOY}}
"""


def instance() -> InstancePolicy:
    policy = validate_instance(INSTANCE, "pointsman.yml", drivers=rules()).policy
    assert policy is not None
    return policy


def loader(hub: Hub) -> Configuration:
    return Configuration(hub.app, instance(), rules())


def write(hub: Hub, text: str | bytes | None, repository: str = SHOP) -> str:
    """Put a text on the default branch; gives the commit."""
    return hub.world.push("olive", repository, "main", {FILE: text}).sha


def own_repository_of_the_owner(hub: Hub, text: str | None = OWNER_FILE) -> None:
    hub.world.add_repository("acme", ".github")
    hub.world.add_to_installation(hub.shop.installation.id, "acme/.github", "olive")
    hub.world.push("olive", "acme/.github", "main", {"README.md": "x\n", FILE: text})


def blob(hub: Hub, repository: str = SHOP) -> str:
    where = hub.world.repository(repository)
    return where.history.commits[where.branches["main"]].tree[FILE].sha


async def test_a_valid_file_over_the_instances_defaults_is_a_policy(hub: Hub) -> None:
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.problems) == ("valid", ())
    assert found.policy is not None
    assert [service.name for service in found.policy.services] == ["api"]
    assert found.policy.channel("staging") == "C0123DEPLOY"
    assert (found.blob, found.read_at) == (blob(hub), hub.clock.now())


async def test_a_repository_without_a_file_is_off_whatever_its_owner_says(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    write(hub, None)
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.policy, found.blob) == ("off", None, None)


async def test_only_the_default_branch_decides(hub: Hub) -> None:
    hub.world.push("ada", SHOP, "free-shipping", {FILE: "version: 1\nnonsense: true\n"})
    assert (await loader(hub).policy(hub.repository)).status == "valid"


async def test_a_commits_own_version_can_be_read(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "free-shipping", {FILE: "version: 1\nenvironment: {}\n"}).sha
    found = await loader(hub).policy_at(hub.repository, sha)
    assert found.status == "invalid"
    assert found.problems[0].startswith(f"{FILE}:2:1: ")
    assert "environments" in found.problems[0]
    gone = hub.world.push("ada", SHOP, "free-shipping", {FILE: None}).sha
    assert (await loader(hub).policy_at(hub.repository, gone)).status == "off"


async def test_the_owners_file_lies_below(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    found = await loader(hub).policy(hub.repository)
    assert found.status == "valid"
    assert found.policy is not None
    staging = found.policy.environment("staging")
    assert staging is not None
    assert staging.timeout == 7 * 60
    assert found.blob == f"{blob(hub)}+{blob(hub, 'acme/.github')}"


async def test_a_mistake_in_the_owners_file_is_told_where_it_stands(hub: Hub) -> None:
    own_repository_of_the_owner(hub, "version: 1\nservices: {}\n")
    found = await loader(hub).policy(hub.repository)
    assert found.status == "invalid"
    assert found.problems[0].startswith(f"acme/.github/{FILE}:2:1: ")


async def test_an_owner_without_a_file_says_nothing(hub: Hub) -> None:
    own_repository_of_the_owner(hub, None)
    assert (await loader(hub).policy(hub.repository)).status == "valid"


async def test_the_owners_own_repository_has_no_other_below_it(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    found = await loader(hub).policy(hub.named("acme/.github"))
    assert (found.status, found.blob) == ("valid", blob(hub, "acme/.github"))


async def test_an_owners_file_that_was_taken_away_stops_deployments(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    configuration = loader(hub)
    await configuration.policy(hub.repository)
    hub.world.remove_from_installation(hub.shop.installation.id, "acme/.github", "olive")
    found = await configuration.policy(hub.repository, fresh=True)
    assert (found.status, found.policy) == ("invalid", None)
    assert "cannot be read now" in found.problems[0]
    hub.world.add_to_installation(hub.shop.installation.id, "acme/.github", "olive")
    assert (await configuration.policy(hub.repository, fresh=True)).status == "valid"


async def test_an_owners_file_that_was_deleted_stops_nothing(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    configuration = loader(hub)
    await configuration.policy(hub.repository)
    write(hub, None, "acme/.github")
    assert (await configuration.policy(hub.repository, fresh=True)).status == "valid"


async def test_an_owners_file_that_is_forbidden_stops_deployments(hub: Hub) -> None:
    own_repository_of_the_owner(hub)
    hub.world.faults.add(Fault("status", status=403, path=".*/acme/.github/contents/.*", times=1))
    found = await loader(hub).policy(hub.repository)
    assert found.status == "invalid"


async def test_a_github_that_cannot_answer_is_no_configuration_at_all(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=502, path=".*/contents/.*", times=1))
    with pytest.raises(PassingFault):
        await loader(hub).policy(hub.repository)


async def test_a_policy_is_at_most_fifteen_seconds_old(hub: Hub) -> None:
    configuration = loader(hub)
    first = await configuration.policy(hub.repository)
    write(hub, CONFIGURATION + "  production: {}\n")
    hub.clock.time += 14
    assert await configuration.policy(hub.repository) == first
    hub.clock.time += 1
    found = await configuration.policy(hub.repository)
    assert found.policy is not None
    assert [environment.name for environment in found.policy.environments] == ["staging", "production"]
    assert found.read_at == hub.clock.now()


async def test_a_fresh_reading_is_never_older_than_its_question(hub: Hub) -> None:
    configuration = loader(hub)
    await configuration.policy(hub.repository)
    write(hub, None)
    assert (await configuration.policy(hub.repository, fresh=True)).status == "off"
    assert (await configuration.policy(hub.repository)).status == "off"


async def test_an_unchanged_file_costs_no_quota(hub: Hub) -> None:
    configuration = loader(hub)
    await configuration.policy(hub.repository, fresh=True)
    hub.asked.clear()
    await configuration.policy(hub.repository, fresh=True)
    contents = [asked.status for asked in hub.asked if asked.path.endswith(f"shop/contents/{FILE}")]
    assert contents == [304]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * (64 * 1024 + 1), "the limit is 65536"),
        (b"version: 1\nslack: \xff\n", "UTF-8"),
        ("version: 1\nversion: 1\n", "second time"),
        ("services: {}\n", "version"),
    ],
)
async def test_a_file_that_cannot_be_used_is_invalid_with_its_place(
    hub: Hub, text: str | bytes, words: str
) -> None:
    write(hub, text)
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.policy) == ("invalid", None)
    assert words in found.problems[0]
    assert found.problems[0].startswith(f"{FILE}:")


async def test_a_folder_of_that_name_is_no_file(hub: Hub) -> None:
    write(hub, None)
    hub.world.push("olive", SHOP, "main", {f"{FILE}/x": "x\n"})
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.problems) == (
        "invalid",
        (f"{FILE}:1:1: this is a folder; it must be a file",),
    )


async def test_a_repository_that_the_app_may_not_read_is_a_fault_with_a_hint(hub: Hub) -> None:
    hub.world.suspend_installation(hub.shop.installation.id, "olive")
    with pytest.raises(LastingFault) as raised:
        await loader(hub).policy(hub.repository)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "symlink", "encoding": "", "content": ""}, "this is a symlink"),
        ({"type": "file", "encoding": "none", "content": ""}, "a form that is not known"),
        ({"type": "file", "encoding": "base64", "content": "a"}, "a form that is not known"),
    ],
)
async def test_what_is_no_plain_file_is_invalid(
    scripted: Scripted, content: dict[str, str], words: str
) -> None:
    app = scripted.app()
    scripted.say(200, {"sha": "f" * 40, "size": 1, **content})
    scripted.say(404)
    found = await Configuration(app, instance(), rules()).policy(Repository("acme", "shop", 1, 7))
    assert (found.status, found.blob) == ("invalid", "f" * 40)
    assert words in found.problems[0]


async def test_a_text_in_lines_of_base64_is_read(scripted: Scripted) -> None:
    app = scripted.app()
    encoded = encodebytes(CONFIGURATION.encode()).decode()
    scripted.say(200, {"sha": "f" * 40, "size": 1, "type": "file", "encoding": "base64", "content": encoded})
    scripted.say(404)
    found = await Configuration(app, instance(), rules()).policy(Repository("acme", "shop", 1, 7))
    assert found.status == "valid"


# --- the workflows that a configuration names ---------------------------------------------------------

WITH_WORKFLOW = """
version: 1
services:
  api:
    deploy: {driver: github_actions, workflow: deploy.yml, inputs: {region: eu}}
environments:
  staging: {}
"""
LACKING = DEPLOY_WORKFLOW.replace("      sha: {", "      commit: {")


def with_workflow(hub: Hub, workflow: str | bytes | None = DEPLOY_WORKFLOW) -> str:
    """Put a configuration that names a workflow on the default branch, and the workflow; gives the commit."""
    files = {FILE: WITH_WORKFLOW, DEPLOY_WORKFLOW_PATH: workflow}
    return hub.world.push("olive", SHOP, "main", files).sha


def reads(hub: Hub) -> list[int]:
    return [asked.status for asked in hub.asked if asked.path.endswith(f"contents/{DEPLOY_WORKFLOW_PATH}")]


async def test_a_workflow_that_takes_what_it_is_sent_is_valid(hub: Hub) -> None:
    with_workflow(hub)
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.problems, found.warnings) == ("valid", (), ())
    assert found.blob == blob(hub)
    assert reads(hub) == [200]


async def test_nothing_deploys_while_the_default_branchs_workflow_lacks_an_input(hub: Hub) -> None:
    with_workflow(hub, LACKING)
    hub.world.push("ada", SHOP, "free-shipping", {DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW})
    found = await loader(hub).policy(hub.repository)
    assert (found.status, found.policy) == ("invalid", None)
    missing, required = found.problems
    assert missing.startswith(f"{FILE}:5:48: `deploy.yml` does not declare the input `sha`; ")
    assert "requires the input `commit`" in required


async def test_a_change_is_judged_with_its_own_workflow(hub: Hub) -> None:
    with_workflow(hub)
    configuration = loader(hub)
    changed = {FILE: WITH_WORKFLOW, DEPLOY_WORKFLOW_PATH: LACKING}
    sha = hub.world.push("ada", SHOP, "free-shipping", changed).sha
    assert (await configuration.policy_at(hub.repository, sha)).status == "invalid"
    assert (await configuration.policy(hub.repository)).status == "valid"
    mended = hub.world.push("ada", SHOP, "free-shipping", {DEPLOY_WORKFLOW_PATH: DEPLOY_WORKFLOW}).sha
    assert (await configuration.policy_at(hub.repository, mended)).status == "valid"


async def test_a_workflow_is_at_most_fifteen_seconds_old_and_fresh_on_demand(hub: Hub) -> None:
    with_workflow(hub)
    configuration = loader(hub)
    await configuration.policy(hub.repository)
    with_workflow(hub, LACKING)
    hub.clock.time += 14
    assert (await configuration.policy(hub.repository)).status == "valid"
    assert (await configuration.policy(hub.repository, fresh=True)).status == "invalid"
    with_workflow(hub)
    hub.clock.time += 15
    assert (await configuration.policy(hub.repository)).status == "valid"
    assert reads(hub) == [200, 200, 200]
    await configuration.policy(hub.repository, fresh=True)
    assert reads(hub)[-1] == 304


async def test_a_workflow_that_is_not_there_is_said(hub: Hub) -> None:
    with_workflow(hub, None)
    found = await loader(hub).policy(hub.repository)
    assert found.problems == (f"{FILE}:5:48: there is no file `{DEPLOY_WORKFLOW_PATH}` in this repository",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#" * (256 * 1024 + 1), "the file has 262145 bytes; the limit is 262144"),
        ("on: [\n", "line 2, column 1: this is not valid YAML"),
    ],
)
async def test_a_workflow_that_cannot_be_used_is_said(hub: Hub, text: str, words: str) -> None:
    with_workflow(hub, text)
    found = await loader(hub).policy(hub.repository)
    assert found.status == "invalid"
    assert found.problems[0].startswith(f"{FILE}:5:48: `deploy.yml` cannot be read: {words}")


async def test_a_folder_in_the_place_of_a_workflow_is_said(hub: Hub) -> None:
    with_workflow(hub, None)
    hub.world.push("olive", SHOP, "main", {f"{DEPLOY_WORKFLOW_PATH}/x": "x\n"})
    found = await loader(hub).policy(hub.repository)
    assert "cannot be read: this is a folder; it must be a file" in found.problems[0]


async def test_a_github_that_cannot_answer_for_a_workflow_is_no_verdict(hub: Hub) -> None:
    with_workflow(hub)
    hub.world.faults.add(Fault("status", status=502, path=".*/deploy.yml", times=1))
    with pytest.raises(PassingFault):
        await loader(hub).policy(hub.repository)


async def test_a_configuration_without_workflows_asks_for_none(hub: Hub) -> None:
    await loader(hub).policy(hub.repository)
    assert not any("workflows" in asked.path for asked in hub.asked)
