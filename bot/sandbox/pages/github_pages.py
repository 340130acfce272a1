"""The simulated GitHub's pages: a repository, a pull request, and what people may do on them.

Must never do anything that the simulated GitHub would not let this person do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.github import GitHubWorld, NotAllowed
from bot.sandbox.github.exchange import Refusal
from bot.sandbox.github.records import CheckRun, CommitStatus, PullRequest, Repository
from bot.sandbox.pages.forms import field_of
from bot.sandbox.pages.rendering import page
from bot.sandbox.pages.worlds import Worlds

DEPLOYMENTS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Remark:
    """One entry of a conversation: a comment or a review."""

    id: int
    who: str
    at: float
    body: str
    verdict: str = ""
    edited: bool = False
    reactions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does on a pull request's page."""

    actor: str
    repository: str
    number: int
    text: str


DEEDS: dict[str, Callable[[GitHubWorld, Deed], object]] = {
    "comment": lambda world, deed: world.comment(deed.actor, deed.repository, deed.number, _text(deed)),
    "approve": lambda world, deed: world.review(
        deed.actor, deed.repository, deed.number, "APPROVED", deed.text
    ),
    "merge": lambda world, deed: world.merge(deed.actor, deed.repository, deed.number),
    "close": lambda world, deed: world.close(deed.actor, deed.repository, deed.number),
    "reopen": lambda world, deed: world.reopen(deed.actor, deed.repository, deed.number),
}
_REACTIONS = {
    "+1": "👍",
    "-1": "👎",
    "eyes": "👀",
    "confused": "😕",
    "rocket": "🚀",
    "hooray": "🎉",
    "heart": "❤️",
}


class GitHubPages:
    """The handlers of the pages below `/github`."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        pull = "/github/{owner}/{name}/pull/{number:[0-9]+}"
        return [
            web.get(pull, self.show_pull),
            web.get(pull + "/{rest:.*}", self.show_pull),
            web.post(pull, self.act),
            web.get("/github/{owner}/{name}", self.show_repository),
            web.get("/github/{owner}/{name}/commit/{head}", self.show_changes),
            web.get("/github/{owner}/{name}/compare/{base}...{head}", self.show_changes),
        ]

    async def show_pull(self, request: web.Request) -> web.Response:
        """A pull request."""
        return self._pull_page(request, request.query.get("as", ""), "")

    async def act(self, request: web.Request) -> web.Response:
        """Comment, approve, merge, close or reopen, as the chosen person."""
        form = await request.post()
        number = self._pull(request, self._repository(request)).number
        text = str(form.get("text", "")).replace("\r\n", "\n")
        deed = Deed(field_of(form, "actor"), _named(request), number, text)
        act = DEEDS.get(field_of(form, "deed"))
        if act is None:
            raise web.HTTPBadRequest(text="Nobody can do that here.")
        try:
            act(self._worlds.github, deed)
        except (NotAllowed, Refusal, ValueError) as error:
            return self._pull_page(request, deed.actor, str(error))
        raise web.HTTPSeeOther(f"{request.path}?as={deed.actor}")

    async def show_repository(self, request: web.Request) -> web.Response:
        """A repository: its pull requests, branches and deployments."""
        repository = self._repository(request)
        shown = {"repository": repository, "deployments": _newest_deployments(repository)}
        return page("repository.html", shown)

    async def show_changes(self, request: web.Request) -> web.Response:
        """What one commit, or the way from one commit to another, changes."""
        repository = self._repository(request)
        head = _commit(repository, request.match_info["head"])
        commit = repository.history.commits[head]
        given = request.match_info.get("base")
        base = _commit(repository, given) if given else next(iter(commit.parents), None)
        shown = {"repository": repository, "base": base, "commit": commit}
        return page("changes.html", shown | {"files": repository.history.changes(base, head)})

    def _pull_page(self, request: web.Request, actor: str, trouble: str) -> web.Response:
        repository = self._repository(request)
        pull = self._pull(request, repository)
        people = [one.login for one in self._worlds.github.accounts.values() if one.kind == "User"]
        shown = {
            "repository": repository,
            "pull": pull,
            "remarks": remarks_of(pull),
            "checks": checks_of(repository, pull.head_sha),
            "statuses": statuses_of(repository, pull.head_sha),
            "deployments": _newest_deployments(repository),
            "files": repository.history.changes(pull.base_sha, pull.head_sha),
            "people": people,
            "actor": actor or pull.user.login,
            "trouble": trouble,
        }
        return page("pull.html", shown, 409 if trouble else 200)

    def _pull(self, request: web.Request, repository: Repository) -> PullRequest:
        try:
            return self._worlds.github.pull(repository, int(request.match_info["number"]))
        except Refusal as error:
            raise web.HTTPNotFound from error

    def _repository(self, request: web.Request) -> Repository:
        try:
            return self._worlds.github.repository(_named(request))
        except Refusal as error:
            raise web.HTTPNotFound from error


def remarks_of(pull: PullRequest) -> list[Remark]:
    """The conversation, oldest first."""
    remarks = [
        Remark(
            id=comment.id,
            who=comment.user.login,
            at=comment.created_at,
            body=comment.body,
            edited=comment.updated_at > comment.created_at,
            reactions=_counted([reaction.content for reaction in comment.reactions]),
        )
        for comment in pull.comments
    ]
    remarks += [
        Remark(one.id, one.user.login, one.submitted_at, one.body, one.state.lower().replace("_", " "))
        for one in pull.reviews
    ]
    return sorted(remarks, key=lambda remark: (remark.at, remark.id))


def checks_of(repository: Repository, sha: str) -> list[CheckRun]:
    """The newest check run of each App and name for a commit."""
    newest: dict[tuple[str, str], CheckRun] = {}
    for run_id in repository.runs_by_sha.get(sha, []):
        run = repository.check_runs[run_id]
        newest[run.suite.app.slug, run.name] = run
    return sorted(newest.values(), key=lambda run: (run.suite.app.slug, run.name))


def statuses_of(repository: Repository, sha: str) -> list[CommitStatus]:
    """The newest status of each context for a commit."""
    newest = {status.context: status for status in repository.statuses_by_sha.get(sha, [])}
    return [newest[context] for context in sorted(newest)]


def _newest_deployments(repository: Repository) -> list[Any]:
    return list(reversed(repository.deployments.values()))[:DEPLOYMENTS_SHOWN]


def _counted(contents: list[str]) -> tuple[tuple[str, int], ...]:
    return tuple((_REACTIONS.get(name, name), contents.count(name)) for name in dict.fromkeys(contents))


def _named(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['name']}"


def _commit(repository: Repository, name: str) -> str:
    """The SHA that a name means: a branch, a tag, a SHA or its beginning."""
    known = repository.branches.get(name) or repository.tags.get(name)
    commit = repository.history.by_prefix(known or name)
    if commit is None:
        raise web.HTTPNotFound
    return commit.sha


def _text(deed: Deed) -> str:
    if not deed.text.strip():
        raise ValueError("A comment needs a text.")
    return deed.text
