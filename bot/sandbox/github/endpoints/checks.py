"""Check runs of the App, and asking for a suite again."""

from bot.sandbox.github.acts import checks
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.records import CheckRun
from bot.sandbox.github.shapes.checks import check_run


def create_run(call: Call) -> Answer:
    """A check run on a commit of this repository."""
    sha = call.body["head_sha"]
    if sha not in call.repository.history.commits:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    ours = call.memory.check_apps[call.memory.app.slug]
    run = checks.create_run(call.memory, call.repository, ours, call.body, call.actor)
    return Answer(check_run(call.memory, call.repository, run), 201)


def get_run(call: Call) -> Answer:
    """A check run of any App."""
    return Answer(check_run(call.memory, call.repository, _run(call)))


def update_run(call: Call) -> Answer:
    """Changes a check run, which only the App that made it may."""
    run = _run(call)
    if run.suite.app.slug != call.memory.app.slug:
        raise Refusal(
            403, "Invalid app_id: a check run can only be modified by the GitHub App that created it."
        )
    checks.update_run(call.memory, call.repository, run, call.body, call.actor)
    return Answer(check_run(call.memory, call.repository, run))


def rerequest_suite(call: Call) -> Answer:
    """Asks for a suite of the App again."""
    suite = call.repository.check_suites.get(call.number("check_suite_id"))
    if suite is None or suite.app.slug != call.memory.app.slug:
        raise not_found()
    checks.rerequest_suite(call.memory, call.repository, suite, call.actor)
    return Answer({}, 201)


def _run(call: Call) -> CheckRun:
    run = call.repository.check_runs.get(call.number("check_run_id"))
    if run is None:
        raise not_found()
    return run
