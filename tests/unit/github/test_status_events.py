"""What deliveries of `deployment_status` mean: whose word counts for which deployment."""

from typing import Any

import msgspec
import pytest

from bot.domain.events import DeployerReported
from bot.github.translate import TranslateContext, translate
from bot.ports import Incoming, Meant, Translated
from bot.sandbox.github.records import Deployment
from tests.unit.drivers.workflows import SHOP, ActionsStage
from tests.unit.github.hub import APP_ID

ID = "d-0000000001"
US = TranslateContext(app_id=APP_ID, app_slug="pointsman")
UNNAMED = TranslateContext(app_id=APP_ID)


def body(**changes: Any) -> dict[str, Any]:
    """A delivery as GitHub sends it; `changes` go to its parts, `deployment__payload` for instance."""
    made: dict[str, Any] = {
        "action": "created",
        "deployment_status": {
            "id": 9_000_000_001,
            "state": "in_progress",
            "creator": {"login": "acme-cd[bot]", "type": "Bot"},
            "description": "3 of 5 pods replaced",
            "created_at": "2026-11-24T10:00:05Z",
            "log_url": "https://cd.example.com/1",
            "target_url": "https://cd.example.com/old",
            "performed_via_github_app": {"id": 7, "slug": "acme-cd"},
        },
        "deployment": {
            "id": 8_000_000_001,
            "payload": {"pointsman": ID, "service": "api"},
            "created_at": "2026-11-24T10:00:00Z",
            "creator": {"login": "pointsman[bot]", "type": "Bot"},
            "performed_via_github_app": None,
        },
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
        "repository": {"id": 1, "name": "shop", "owner": {"login": "acme"}, "default_branch": "main"},
        "installation": {"id": 5},
        "sender": {"login": "acme-cd[bot]", "type": "Bot"},
    }
    for place, value in changes.items():
        part, _, name = place.partition("__")
        if name:
            made[part][name] = value
        else:
            made[part] = value
    return made


def heard(context: TranslateContext = US, event: str = "deployment_status", **changes: Any) -> Translated:
    encoded = msgspec.json.encode(body(**changes))
    return translate(Incoming(source="github", id="x", event=event, body=encoded, received_at=0.0), context)


def meant(context: TranslateContext = US, **changes: Any) -> Meant:
    translated = heard(context, **changes)
    assert len(translated.events) == 1, translated.reason
    return translated.events[0]


def reported(context: TranslateContext = US, **changes: Any) -> DeployerReported:
    data = meant(context, **changes).data
    assert isinstance(data, DeployerReported)
    return data


def test_an_apps_status_of_our_deployment_is_its_report() -> None:
    event, said = meant(), reported()
    assert (event.found_by, event.key) == ((ID,), "")
    assert event.natural == "deployment-status:1:9000000001"
    assert said.by == "status:acme-cd"
    assert (said.report.deployment, said.report.state) == (ID, "in_progress")
    assert (said.report.description, said.report.log_url) == (
        "3 of 5 pods replaced",
        "https://cd.example.com/1",
    )
    assert said.report.sequence == 5 * 4 + 1
    assert heard().subject == "acme/shop deployment 8000000001"


def test_the_old_name_of_the_log_is_read_too() -> None:
    assert reported(deployment_status__log_url="").report.log_url == "https://cd.example.com/old"


@pytest.mark.parametrize(
    "payload", [f'{{"pointsman": "{ID}"}}', {"pointsman": ID}], ids=["as text", "as an object"]
)
def test_a_payload_comes_as_an_object_or_as_text(payload: object) -> None:
    assert reported(deployment__payload=payload).report.deployment == ID


@pytest.mark.parametrize(
    "payload",
    [
        {},
        "",
        "{}",
        None,
        [],
        "no json",
        "[" * 5_000,
        5,
        {"pointsman": None},
        {"pointsman": 5},
        {"pointsman": [ID]},
        {"pointsman": "slot:acme/shop/api/production"},
        {"pointsman": ID + "x"},
        {"deployment": ID},
    ],
)
def test_a_deployment_without_our_id_is_none_of_ours(payload: object) -> None:
    assert heard(deployment__payload=payload).reason == "not_our_deployment"


@pytest.mark.parametrize(
    "creator",
    [
        None,
        {"login": "github-actions[bot]", "type": "Bot"},
        {"login": "mallory", "type": "User"},
        {"login": "pointsman[bot]", "type": "User"},
        {"login": "pointsman", "type": "Bot"},
        {"login": "pointsman", "type": "Organization"},
        {"login": "evil-pointsman[bot]", "type": "Bot"},
    ],
)
def test_our_id_in_somebody_elses_deployment_is_worth_nothing(creator: object) -> None:
    assert heard(deployment__creator=creator).reason == "not_our_deployment"


def test_a_person_who_deploys_through_our_app_is_not_our_app() -> None:
    through_us = {"id": APP_ID, "slug": "pointsman"}
    translated = heard(
        deployment__creator={"login": "mallory", "type": "User"},
        deployment__performed_via_github_app=through_us,
    )
    assert translated.reason == "not_our_deployment"


def test_while_our_name_is_unknown_our_number_tells_our_deployments() -> None:
    assert heard(UNNAMED).reason == "not_our_deployment"
    through_us = {"id": APP_ID, "slug": "pointsman"}
    assert reported(UNNAMED, deployment__performed_via_github_app=through_us).by == "status:acme-cd"
    of_another = {"id": 7, "slug": "acme-cd"}
    assert heard(UNNAMED, deployment__performed_via_github_app=of_another).reason == "not_our_deployment"


@pytest.mark.parametrize("context", [US, UNNAMED])
def test_our_own_statuses_say_nothing_new(context: TranslateContext) -> None:
    through_us = {"id": APP_ID, "slug": "pointsman"}
    translated = heard(
        context,
        deployment_status__creator={"login": "pointsman[bot]", "type": "Bot"},
        deployment_status__performed_via_github_app=through_us,
        deployment__performed_via_github_app=through_us,
    )
    assert translated.reason == "own_status"


@pytest.mark.parametrize(
    "creator",
    [
        None,
        {"login": "mallory", "type": "User"},
        {"login": "acme-cd[bot]", "type": "User"},
        {"login": "acme-cd", "type": "Bot"},
    ],
)
def test_a_persons_status_counts_for_no_app_even_through_one(creator: object) -> None:
    assert heard(deployment_status__creator=creator).reason == "status_of_no_app"


@pytest.mark.parametrize("state", ["inactive", "abandoned"])
def test_a_deployment_that_something_else_replaced_did_not_end_by_that(state: str) -> None:
    assert heard(deployment_status__state=state).reason == "state_not_used"


def test_only_new_statuses_count() -> None:
    assert heard(action="edited").reason == "action_not_used"


@pytest.mark.parametrize(
    "changes,path",
    [
        ({"deployment__id": "x"}, "deployment.id"),
        ({"deployment__created_at": None}, "deployment.created_at"),
        ({"deployment_status__state": 5}, "deployment_status.state"),
        ({"deployment_status__created_at": "yesterday"}, "deployment_status.created_at"),
    ],
)
def test_what_is_missing_or_of_another_type_is_named(changes: dict[str, Any], path: str) -> None:
    assert heard(**changes).reason == f"payload_incomplete: {path}"


def test_what_is_not_asked_may_be_missing() -> None:
    old = body()
    for name in ("performed_via_github_app", "log_url"):
        del old["deployment_status"][name]
    del old["deployment"]["performed_via_github_app"], old["check_run"], old["workflow_run"]
    encoded = msgspec.json.encode(old)
    incoming = Incoming(source="github", id="x", event="deployment_status", body=encoded, received_at=0.0)
    assert len(translate(incoming, US).events) == 1


@pytest.mark.parametrize("event", ["check_run", "workflow_run", "workflow_job", "pull_request"])
def test_under_another_events_name_it_means_nothing(event: str) -> None:
    changes: dict[str, Any] = {event: {}}
    assert heard(event=event, **changes).reason == "body_does_not_match_event"


# --- at the simulated GitHub -------------------------------------------------------------------------


@pytest.fixture
def stage() -> ActionsStage:
    return ActionsStage()


async def ours(stage: ActionsStage) -> Deployment:
    client = stage.app.installation(stage.installation)
    wanted = {"ref": stage.sha, "auto_merge": False, "required_contexts": [], "payload": {"pointsman": ID}}
    made = await client.post("/repos/acme/shop/deployments", data=wanted)
    return stage.world.repository(SHOP).deployments[made["id"]]


async def test_other_systems_report_and_nobody_else(stage: ActionsStage) -> None:
    deployment = await ours(stage)
    stage.world.add_app("acme-cd")
    stage.world.report_deployment("acme-cd", SHOP, deployment.id, "success", "5 of 5 pods ready")
    (said,) = stage.reports()
    assert (said.by, said.report.state, said.report.description) == (
        "status:acme-cd",
        "succeeded",
        "5 of 5 pods ready",
    )


async def test_the_deployment_that_a_jobs_environment_makes_never_counts(stage: ActionsStage) -> None:
    client = stage.app.installation(stage.installation)
    inputs = {"sha": stage.sha, "environment": "production", "service": "api", "deployment": ID}
    path = "/repos/acme/shop/actions/workflows/deploy.yml/dispatches"
    await client.post(path, data={"ref": "main", "inputs": inputs})
    stage.play()
    (made,) = stage.world.environment_deployments(SHOP)
    assert made.state == "success"
    translated = [each for each in stage.delivered() if each.subject == f"{SHOP} deployment {made.id}"]
    assert len(translated) >= 3
    assert {(each.reason, each.events) for each in translated} == {("not_our_deployment", ())}
