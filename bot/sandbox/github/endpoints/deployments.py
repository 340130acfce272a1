"""Deployments and their statuses, with the defaults that surprise people."""

from bot.sandbox.github.acts import branches, checks, deployments
from bot.sandbox.github.call import Answer, Call, resolve
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.records import Deployment, DeploymentStatus, Repository
from bot.sandbox.github.shapes.deployments import deployment, deployment_status

_PASSED = ("success", "neutral", "skipped")


def list_deployments(call: Call) -> Answer:
    """Deployments by SHA, ref, task and environment; the newest first."""
    filters = ("sha", "ref", "task", "environment")
    wanted = {name: call.query[name] for name in filters if call.query.get(name)}
    found = [
        one
        for one in reversed(call.repository.deployments.values())
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]
    shown = call.page(found, newest="first")
    return Answer([deployment(call.memory, call.repository, one) for one in shown])


def get_deployment(call: Call) -> Answer:
    """One deployment."""
    return Answer(deployment(call.memory, call.repository, _deployment(call)))


def create_deployment(call: Call) -> Answer:
    """A deployment ("Create a deployment").

    By default the default branch is merged into the ref first (202: no deployment was made), and every check
    and status has to be green (409).
    """
    repository, ref = call.repository, call.body["ref"]
    sha = resolve(repository, ref)
    if sha is None:
        raise Refusal(422, f"No ref found for: {ref}")
    if call.body.get("auto_merge", True) and _merge_default_branch(call, ref):
        message = f"Auto-merged {repository.default_branch} into {ref} on deployment."
        return Answer({"message": message}, 202)
    _check_contexts(call, ref, sha)
    made = _new_deployment(call, sha)
    deployments.create(call.memory, repository, made)
    return Answer(deployment(call.memory, repository, made), 201)


def list_statuses(call: Call) -> Answer:
    """The statuses of a deployment, the newest first."""
    parent = _deployment(call)
    shown = call.page(parent.statuses[::-1], newest="first")
    return Answer([deployment_status(call.memory, call.repository, parent, one) for one in shown])


def create_status(call: Call) -> Answer:
    """A status of a deployment."""
    parent, body = _deployment(call), call.body
    made = DeploymentStatus(
        call.memory.new_id(),
        body["state"],
        call.actor,
        body.get("description", ""),
        body.get("environment", parent.environment),
        body.get("environment_url", ""),
        str(body.get("log_url", body.get("target_url", ""))),
        call.memory.clock(),
    )
    auto_inactive = body.get("auto_inactive", True)
    deployments.add_status(call.memory, call.repository, parent, made, auto_inactive=auto_inactive)
    return Answer(deployment_status(call.memory, call.repository, parent, made), 201)


def _deployment(call: Call) -> Deployment:
    found = call.repository.deployments.get(call.number("deployment_id"))
    if found is None:
        raise not_found()
    return found


def _new_deployment(call: Call, sha: str) -> Deployment:
    body, now = call.body, call.memory.clock()
    environment = body.get("environment", "production")
    return Deployment(
        call.memory.new_id(),
        sha,
        body["ref"],
        body.get("task", "deploy"),
        environment,
        body.get("payload", {}),
        body.get("description"),
        call.actor,
        True,
        body.get("transient_environment", False),
        body.get("production_environment", environment == "production"),
        now,
        now,
    )


def _merge_default_branch(call: Call, ref: str) -> bool:
    """Merges the default branch into a branch that is behind it; whether it did."""
    repository, history = call.repository, call.repository.history
    tip, newest = repository.branches.get(ref), repository.branches[repository.default_branch]
    if tip is None or newest in history.reachable(tip):
        return False
    tree = history.merged_tree(tip, newest)
    if tree is None:
        raise Refusal(409, f"Conflict merging {repository.default_branch} into {ref}.")
    message = f"Merge branch '{repository.default_branch}' into {ref}"
    content = branches.Content(tree, (tip, newest), message)
    commit = branches.write_commit(call.memory, repository, call.actor, content)
    branches.move(call.memory, repository, branches.Move(f"refs/heads/{ref}", tip, commit.sha, call.actor))
    return True


def _check_contexts(call: Call, ref: str, sha: str) -> None:
    states = _contexts(call.repository, sha)
    required = call.body.get("required_contexts")
    wanted = states if required is None else required
    if all(states.get(name) in _PASSED for name in wanted):
        return
    contexts = [{"context": name, "state": state} for name, state in states.items()]
    entry = {
        "contexts": contexts,
        "resource": "Deployment",
        "field": "required_contexts",
        "code": "invalid",
    }
    raise Refusal(409, f"Conflict: Commit status checks failed for {ref}.", errors=[entry])


def _contexts(repository: Repository, sha: str) -> dict[str, str]:
    states = {status.context: status.state for status in checks.latest_statuses(repository, sha)}
    runs = checks.latest_runs(repository, sha)
    return states | {run.name: run.conclusion or "pending" for run in runs}
