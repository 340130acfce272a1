"""What is in a repository: the repository itself, files, branches, tags and the activity log."""

from collections.abc import Sequence

from bot.sandbox.github.call import Answer, Call, resolve
from bot.sandbox.github.exchange import Json, Refusal, not_found
from bot.sandbox.github.history import TreeEntry, entries_of
from bot.sandbox.github.records import Activity, Repository
from bot.sandbox.github.shapes.commits import commit, content_entry, content_file
from bot.sandbox.github.shapes.repositories import (
    activity,
    api_address,
    full_repository,
    page_address,
    tag,
)

_DAY_SECONDS = 86_400
PERIOD_SECONDS = {
    "day": _DAY_SECONDS,
    "week": 7 * _DAY_SECONDS,
    "month": 31 * _DAY_SECONDS,
    "quarter": 92 * _DAY_SECONDS,
    "year": 366 * _DAY_SECONDS,
}
ACTIVITY_KINDS = ("push", "force_push", "branch_creation", "branch_deletion", "pr_merge", "merge_queue_merge")


def get_repository(call: Call) -> Answer:
    """The repository."""
    return Answer(full_repository(call.memory, call.repository))


def get_content(call: Call) -> Answer:
    """A file (as JSON, or raw where the Accept header asks for that) or a directory."""
    repository = call.repository
    ref = call.query.get("ref") or repository.default_branch
    sha = resolve(repository, ref)
    if sha is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    path = call.params["path"].strip("/")
    tree = repository.history.commits[sha].tree
    if path in tree:
        blob = tree[path]
        if ".raw" in call.request.headers.get("accept", ""):
            return Answer(raw=blob.content, content_type="application/vnd.github.raw; charset=utf-8")
        return Answer(content_file(call.memory, repository, TreeEntry(path, blob.sha, blob), ref))
    entries = entries_of(tree, path)
    if not entries:
        raise not_found()
    return Answer([content_entry(call.memory, repository, entry, ref) for entry in entries])


def get_branch(call: Call) -> Answer:
    """A branch with its head."""
    repository, name = call.repository, call.params["branch"]
    if name not in repository.branches:
        raise Refusal(404, "Branch not found")
    url = f"{api_address(call.memory, repository)}/branches/{name}"
    page = f"{page_address(call.memory, repository)}/tree/{name}"
    head = repository.history.commits[repository.branches[name]]
    return Answer(
        {
            "name": name,
            "commit": commit(call.memory, repository, head),
            "_links": {"self": url, "html": page},
            **_protection(repository, name),
            "protection_url": f"{url}/protection",
        }
    )


def _protection(repository: Repository, branch: str) -> Json:
    """What the older branch protection says; a ruleset protects a branch too, but is told elsewhere."""
    rules = repository.branch_rules.get(branch)
    own = rules if rules is not None and not rules.by_ruleset else None
    contexts = own.contexts if own is not None else []
    return {
        "protected": rules is not None,
        "protection": {
            "enabled": own is not None,
            "required_status_checks": {
                "enforcement_level": "non_admins" if contexts else "off",
                "contexts": [name for name, _ in contexts],
                "checks": [{"context": name, "app_id": app} for name, app in contexts],
            },
        },
    }


def list_tags(call: Call) -> Answer:
    """The tags, the last in the alphabet first."""
    tags = sorted(call.repository.tags.items(), reverse=True)
    return Answer([tag(call.memory, call.repository, name, sha) for name, sha in call.page(tags)])


def list_activity(call: Call) -> Answer:
    """The activity log, newest first, by cursor."""
    _check_activity_query(call)
    entries = [e for e in reversed(call.repository.activity) if _is_wanted(call, e)]
    if call.query.get("direction") == "asc":
        entries.reverse()
    shown = _after_cursor(call, call.behind(entries, "first"))
    size = call.per_page()
    if len(shown) > size:
        call.link({"next": {"after": str(shown[size - 1].id)}})
    return Answer([activity(call.memory, entry) for entry in shown[:size]])


def _check_activity_query(call: Call) -> None:
    allowed: Json = {"activity_type": ACTIVITY_KINDS, "time_period": PERIOD_SECONDS}
    for name, values in allowed.items():
        if name in call.query and call.query[name] not in values:
            raise Refusal(422, "Validation Failed", errors=[f"Invalid {name}"])


def _is_wanted(call: Call, entry: Activity) -> bool:
    query = call.query
    ref = query.get("ref")
    period = PERIOD_SECONDS.get(query.get("time_period", ""))
    return (
        (ref is None or ref in (entry.ref, entry.ref.removeprefix("refs/heads/")))
        and query.get("activity_type", entry.kind) == entry.kind
        and query.get("actor", entry.actor.login).lower() == entry.actor.login.lower()
        and (period is None or call.memory.clock() - entry.timestamp <= period)
    )


def _after_cursor(call: Call, entries: Sequence[Activity]) -> list[Activity]:
    cursor = call.query.get("after")
    if cursor is None:
        return list(entries)
    places = [place for place, entry in enumerate(entries) if str(entry.id) == cursor]
    return list(entries[places[0] + 1 :]) if places else []
