"""What workflow runs and jobs say of a deployment: in words, in states, and in which order they count."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.domain.values import Report, Repository
from bot.domain.workflow_runs import (
    NAME_CHARS_MAX,
    Job,
    RunStatus,
    Step,
    WorkflowRun,
    deployments_in,
    dispatch_name,
    report_of_job,
    report_of_run,
    run_name,
    status_of,
)

AT = 1_770_000_000.0
OURS = "d-0123456789"
PAGE = "https://github.example/acme/shop/actions/runs/5"


def job(status: RunStatus = "in_progress", conclusion: str | None = None, **changes: Any) -> Job:
    values: dict[str, Any] = {"name": "deploy", "url": f"{PAGE}/job/7", "at": AT} | changes
    return Job(status=status, conclusion=conclusion, **values)


def step(name: str, status: str = "queued", conclusion: str | None = None, at: float | None = None) -> Step:
    return Step(name=name, status=status, conclusion=conclusion, at=at)


def run(
    status: RunStatus = "in_progress", conclusion: str | None = None, *jobs: Job, **changes: Any
) -> WorkflowRun:
    values: dict[str, Any] = {
        "id": 5,
        "attempt": 1,
        "title": f"Deploy {OURS}",
        "url": PAGE,
        "created_at": AT,
        "updated_at": AT,
    } | changes
    return WorkflowRun(status=status, conclusion=conclusion, jobs=jobs, **values)


def place(report: Report) -> int:
    assert report.sequence is not None
    return report.sequence


# --- states and words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word,status",
    [
        ("queued", "queued"),
        ("requested", "queued"),
        ("pending", "queued"),
        ("waiting", "waiting"),
        ("in_progress", "in_progress"),
        ("completed", "completed"),
        ("never_heard_of", "queued"),
        (None, "queued"),
    ],
)
def test_a_status_that_nobody_has_heard_of_has_not_begun(word: str | None, status: str) -> None:
    assert status_of(word) == status


@pytest.mark.parametrize(
    "conclusion,state,words",
    [
        ("success", "succeeded", "the workflow succeeded"),
        ("cancelled", "cancelled", "the workflow was cancelled on GitHub"),
        ("skipped", "failed", "the workflow did nothing: its conclusion is skipped"),
        ("neutral", "failed", "the workflow did nothing: its conclusion is neutral"),
        ("timed_out", "failed", "the workflow took longer than GitHub allows (timed_out)"),
        (
            "startup_failure",
            "failed",
            "GitHub could not start the workflow (startup_failure): is its file valid?",
        ),
        ("stale", "failed", "GitHub gave the workflow up (stale)"),
        ("never_heard_of", "failed", "the workflow's conclusion is never_heard_of"),
        (None, "failed", "the workflow's conclusion is missing"),
    ],
)  # fmt: skip
def test_only_what_github_calls_a_success_is_one(conclusion: str | None, state: str, words: str) -> None:
    report = report_of_run(run("completed", conclusion), "d-1")
    assert (report.state, report.description, report.log_url) == (state, words, PAGE)


@pytest.mark.parametrize(
    "status,state,words",
    [
        ("queued", "accepted", None),
        ("waiting", "accepted", "the workflow waits for an approval on GitHub"),
        ("in_progress", "in_progress", None),
    ],
)
def test_a_run_that_goes_on_is_taken_or_under_way(status: RunStatus, state: str, words: str | None) -> None:
    report = report_of_run(run(status), "d-1")
    assert (report.deployment, report.state, report.description) == ("d-1", state, words)
    assert (report.log_url, report.again) == (PAGE, False)


STEPS = (step("Sign in", "completed", "success"), step("Roll out", "in_progress"), step("Check"))


@pytest.mark.parametrize(
    "told,state,words",
    [
        (job("queued"), "accepted", "deploy waits for a runner"),
        (job("waiting"), "accepted", "deploy waits for an approval on GitHub"),
        (job("in_progress"), "in_progress", "deploy runs"),
        (job("in_progress", steps=STEPS), "in_progress", "deploy: step 2 of 3, Roll out"),
        (job("in_progress", steps=STEPS[:1]), "in_progress", "deploy: step 1 of 1, Sign in"),
        (job("completed", "success"), "in_progress", "deploy is done"),
        (job("completed", "cancelled"), "in_progress", "deploy was cancelled"),
        (job("completed", "skipped"), "in_progress", "deploy was skipped"),
        (job("completed", "failure"), "in_progress", "deploy failed"),
        (job("completed", "timed_out"), "in_progress", "deploy failed (timed_out)"),
        (job("completed", None), "in_progress", "deploy failed (no conclusion)"),
        (
            job("completed", "failure", steps=(STEPS[0], step("Check", "completed", "failure"))),
            "in_progress",
            "deploy failed at the step Check",
        ),
    ],
)
def test_a_job_says_what_it_does_and_never_ends_the_deployment(told: Job, state: str, words: str) -> None:
    report = report_of_job(told, 1, "d-1")
    assert (report.state, report.description) == (state, words)


def test_only_a_failed_jobs_own_page_is_worth_a_link() -> None:
    assert report_of_job(job("in_progress"), 1, "d-1").log_url is None
    assert report_of_job(job("completed", "failure"), 1, "d-1").log_url == f"{PAGE}/job/7"


@pytest.mark.parametrize(
    "jobs,words",
    [
        ((job("completed", "success", name="build"), job("in_progress")), "deploy runs"),
        ((job("queued", name="test"), job("in_progress")), "deploy runs"),
        ((job("in_progress", name="test"), job("waiting")), "deploy waits for an approval on GitHub"),
        ((job("completed", "failure", name="test"), job("in_progress")), "test failed"),
        ((job("completed", "success", name="a"), job("completed", "success", at=AT + 1)), "deploy is done"),
        ((job("completed", "skipped"),), None),
    ],
)
def test_of_several_jobs_the_one_that_people_have_to_know_of_is_told(
    jobs: tuple[Job, ...], words: str | None
) -> None:
    assert report_of_run(run("in_progress", None, *jobs), "d-1").description == words


def test_a_failed_run_names_the_job_and_the_step_and_leads_there() -> None:
    broken = job("completed", "failure", steps=(step("Health check", "completed", "failure"),))
    report = report_of_run(run("completed", "failure", job("completed", "skipped"), broken), "d-1")
    assert report.description == "deploy failed at the step Health check"
    assert (report.state, report.log_url) == ("failed", f"{PAGE}/job/7")


def test_a_failed_run_whose_jobs_were_not_read_covers_nothing_that_they_said() -> None:
    report = report_of_run(run("completed", "failure"), "d-1")
    assert (report.state, report.description, report.log_url) == ("failed", None, None)


def test_a_success_is_told_as_one_whatever_its_jobs_say() -> None:
    broken = job("completed", "failure")
    report = report_of_run(run("completed", "success", broken), "d-1")
    assert (report.state, report.description, report.log_url) == ("succeeded", "the workflow succeeded", PAGE)


def test_a_run_that_was_started_again_says_so() -> None:
    assert report_of_run(run("completed", "success", attempt=2), "d-1").again
    assert report_of_job(job(), 2, "d-1").again
    assert not report_of_job(job(), 1, "d-1").again


# --- hostile names --------------------------------------------------------------------------------------


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=100))
def test_whatever_jobs_and_steps_are_called_the_words_are_short_and_plain(
    name: str, doing: str, url: str
) -> None:
    told = job(name=name, url=url, steps=(step(doing, "in_progress"),))
    for report in (report_of_job(told, 1, "d-1"), report_of_run(run("in_progress", None, told), "d-1")):
        assert report.description is not None
        assert len(report.description) <= 2 * NAME_CHARS_MAX + 30 < DESCRIPTION_CHARS_MAX
        assert not any(ord(character) < 32 for character in report.description)


def test_a_link_that_is_none_of_the_webs_is_dropped() -> None:
    assert report_of_run(run(url="javascript:alert(1)"), "d-1").log_url is None
    assert report_of_job(job("completed", "failure", url="javascript:1"), 1, "d-1").log_url is None


# --- which comes first ----------------------------------------------------------------------------------


def test_within_a_second_what_comes_later_counts_more() -> None:
    told = [
        report_of_run(run("queued"), "d-1"),
        report_of_run(run("in_progress"), "d-1"),
        report_of_job(job("completed", "success", name="build"), 1, "d-1"),
        report_of_job(job("queued"), 1, "d-1"),
        report_of_job(job("in_progress"), 1, "d-1"),
        report_of_run(run("in_progress", None, job()), "d-1"),
        report_of_job(job("completed", "failure"), 1, "d-1"),
        report_of_run(run("completed", "failure"), "d-1"),
        report_of_run(run("queued", attempt=2), "d-1"),
    ]
    places = [place(report) for report in told]
    assert places == sorted(set(places))


def test_a_clock_that_is_ahead_never_hides_an_end() -> None:
    ahead = report_of_job(job("in_progress", at=AT + 3600), 1, "d-1")
    assert place(ahead) < place(report_of_run(run("completed", "success"), "d-1"))


def test_another_jobs_progress_never_covers_a_failure() -> None:
    failed = report_of_job(job("completed", "failure"), 1, "d-1")
    later = report_of_job(job("in_progress", name="tidy up", at=AT + 60), 1, "d-1")
    skipped = report_of_job(job("completed", "cancelled", at=AT + 61), 1, "d-1")
    assert place(later) < place(failed)
    assert place(skipped) < place(failed)


def test_a_look_that_sees_a_later_step_is_newer_than_the_event_of_the_jobs_beginning() -> None:
    began = report_of_job(job("in_progress"), 1, "d-1")
    seen = job(steps=(step("Sign in", "completed", "success", AT + 5), step("Roll out", "in_progress")))
    looked = report_of_run(run("in_progress", None, seen), "d-1")
    assert place(looked) > place(began)


@given(st.integers(1, 10**9), st.floats(0, 1e12))
def test_a_place_is_a_number_that_every_program_can_hold(attempt: int, at: float) -> None:
    report = report_of_run(run("completed", "success", attempt=attempt, updated_at=at), "d-1")
    assert 0 <= place(report) < 2**53


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title,found",
    [
        (f"Deploy api to production ({OURS})", (OURS,)),
        (OURS, (OURS,)),
        (f"{OURS} {OURS}", (OURS,)),
        (f"{OURS} after d-abcdefghjk", (OURS, "d-abcdefghjk")),
        ("Deploy", ()),
        ("", ()),
        (f"{OURS}0", ()),
        (f"x{OURS}", ()),
        (f"bad-{OURS}", ()),
        ("d-012345678", ()),
        ("d-0123456I89", ()),
    ],
)
def test_our_ids_are_found_in_titles_and_nothing_like_them(title: str, found: tuple[str, ...]) -> None:
    assert deployments_in(title) == found


def test_a_name_holds_its_repository_so_that_no_other_can_speak_for_it() -> None:
    mine, theirs = Repository("acme", "shop", 1, 7), Repository("evil", "shop", 2, 8)
    assert run_name(mine, 5) == "run:1:5"
    assert run_name(mine, 5) != run_name(theirs, 5)
    assert dispatch_name(mine, OURS) == f"dispatch:1:{OURS}"
    assert dispatch_name(mine, OURS) != dispatch_name(theirs, OURS)
