"""Pull requests: lists, one, its files, commits and reviews, and opening one."""

from bot.sandbox.github.acts import pulls
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Refusal, invalid
from bot.sandbox.github.history import Difference
from bot.sandbox.github.records import PullRequest, Repository
from bot.sandbox.github.shapes.commits import commit, file_change
from bot.sandbox.github.shapes.pulls import full_pull, review, simple_pull

FILES_MAX = 3000
COMMITS_MAX = 250


def list_pulls(call: Call) -> Answer:
    """Pull requests by state, head (`owner:branch`) and base; the newest first."""
    query = call.query
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("PullRequest", "state", "invalid")
    found = [pull for pull in call.repository.pulls if state in ("all", pull.state)]
    if ":" in query.get("head", ""):  # without an owner GitHub ignores the filter
        found = [pull for pull in found if _label(pull) == query["head"]]
    if query.get("base"):
        found = [pull for pull in found if pull.base_ref == query["base"]]
    by_update = query.get("sort") == "updated"
    found.sort(key=lambda pull: (pull.updated_at if by_update else pull.created_at, pull.number))
    is_ascending = query.get("direction") == "asc"
    shown = found if is_ascending else found[::-1]
    page = call.page(shown, newest="last" if is_ascending else "first")
    return Answer([simple_pull(call.memory, call.repository, pull) for pull in page])


def get_pull(call: Call) -> Answer:
    """One pull request."""
    return Answer(full_pull(call.memory, call.repository, _pull(call)))


def list_files(call: Call) -> Answer:
    """What a pull request changes; at most 3,000 files."""
    pull, repository = _pull(call), call.repository
    base = _difference(repository, pull).merge_base
    changes = repository.history.changes(base, pull.head_sha)[:FILES_MAX]
    shown = call.page(changes)
    return Answer([file_change(call.memory, repository, change, pull.head_sha) for change in shown])


def list_commits(call: Call) -> Answer:
    """The commits of a pull request, oldest first; at most 250."""
    repository = call.repository
    shas = call.page(_difference(repository, _pull(call)).ahead[:COMMITS_MAX])
    return Answer([commit(call.memory, repository, repository.history.commits[sha]) for sha in shas])


def list_reviews(call: Call) -> Answer:
    """The reviews, oldest first."""
    pull = _pull(call)
    return Answer([review(call.memory, call.repository, pull, one) for one in call.page(pull.reviews)])


def create_pull(call: Call) -> Answer:
    """Opens a pull request from a branch of this repository."""
    repository, body = call.repository, call.body
    head = body["head"].removeprefix(f"{repository.owner.login}:")
    for name, ref in (("head", head), ("base", body["base"])):
        if ref not in repository.branches:
            raise invalid("PullRequest", name, "invalid")
    if not repository.history.difference(repository.branches[body["base"]], repository.branches[head]).ahead:
        raise _no_pull(f"No commits between {body['base']} and {head}")
    taken = (pull for pull in repository.pulls if pull.state == "open" and pull.head_repository is repository)
    if any((pull.head_ref, pull.base_ref) == (head, body["base"]) for pull in taken):
        raise _no_pull(f"A pull request already exists for {repository.owner.login}:{head}.")
    proposal = pulls.Proposal(
        call.actor,
        body.get("title", head),
        body.get("body", ""),
        repository,
        head,
        body["base"],
        body.get("draft", False),
    )
    return Answer(full_pull(call.memory, repository, pulls.open_pull(call.memory, repository, proposal)), 201)


def _pull(call: Call) -> PullRequest:
    return call.memory.pull(call.repository, call.number("pull_number"))


def _difference(repository: Repository, pull: PullRequest) -> Difference:
    return repository.history.difference(pull.base_sha, pull.head_sha)


def _label(pull: PullRequest) -> str:
    return f"{pull.head_repository.owner.login}:{pull.head_ref}"


def _no_pull(message: str) -> Refusal:
    errors = [{"resource": "PullRequest", "code": "custom", "message": message}]
    return Refusal(422, "Validation Failed", errors=errors)
