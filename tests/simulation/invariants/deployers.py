"""What must hold of deployments, by the records of those who ship them."""

from collections import Counter
from collections.abc import Iterator

from bot.domain.deployment import Deployment
from bot.sandbox.deployer.world import Run
from tests.simulation.aftermath import Aftermath, ordered_at_github

_STORED = 202


def nothing_is_shipped_twice(after: Aftermath) -> Iterator[str]:
    """P4: a deployment reaches its deployer once at most."""
    started = Counter((run.order.deployment, run.order.attempt) for run in after.stage.deployer.runs)
    yield from (f"the deployer started {count} times: {name}" for name, count in started.items() if count > 1)
    runs = Counter(run.inputs.get("deployment") for run in after.stage.github.actions.runs.values())
    yield from (f"{count} workflow runs of {name}" for name, count in runs.items() if count > 1)
    handed = Counter(name for name, _, _ in ordered_at_github(after.stage))
    yield from (f"{count} GitHub Deployments of {name}" for name, count in handed.items() if count > 1)


def everything_that_was_accepted_is_shipped_or_says_why_not(after: Aftermath) -> Iterator[str]:
    """P5: an accepted command leads to one deployment for each service, or to an outcome with its reason."""
    shipped = after.shipped()
    for request in after.requests.values():
        for order in request.made.orders:
            known = after.deployments.get(order.id)
            part = next(each.deployment for each in request.parts if each.deployment.id == order.id)
            if not part.ended:
                yield f"{order.id} of {request.id} ({order.service} {order.environment}) is left {part.state}"
            elif known is not None and _must_have_been_shipped(known) and order.id not in shipped:
                yield f"{order.id} is {known.state} ({known.reason}), and no deployer ever heard of it"


def _must_have_been_shipped(deployment: Deployment) -> bool:
    withdrawn = deployment.reason == "cancelled_by"  # before its deployer could be asked for it
    ended_there = deployment.state in ("succeeded", "cancelled") and not withdrawn
    return ended_there or deployment.accepted_at is not None


def nothing_is_shipped_that_nobody_asked_for(after: Aftermath) -> Iterator[str]:
    """What deployers did was asked for by a request that is recorded, as it was asked."""
    for id, (sha, service, environment) in after.shipped().items():
        known = after.deployments.get(id)
        if known is None:
            yield f"{id} was shipped ({service} {environment} {sha[:7]}), and nobody knows of it"
        elif (known.order.sha, known.order.service, known.order.environment) != (sha, service, environment):
            yield f"{id} was shipped as {service} {environment} {sha[:7]}, and asked for as {known.order}"


def a_rollback_goes_to_a_recorded_good_commit(after: Aftermath) -> Iterator[str]:
    """P15: the target had succeeded in this slot before, by the deployer's own records where it keeps any."""
    for key, slot in after.slots.items():
        for number, each in enumerate(slot.history):
            if each.order.action != "rollback":
                continue
            good = [past for past in slot.history[:number] if past.state == "succeeded"]
            if each.order.sha not in {past.order.sha for past in good}:
                yield f"{key}: {each.id} went back to {each.order.sha[:7]}, which had never succeeded there"
    told: dict[tuple[str, str], set[str]] = {}
    by_id = {run.order.deployment: run for run in after.stage.deployer.runs}
    for order in after.stage.deployer.orders:
        if order.action == "rollback" and order.sha not in told.get(order.slot, set()):
            yield f"the deployer went back to {order.sha[:7]} in {order.slot}, where it had never succeeded"
        run = by_id.get(order.deployment)
        if run is not None and any(step.state == "succeeded" for step in run.told):
            told.setdefault(order.slot, set()).add(order.sha)


def what_is_live_is_known_or_said_to_be_unknown(after: Aftermath) -> Iterator[str]:
    """P16: what we say is live is what runs there."""
    heard = {run.order.deployment for run in after.stage.deployer.runs if _told_a_success(run)}
    for key, slot in after.slots.items():
        runs = after.running(key)
        if slot.live.known and slot.live.sha is not None and runs is not None and runs != slot.live.sha:
            yield f"{key}: we say {slot.live.sha[:7]}, there runs {runs[:7]}"
        newest = slot.history[-1].id if slot.history else None
        if not slot.live.known and newest in heard and after.made_live(key) == newest:
            yield f"{key}: {newest} told us that it succeeded, and we say that nobody knows what is live"


def _told_a_success(run: Run) -> bool:
    """Whether its last report said so, and we said that we had it."""
    answer = run.statuses[-1] if run.statuses else None
    return run.is_over and answer == _STORED and run.told[-1].state == "succeeded"


ALL = (
    nothing_is_shipped_twice,
    everything_that_was_accepted_is_shipped_or_says_why_not,
    nothing_is_shipped_that_nobody_asked_for,
    a_rollback_goes_to_a_recorded_good_commit,
    what_is_live_is_known_or_said_to_be_unknown,
)
