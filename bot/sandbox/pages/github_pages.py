"""The simulated GitHub's pages: pull requests to act on, the repository, commits and comparisons.

Must never do anything that the simulated GitHub would not let this person do.
"""

from dataclasses import replace

from aiohttp import web

from bot.sandbox.github.exchange import Refusal
from bot.sandbox.github.records import PullRequest, Repository
from bot.sandbox.pages import github_deeds
from bot.sandbox.pages.github_pane import newest_deployments
from bot.sandbox.pages.look import Look, look_at
from bot.sandbox.pages.paper import Paper
from bot.sandbox.pages.people import login_of, person_called
from bot.sandbox.pages.places import towards, ways_out
from bot.sandbox.pages.rendering import html_reply, render
from bot.sandbox.pages.replies import Sent, answer, read_form
from bot.sandbox.pages.run_pane import RUN_DEEDS, find_run
from bot.sandbox.pages.worlds import Worlds


class GitHubPages:
    """The handlers of the pages below `/github`."""

    def __init__(self, worlds: Worlds, paper: Paper) -> None:
        self._worlds = worlds
        self._paper = paper

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        home = "/github/{owner}/{name}"
        pull = home + "/pull/{number:[0-9]+}"
        return [
            web.get(pull, self.show_pull),
            web.get(pull + "/{rest:.*}", self.lead_back),
            web.post(pull, self.act),
            web.post(home + "/pulls", self.open_pull),
            web.get(home + "/actions/runs/{run:[0-9]+}", self.show_run),
            web.get(home + "/actions/runs/{run:[0-9]+}/{rest:.*}", self.lead_back),
            web.post(home + "/actions/runs/{run:[0-9]+}", self.act_on_run),
            web.get(home, self.show_repository),
            web.get(home + "/commit/{head}", self.show_changes),
            web.get(home + "/compare/{base}...{head}", self.show_changes),
        ]

    async def show_pull(self, request: web.Request) -> web.Response:
        """A pull request on a page of its own."""
        self._pull(request, self._repository(request))
        return await self._paper.page(request, look_at(request.path, request.query))

    async def lead_back(self, request: web.Request) -> web.Response:
        """`…/pull/1/files`, `…/runs/1/job/2` and the like: all on the one page."""
        raise web.HTTPSeeOther(request.path.rsplit(f"/{request.match_info['rest']}", 1)[0])

    async def act(self, request: web.Request) -> web.Response:
        """Do something on a pull request."""
        sent = await read_form(request)
        repository = self._repository(request)
        pull = self._pull(request, repository)
        act = github_deeds.DEEDS.get(sent.field("deed"))
        if act is None:
            raise web.HTTPBadRequest(text="Nobody can do that here.")

        def do() -> None:
            deed = github_deeds.Deed(
                self._login(sent), repository, pull, sent.text("text"), sent.text("thing")
            )
            act(self._worlds.github, deed)

        return await answer(sent, "github", do, self._paper.trouble)

    async def open_pull(self, request: web.Request) -> web.Response:
        """Open a pull request, and look at it."""
        sent = await read_form(request)
        repository = self._repository(request)

        def do() -> Look:
            proposal = github_deeds.Proposal(
                self._login(sent), repository, sent.field("title"), sent.field("directory")
            )
            pull = github_deeds.open_pull(self._worlds.github, proposal)
            if sent.look.page == "/":
                to = towards(self._worlds, sent.look, repository) | {"pull": str(pull.number)}
                return replace(sent.look, **to)
            return look_at(f"/github/{repository.full_name}/pull/{pull.number}", {"as": sent.look.person})

        return await answer(sent, "github", do, self._paper.trouble)

    async def show_run(self, request: web.Request) -> web.Response:
        """A run of a workflow."""
        return await self._paper.page(request, look_at(request.path, request.query))

    async def act_on_run(self, request: web.Request) -> web.Response:
        """Cancel a run, let it go on, or run it again."""
        sent = await read_form(request)
        act = RUN_DEEDS.get(sent.field("deed"))
        if act is None:
            raise web.HTTPBadRequest(text="Nobody can do that here.")

        def do() -> None:
            run = find_run(
                self._worlds.github, self._repository(request).full_name, request.match_info["run"]
            )
            act(self._worlds.github, self._login(sent), run)

        return await answer(sent, "run", do, self._paper.trouble)

    async def show_repository(self, request: web.Request) -> web.Response:
        """A repository: its pull requests, branches and deployments."""
        repository = self._repository(request)
        look = Look(page=request.path, repository=repository.full_name)
        shown = {
            "repository": repository,
            "deployments": newest_deployments(repository),
            "runs": self._worlds.github.actions.runs_of(repository),
            "ways_out": ways_out(self._worlds, look),
            "look": look,
        }
        return html_reply(request, render("repository.html", shown))

    async def show_changes(self, request: web.Request) -> web.Response:
        """What one commit, or the way from one commit to another, changes."""
        repository = self._repository(request)
        head = _commit(repository, request.match_info["head"])
        commit = repository.history.commits[head]
        given = request.match_info.get("base")
        base = _commit(repository, given) if given else next(iter(commit.parents), None)
        look = Look(page=request.path, repository=repository.full_name)
        shown = {
            "repository": repository,
            "base": base,
            "commit": commit,
            "compared": given is not None,
            "files": repository.history.changes(base, head),
            "ways_out": ways_out(self._worlds, look),
            "look": look,
        }
        return html_reply(request, render("changes.html", shown))

    def _login(self, sent: Sent) -> str:
        return login_of(person_called(self._worlds, sent.look.person))

    def _pull(self, request: web.Request, repository: Repository) -> PullRequest:
        try:
            return self._worlds.github.pull(repository, int(request.match_info["number"]))
        except Refusal as error:
            raise web.HTTPNotFound(text="There is no such pull request.") from error

    def _repository(self, request: web.Request) -> Repository:
        named = f"{request.match_info['owner']}/{request.match_info['name']}"
        try:
            return self._worlds.github.repository(named)
        except Refusal as error:
            raise web.HTTPNotFound(text=f"There is no repository {named}.") from error


def _commit(repository: Repository, name: str) -> str:
    """The SHA that a name means: a branch, a tag, a SHA or its beginning."""
    known = repository.branches.get(name) or repository.tags.get(name)
    commit = repository.history.by_prefix(known or name)
    if commit is None:
        raise web.HTTPNotFound(text=f"There is no commit {name} in {repository.full_name}.")
    return commit.sha
