"""What must hold of what people see at GitHub: comments, reactions, check runs, deployments."""

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from bot.domain.effects import AddReaction, PublishCheck, RecordDeployment, WriteComment
from bot.github.comments import mark_of, text_of
from bot.github.deployment_shapes import our_id
from bot.sandbox.github.records import CheckRun, Deployment, PullRequest, Repository
from tests.simulation.aftermath import Aftermath
from tests.simulation.stage import REPOSITORIES

_CHECKS = ("pointsman/config", "pointsman/plan")


def _twice(what: str, names: Iterable[Hashable]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{count} times: {what} {name}"


def _ours(repository: Repository) -> list[CheckRun]:
    return [each for each in repository.check_runs.values() if each.name.startswith("pointsman/")]


def nothing_stands_at_github_twice(after: Aftermath) -> Iterator[str]:
    """P4: comments, check runs, deployments, reactions."""
    for name in REPOSITORIES:
        repository = after.stage.github.repository(name)
        ours = [each for each in repository.comments.values() if each.by_app]
        yield from _twice("comment", ((name, each.number, each.body.rpartition("<!--")[2]) for each in ours))
        yield from _twice("check run", ((each.name, each.head_sha) for each in _ours(repository)))
        made = [each for each in repository.deployments.values() if each.run_id is None]
        yield from _twice("deployment", (json.dumps(each.payload, sort_keys=True) for each in made))
        for comment in repository.comments.values():
            yield from _twice(
                f"reaction to {comment.body!r}",
                ((each.user.login, each.content) for each in comment.reactions),
            )


def every_comment_says_the_newest(after: Aftermath) -> Iterator[str]:
    """P16: what stands there is the newest that was to be said."""
    for effect in after.effects:
        body = effect.body
        if not isinstance(body, WriteComment) or effect.state != "done":
            continue
        repository = after.stage.github.repository(body.repository.full_name)
        found = [each for each in repository.comments.values() if each.by_app and mark_of(body) in each.body]
        if [(each.number, each.body) for each in found] != [(body.number, text_of(body))]:
            there = [each.body[:200] for each in found]
            yield f"{effect.key} should say {text_of(body)[:200]!r}, there is {there}"


def every_reaction_is_there(after: Aftermath) -> Iterator[str]:
    """A command that was seen shows it."""
    for effect in after.effects:
        body = effect.body
        if not isinstance(body, AddReaction) or effect.state != "done":
            continue
        comment = after.stage.github.repository(body.repository.full_name).comments[body.comment]
        if not any(each.content == body.content for each in comment.reactions):
            yield f"{body.content} is missing on {comment.body!r}"


def no_check_is_left_in_progress_and_each_says_the_newest(after: Aftermath) -> Iterator[str]:
    """P16: a check run is finished, and says what was found last."""
    for name in REPOSITORIES:
        for run in _ours(after.stage.github.repository(name)):
            if run.status != "completed" or run.conclusion is None:
                yield f"{run.name} on {run.head_sha[:7]} is left {run.status}"
    for effect in after.effects:
        body = effect.body
        if isinstance(body, PublishCheck) and effect.state == "done":
            repository = after.stage.github.repository(body.repository.full_name)
            found = [
                each for each in _ours(repository) if (each.name, each.head_sha) == (body.name, body.head_sha)
            ]
            if [(each.conclusion, each.title) for each in found] != [(body.conclusion, body.title)]:
                there = [(each.conclusion, each.title) for each in found]
                wanted = (body.conclusion, body.title)
                yield f"{body.name} on {body.head_sha[:7]} should say {wanted}, there is {there}"


def every_open_head_has_its_checks(after: Aftermath) -> Iterator[str]:
    """P2: however its delivery came."""
    for name in REPOSITORIES:
        repository = after.stage.github.repository(name)
        there = {(each.name, each.head_sha) for each in _ours(repository)}
        for pull in repository.pulls:
            missing = [check for check in _CHECKS if (check, pull.head_sha) not in there]
            if pull.state != "open" or after.may_be_missed(name, pull.number):
                continue
            if missing and not _moved_twice_in_a_second(repository, pull):
                yield f"{name}#{pull.number} lacks {missing} on its head {pull.head_sha[:7]}"


def _last_word(after: Aftermath, deployment: Deployment) -> str | None:
    """What we said of it last: GitHub Actions makes others' inactive where a job of its own succeeds."""
    ours = [each.state for each in deployment.statuses if each.creator is after.stage.github.bot]
    return ours[-1] if ours else None


def _moved_twice_in_a_second(repository: Repository, pull: PullRequest) -> bool:
    """P7 promises no order within a second of GitHub's clock; only the comparison finds such a head."""
    ref = f"refs/heads/{pull.head_ref}"
    seconds = [int(each.timestamp) for each in repository.activity if each.ref == ref]
    return len(seconds) > 1 and seconds[-1] == seconds[-2]


def every_deployment_at_github_says_how_it_ended(after: Aftermath) -> Iterator[str]:
    """P16: none is left in progress, and each says what we know."""
    for effect in after.effects:
        body = effect.body
        if not isinstance(body, RecordDeployment) or effect.state != "done" or body.made_by_driver:
            continue
        repository = after.stage.github.repository(body.repository.full_name)
        found = [each for each in repository.deployments.values() if our_id(each.payload) == body.deployment]
        said = [_last_word(after, each) for each in found]
        if said != [body.state]:
            yield f"{body.deployment} should be {body.state}, we said last {said}"
        if body.state in ("in_progress", "queued"):
            yield f"{body.deployment} is left {body.state}"
    for name in REPOSITORIES:  # of what another system ships it says itself how it goes, also when overtaken
        repository = after.stage.github.repository(name)
        shown = Counter(
            each.environment
            for each in repository.deployments.values()
            if each.run_id is None and each.state == "success" and "service" not in each.payload
        )
        yield from (f"{name}: {count} are live in {where}" for where, count in shown.items() if count > 1)


ALL = (
    nothing_stands_at_github_twice,
    every_comment_says_the_newest,
    every_reaction_is_there,
    no_check_is_left_in_progress_and_each_says_the_newest,
    every_open_head_has_its_checks,
    every_deployment_at_github_says_how_it_ended,
)
