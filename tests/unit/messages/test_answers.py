"""Answers to questions: what is live where, which commands there are, where a story is told."""

from bot.domain.deployment import DriverCall
from bot.domain.events import Live
from bot.domain.policy import Auto, EnvironmentPolicy, Parameter, RepositoryPolicy, ServicePolicy
from bot.domain.slot import Slot
from bot.domain.speech import USAGE
from bot.domain.verdict import Verdict
from bot.messages import answers
from bot.messages.standing import Place
from tests.unit.messages.samples import AT, GOOD, SHOP, deployment, order
from tests.unit.messages.slack import assert_slack_takes

POLICY = RepositoryPolicy(
    services=(
        ServicePolicy(name="api", deploy=DriverCall("http")),
        ServicePolicy(name="web", deploy=DriverCall("http")),
    ),
    environments=(
        EnvironmentPolicy(name="staging", auto=Auto(on="merge")),
        EnvironmentPolicy(name="production", deployers=("acme/backend", "octocat")),
    ),
    params=(
        Parameter(name="verbose", type="boolean", default=False),
        Parameter(name="region", type="choice", options=("eu", "us")),
    ),
)
good = deployment("succeeded", order=order(id="d-0000000009", sha=GOOD))
FROZEN = Verdict(
    gate="freeze",
    state="failed",
    reason="frozen",
    values={"environment": "staging", "by": "lin", "until": AT},
)
BUSY = Slot(
    current=deployment("running"),
    queue=tuple(deployment("queued", order=order(id=f"d-000000001{n}")) for n in range(5)),
    history=(good,),
    live=Live("d-0000000009", GOOD, True),
)
LOST = Slot(history=(deployment("timed_out"),), live=Live("d-0000000009", GOOD, False))


def test_status_tells_what_is_known_and_no_more() -> None:
    slots = (
        Place("api", "production", BUSY),
        Place("web", "production", LOST),
        Place("web", "staging", Slot(), (FROZEN,)),
    )
    message = answers.status(SHOP, slots)
    assert_slack_takes(message)
    assert message.markdown.splitlines()[4:] == [
        (
            "| `api` | `production` | ✅ live 600d5ea | 2026-01-02 14:05 UTC by `d-0000000009` "
            "| 🚀 running, ████░░░░░░ 40 %: c0ffee1 by `d-0000000001`; "
            "🕒 5 waiting: `d-0000000010`, `d-0000000011`, `d-0000000012` and 2 more |  |"
        ),
        "| `web` | `production` | ❓ not known (600d5ea was live before) |  |  |  |",
        (
            "| `web` | `staging` | nothing that Pointsman deployed |  |  | ⛔ `freeze` closed: "
            "Nothing is deployed there for now (`freeze`, or `/freeze`). "
            "(by: `lin`; until: 2026-01-02 14:03 UTC) |"
        ),
        "",
        "Locks and freezes stand in the way of any commit; a pull request's own gates are told there.",
    ]


def test_status_of_very_many_slots_still_fits() -> None:
    slots = tuple(Place(f"service-{n}", "production", BUSY) for n in range(1_000))
    message = answers.status(SHOP, slots)
    assert_slack_takes(message)
    assert len(message.markdown) <= 65_100


def test_status_of_nothing_says_so() -> None:
    message = answers.status(SHOP, ())
    assert "No service and environment" in message.text
    assert_slack_takes(message)


def test_help_lists_commands_and_this_repositorys_own_names() -> None:
    message = answers.help_text(SHOP, POLICY, [(USAGE["deploy"], "Ship services to an environment.")])
    assert_slack_takes(message)
    for said in (
        f"- `{USAGE['deploy']}`: Ship services to an environment.",
        "Services: `api`, `web`",
        "- `staging`: deployed by whoever has write access; deployed by itself on merge",
        "- `production`: deployed by acme/backend, octocat",
        "- `verbose`: boolean, `false` unless given",
        "- `region`: one of `eu`, `us`",
    ):
        assert said in message.markdown


def test_help_about_what_is_not_there_yet_says_so() -> None:
    assert "does not have that command yet" in answers.help_text(SHOP, POLICY, []).text


def test_a_dry_run_names_each_commit_and_that_nothing_was_done() -> None:
    message = answers.dry_run("production", {"api": GOOD}, {})
    assert "- `api` at 600d5ea" in message.markdown
    assert "Nothing was done." in message.text
    assert_slack_takes(message)


def test_a_story_elsewhere_is_pointed_to() -> None:
    assert answers.told_in("r-0000000001", "C0DEPLOY01").text == (
        "Accepted as `r-0000000001`. Follow it in <#C0DEPLOY01>."
    )
    assert answers.told_in("r-0000000001", "#deploys").text.endswith("Follow it in #deploys.")
