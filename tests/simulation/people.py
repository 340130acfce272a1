"""What people do in one run: commands on pull requests and in Slack, forms, buttons, pushes, merges, files.

Each deed is one function in a table with its weight; a deed that cannot be done now is left out. People see
only what GitHub and Slack show them. Must never look at the bot or its ledger.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.github import NotAllowed
from bot.sandbox.github.exchange import Refusal
from bot.sandbox.github.records import Comment, PullRequest
from bot.sandbox.github.seed import CONFIGURATION_PATH, SHOP
from bot.sandbox.github.site import SITE
from bot.sandbox.slack import Message, Outgoing
from tests.simulation.counting import Trace
from tests.simulation.stage import CHANNEL, INVALID, REPORTER, Stage, configuration

DEPLOYERS = ("ada", "grace", "lin")
EVERYBODY = (*DEPLOYERS, "mallory")
ENVIRONMENTS = ("staging", "production")
SERVICES = ("api", "web", "worker", "all", "api web")
FOCUSED = 0.7
"""How many of the deeds are about the same service and environment."""
TO_AND_FRO = frozenset({"deploy", "deploy what fails", "push", "roll back", "roll back in slack", "press"})
"""What some stories are mostly about: one service in one environment goes forth and back."""
CANNOT = (NotAllowed, LookupError, Refusal, ValueError)
"""What the worlds say to a deed that cannot be done now."""


@dataclass
class Said:
    """What people said: comments that are commands, and what went to Slack's app."""

    comments: list[tuple[str, Comment]] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    """Commands, presses and forms, in the order in which they were given."""


class People:
    """All of them. `live` lets them do so many deeds."""

    def __init__(self, stage: Stage, chance: random.Random, trace: Trace) -> None:
        self._stage = stage
        self._chance = chance
        self._trace = trace
        self._branches = 0
        self._is_to_and_fro = chance.random() < 0.4
        self._focus = (chance.choice(("api", "api", "web", "worker")), chance.choice(ENVIRONMENTS))
        self.said = Said()

    async def live(self, deeds: int) -> None:
        """Do things, one after another, with pauses between none and a minute."""
        names = list(DEEDS)
        weights = [weight * self._keenness(name) for name, (weight, _) in DEEDS.items()]
        for _ in range(deeds):
            await asyncio.sleep(self._chance.choice((0.0, 0.5, 3.0, 10.0, 10.0, 30.0, 60.0)))
            (name,) = self._chance.choices(names, weights)
            try:
                DEEDS[name][1](self)
            except CANNOT as error:
                self._trace.say(f"people cannot {name}: {type(error).__name__}")
                continue
            self._trace.say(f"people: {name}")
            self._trace.count(f"deed: {name}")

    def _keenness(self, name: str) -> float:
        """How much more these people like to do something than others do."""
        return 4.0 if self._is_to_and_fro and name in TO_AND_FRO else 1.0

    # --- what they choose from -------------------------------------------------------------------------

    def _who(self) -> str:
        return self._chance.choice(DEPLOYERS)

    def _environment(self) -> str:
        """Mostly the one that this story is about."""
        return self._focus[1] if self._is_in_focus() else self._chance.choice(ENVIRONMENTS)

    def _is_in_focus(self) -> bool:
        return self._is_to_and_fro or self._chance.random() < FOCUSED

    def _service(self) -> str:
        return self._focus[0] if self._is_in_focus() else self._chance.choice(SERVICES)

    def _one_service(self) -> str:
        service = self._service()
        return service if service in ("api", "web", "worker") else "api"

    def _pull(self, repository: str = SHOP) -> PullRequest:
        pulls = [pull for pull in self._stage.github.repository(repository).pulls if pull.state == "open"]
        if not pulls:
            raise LookupError("no pull request is open")
        return self._chance.choice(pulls)

    def _any_pull(self) -> PullRequest:
        return self._chance.choice(self._stage.github.repository(SHOP).pulls)

    def _says(self, who: str, text: str, pull: PullRequest, repository: str = SHOP) -> None:
        comment = self._stage.github.comment(who, repository, pull.number, text)
        self.said.comments.append((repository, comment))
        self._trace.count(f"command: {text.split(maxsplit=1)[0].removeprefix('/')} on a pull request")

    def _types(self, who: str, command: str, text: str, channel: str = CHANNEL) -> None:
        sent = self._stage.slack.slash_command(f"U0{who.upper()}", channel, command, text)
        if sent is not None:
            self.said.sent.append(sent)
        word = text.split(maxsplit=1)[0] if command == "/pointsman" else command.removeprefix("/")
        self._trace.count(f"command: {word} in slack")

    def _prompt(self) -> tuple[Message, str]:
        """The newest message with buttons, and one of these."""
        bot = self._stage.slack.installation.bot_user_id
        found = [
            each for each in self._stage.slack.space.messages if each.user == bot and "Keep" in each.buttons
        ]
        if not found:
            raise LookupError("no button")
        return found[-1], self._chance.choice(found[-1].buttons)

    # --- commands on pull requests -----------------------------------------------------------------------

    def deploy(self) -> None:
        text = f"/deploy {self._service()} {self._environment()}"
        if self._chance.random() < 0.2:
            text += " because it has to be"
        self._says(self._who(), text, self._pull())

    def deploy_site(self) -> None:
        self._says(self._who(), f"/deploy site {self._environment()}", self._pull(SITE), SITE)

    def deploy_twice(self) -> None:
        pull, text, who = self._pull(), f"/deploy {self._service()} {self._environment()}", self._who()
        self._says(who, text, pull)
        self._says(who, text, pull)

    def deploy_as_a_stranger(self) -> None:
        self._says("mallory", "/deploy api production", self._pull())

    def misspell(self) -> None:
        text = self._chance.choice(
            ("/deploy apo production", "/deploy api produktion", "/pointsman deploi api")
        )
        self._says(self._who(), text, self._pull())

    def ask(self) -> None:
        text = self._chance.choice(
            ("/status", "/help", "/status api production", "/deploy api staging --dry-run")
        )
        self._says(self._who(), text, self._pull())

    def roll_back(self) -> None:
        text = f"/rollback {self._one_service()} {self._environment()}"
        self._says(self._who(), text, self._any_pull())

    def answer_bare(self) -> None:
        self._says(self._who(), self._chance.choice(("/retry", "/keep", "/cancel")), self._any_pull())

    def roll_back_site(self) -> None:
        self._says(self._who(), f"/rollback site {self._environment()}", self._pull(SITE), SITE)

    # --- Slack -------------------------------------------------------------------------------------------

    def deploy_in_slack(self) -> None:
        self._types(self._who(), "/deploy", f"acme/shop {self._service()} {self._environment()}")

    def deploy_site_in_slack(self) -> None:
        self._types(self._who(), "/deploy", f"acme/site site {self._environment()}", "C0ACMESITE")

    def roll_back_in_slack(self) -> None:
        self._types(self._who(), "/rollback", f"{self._one_service()} {self._environment()}")

    def ask_in_slack(self) -> None:
        self._types(self._chance.choice(EVERYBODY), "/pointsman", self._chance.choice(("status", "help")))

    def cancel_in_slack(self) -> None:
        orders = self._stage.deployer.orders
        runs = [run.inputs["deployment"] for run in self._stage.github.actions.runs.values()]
        known = [order.deployment for order in orders] + runs
        if not known:
            raise LookupError("nothing was ordered yet")
        self._types(self._who(), "/pointsman", f"cancel {known[-1]}")

    def press(self) -> None:
        self._pressed(self._who(), *self._prompt())

    def press_twice(self) -> None:
        message, label = self._prompt()
        who = self._who()
        self._pressed(who, message, label)
        self._pressed(who, message, label)

    def press_against_each_other(self) -> None:
        message, _ = self._prompt()
        for who, label in zip(DEPLOYERS, ("Roll back", "Retry", "Keep"), strict=True):
            if label in message.buttons:
                self._pressed(who, message, label)

    def _pressed(self, who: str, message: Message, label: str) -> None:
        self.said.sent.append(self._stage.slack.press(f"U0{who.upper()}", message, label))
        self._trace.count(f"button: {label}")

    def open_form(self) -> None:
        self._types(self._who(), "/deploy", "")

    def submit_form(self) -> None:
        who = self._who()
        views = [view for view in self._stage.slack.modals(f"U0{who.upper()}") if view.data.get("submit")]
        if not views:
            raise LookupError("no form is open")
        values = {"services": ["api"], "environment": self._environment()}
        self.said.sent.append(self._stage.slack.submit_view(f"U0{who.upper()}", views[-1], values))
        self._trace.count("command: a form in slack")

    def open_home(self) -> None:
        self._stage.slack.open_home(f"U0{self._who().upper()}")

    # --- code --------------------------------------------------------------------------------------------

    def push(self) -> None:
        pull = self._pull()
        content = f"x = {self._chance.randint(1, 9999)}\n"
        service = self._chance.choice(("api/app.py", "web/index.html", "worker/main.py"))
        self._stage.github.push("ada", SHOP, pull.head_ref, {f"services/{service}": content}, "Another try")

    def push_by_force(self) -> None:
        pull = self._pull()
        files = {"services/api/app.py": f"y = {self._chance.randint(1, 9999)}\n"}
        self._stage.github.push("ada", SHOP, pull.head_ref, files, "All anew", force=True)

    def push_to_site(self) -> None:
        pull = self._pull(SITE)
        files = {"content/about.md": f"# About us\n\n{self._chance.randint(1, 99)} people.\n"}
        self._stage.github.push("grace", SITE, pull.head_ref, files, "About us")

    def open_pull_request(self) -> None:
        self._branches += 1
        service = self._chance.choice(("api/new.py", "web/new.html", "worker/new.py"))
        files = {f"services/{service}": f"z = {self._branches}\n"}
        who = self._chance.choice(("ada", "grace"))
        self._stage.github.open_pull_request(
            who, SHOP, f"change-{self._branches}", f"Change {self._branches}", files
        )

    def merge(self) -> None:
        self._stage.github.merge(self._chance.choice(("grace", "lin")), SHOP, self._pull().number)

    def close(self) -> None:
        self._stage.github.close("grace", SHOP, self._pull().number)

    def reopen(self) -> None:
        closed = [
            pull
            for pull in self._stage.github.repository(SHOP).pulls
            if pull.state == "closed" and pull.merged_at is None
        ]
        if not closed:
            raise LookupError("nothing is closed")
        self._stage.github.reopen("grace", SHOP, self._chance.choice(closed).number)

    def run_checks_again(self) -> None:
        repository = self._stage.github.repository(SHOP)
        runs = [each for each in repository.check_runs.values() if each.name.startswith("pointsman/")]
        if not runs:
            raise LookupError("no check ran yet")
        self._stage.github.rerequest_check("grace", self._chance.choice(runs).id)

    def change_configuration(self) -> None:
        self._configure(configuration(self._chance, self._stage.afterwards))

    def break_configuration(self) -> None:
        self._configure(INVALID)

    def _configure(self, text: str) -> None:
        self._stage.github.push("olive", SHOP, "main", {CONFIGURATION_PATH: text}, "Other rules")

    def put_right(self) -> None:
        """At the end the configuration is one that holds."""
        repository = self._stage.github.repository(SHOP)
        tree = repository.history.commits[repository.branches["main"]].tree
        if b"htpp" in bytes(tree[CONFIGURATION_PATH].content):
            self.change_configuration()

    # --- deployers ---------------------------------------------------------------------------------------

    def make_deployers_differ(self) -> None:
        behaviours = (
            "fail",
            "silent",
            "late",
            "duplicate_reports",
            "synchronous",
            "reject",
            "hostile",
            "fail",
        )
        self._stage.deployer.play_next(self._chance.choice(behaviours))  # type: ignore[arg-type]

    def make_workflows_differ(self) -> None:
        self._stage.github.actions.play_next(self._chance.choice(("fail", "silent", "held", "waiting")))

    def make_followers_differ(self) -> None:
        follower = self._stage.github.actions.followers[REPORTER]
        follower.play_next(self._chance.choice(("fail", "silent", "late")))

    def deploy_what_fails(self) -> None:
        service, environment = self._focus
        if service == "worker":
            self._stage.github.actions.followers[REPORTER].play_next("fail")
        else:
            self._stage.deployer.play_next("fail")
        self._says(self._who(), f"/deploy {service} {environment}", self._pull())

    def let_late_ones_go_on(self) -> None:
        self._stage.deployer.release_late()
        self._stage.github.release_late()
        self._stage.github.release_runs()

    def archive_the_site(self) -> None:
        """Somebody archives a repository, sees that it was the wrong one, and takes it back."""
        site = self._stage.github.repository(SITE)
        if site.archived:
            raise LookupError("it is archived")
        site.archived = True
        asyncio.get_running_loop().call_later(self._chance.uniform(5, 90), self.unarchive)

    def unarchive(self) -> None:
        """The repository can be written to again."""
        self._stage.github.repository(SITE).archived = False

    def run_workflow_again(self) -> None:
        over = [run for run in self._stage.github.actions.runs.values() if run.is_over]
        if not over:
            raise LookupError("no run is over")
        self._stage.github.rerun_all("grace", SITE, over[-1].id)


DEEDS: dict[str, tuple[float, Callable[[People], None]]] = {
    "deploy": (10, People.deploy),
    "deploy the site": (4, People.deploy_site),
    "deploy twice": (2, People.deploy_twice),
    "deploy what fails": (5, People.deploy_what_fails),
    "deploy as a stranger": (1, People.deploy_as_a_stranger),
    "misspell": (1, People.misspell),
    "ask": (1, People.ask),
    "roll back": (5, People.roll_back),
    "answer without an id": (2, People.answer_bare),
    "roll the site back": (1, People.roll_back_site),
    "deploy in slack": (5, People.deploy_in_slack),
    "deploy the site in slack": (2, People.deploy_site_in_slack),
    "roll back in slack": (2, People.roll_back_in_slack),
    "ask in slack": (1, People.ask_in_slack),
    "cancel in slack": (2, People.cancel_in_slack),
    "press": (6, People.press),
    "press twice": (2, People.press_twice),
    "press against each other": (2, People.press_against_each_other),
    "open a form": (2, People.open_form),
    "submit a form": (3, People.submit_form),
    "open home": (1, People.open_home),
    "push": (4, People.push),
    "push by force": (2, People.push_by_force),
    "push to the site": (1, People.push_to_site),
    "open a pull request": (2, People.open_pull_request),
    "merge": (2, People.merge),
    "close": (1, People.close),
    "reopen": (1, People.reopen),
    "run checks again": (1, People.run_checks_again),
    "change the configuration": (1, People.change_configuration),
    "break the configuration": (0.5, People.break_configuration),
    "make deployers differ": (6, People.make_deployers_differ),
    "make workflows differ": (2, People.make_workflows_differ),
    "make followers differ": (2, People.make_followers_differ),
    "let late ones go on": (1, People.let_late_ones_go_on),
    "archive the site": (0.5, People.archive_the_site),
    "run a workflow again": (0.5, People.run_workflow_again),
}
