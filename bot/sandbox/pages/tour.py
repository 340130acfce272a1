"""The guided tour: five steps, each with what to do, how to see that it is done, and somebody who does it.

Whether a step is done is read from the worlds, so it does not matter who did it or how. Must never act by
itself: only a press of the button does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from markupsafe import Markup

from bot.sandbox.deployer import Run
from bot.sandbox.github import Fault, NotAllowed
from bot.sandbox.github.outbox import HookDelivery
from bot.sandbox.github.records import PullRequest, Repository
from bot.sandbox.github.seed import AUTHOR, ON_CALL, REVIEWER
from bot.sandbox.pages.github_deeds import Deed, Proposal, open_pull, push
from bot.sandbox.pages.github_pane import pull_at
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.places import repository_at, towards
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.switches import find_switch
from bot.sandbox.pages.tour_state import Mark
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import Message, Outgoing

PROMPT = "Roll back"
CHANNEL = "deploys"
ASKED = "Asked for. The bot answers with 👀 and asks the deployer."
ORDERED = "Asked for. The bot asks the deployer."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: done, or `now`, a sentence on what is seen so far; `begun` when it is under way."""

    done: bool = False
    now: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `pane` is where to look, `side` what the third one shows then.

    `progress` is pure, `act` does what the text says, as `actor`.
    """

    title: str
    text: str
    watch: str
    pane: str
    progress: Callable[[Worlds, Mark], Progress]
    act: Callable[[Worlds], None]
    side: str = ""
    actor: str = AUTHOR


def mark(worlds: Worlds) -> Mark:
    """How much has happened by now."""
    deliveries = worlds.github.deliveries.entries
    return Mark(
        runs=len(worlds.deployer.runs),
        requests=len(worlds.slack.space.outbox.sent),
        comment=_newest_comment(worlds),
        delivery=next(reversed(deliveries), 0),
    )


def go_on(worlds: Worlds) -> bool:
    """Take note of a finished step; whether there was one."""
    tour = worlds.tour
    if not tour.shown or tour.finished >= len(STEPS):
        return False
    if not STEPS[tour.finished].progress(worlds, tour.mark).done:
        return False
    tour.go_on(mark(worlds))
    return True


def do_it(worlds: Worlds) -> None:
    """Do what the present step asks for; NotAllowed, LookupError."""
    if worlds.tour.finished < len(STEPS):
        STEPS[worlds.tour.finished].act(worlds)


def turned_to_the_tour(worlds: Worlds, look: Look) -> Look:
    """The same view, but of the repository that the tour is about."""
    repository = repository_at(worlds.github, Look())
    if repository_at(worlds.github, look) is repository:
        return look
    return replace(look, **towards(worlds, look, repository))


def tour_pane(worlds: Worlds, look: Look, trouble: str = "") -> Markup:
    """The present step, with what is seen of it so far."""
    tour = worlds.tour
    step = STEPS[tour.finished] if tour.finished < len(STEPS) else None
    shown = {
        "look": look,
        "trouble": trouble,
        "tour": tour,
        "steps": STEPS,
        "step": step,
        "progress": step.progress(worlds, tour.mark) if step else Progress(done=True),
        "there": _there(turned_to_the_tour(worlds, look), step) if step else "",
        "can_restart": worlds.restart_bot is not None,
        "is_last": tour.finished == len(STEPS) - 1,
    }
    return render("panes/tour.html", shown)


def _there(look: Look, step: Step) -> str:
    """The address at which one sees what the step does."""
    channel = CHANNEL if step.pane == "slack" else look.channel
    return f"{look.link(side=step.side or look.side, channel=channel)}#pane-{step.pane}"


# How far a step is


def _deployed(worlds: Worlds, since: Mark) -> Progress:
    runs = [run for run in _runs(worlds, since, "deploy") if run.order.environment == "production"]
    return _run_progress(runs, ASKED if _new_comment(worlds, since) else "")


def _failed(worlds: Worlds, since: Mark) -> Progress:
    runs = [run for run in _runs(worlds, since, "deploy") if _end(run) != "succeeded"]
    if any(_end(run) == "failed" for run in runs):
        prompt = _prompt(worlds)
        return Progress(
            prompt is not None, "It failed. The bot writes what went wrong and what was good last.", True
        )
    if runs:
        return _run_progress(runs, ASKED)
    if "fail" in worlds.deployer.upcoming:
        return Progress(now="The next deployment will fail. Push a commit and comment /deploy production.")
    return Progress()


def _rolled_back(worlds: Worlds, since: Mark) -> Progress:
    pressed = [one for one in _sent(worlds, since) if one.name == PROMPT]
    asked = ORDERED if pressed else ""
    return _done_by(worlds, pressed, _run_progress(_runs(worlds, since, "rollback"), asked))


def _asked_in_slack(worlds: Worlds, since: Mark) -> Progress:
    asked = [one for one in _sent(worlds, since) if one.kind in ("command", "event")]
    if not asked:
        return Progress()
    return _done_by(worlds, asked, _run_progress(_runs(worlds, since, "deploy"), ORDERED))


def _found_again(worlds: Worlds, since: Mark) -> Progress:
    is_losing = find_switch("webhooks_lost").is_on(worlds)
    lost = _lost(worlds, since)
    if lost is None:
        return Progress(now="GitHub loses its webhooks now. Comment /deploy staging." if is_losing else "")
    again = [
        one
        for one in _deliveries(worlds, since)
        if one.redelivery and one.webhook.guid == lost.webhook.guid and 200 <= one.status_code < 300
    ]
    if again:
        return _found(_runs(worlds, since, "deploy"))
    if is_losing:
        return Progress(now="Lost, as GitHub's log shows. Switch “Webhooks get lost” off again.", begun=True)
    return Progress(
        now="Lost: GitHub's log of deliveries shows it as failed, and nothing happens. At each start, and "
        "every few minutes, the bot asks GitHub what it missed.",
        begun=True,
    )


def _found(runs: list[Run]) -> Progress:
    """How far a deployment is whose comment came late."""
    if any(_end(run) for run in runs):
        return Progress(done=True)
    now = "Found: the bot asked GitHub for it again"
    if runs and runs[-1].told:
        return Progress(now=f"{now}, and deploys: {runs[-1].told[-1].description}.", begun=True)
    return Progress(now=f"{now}, and does now what the comment asks for.", begun=True)


def _run_progress(runs: list[Run], asked: str) -> Progress:
    """How far the newest of these is; `asked` says that it was asked for, empty while it was not."""
    if any(_end(run) == "succeeded" for run in runs):
        return Progress(done=True)
    if not runs:
        return Progress(now=asked, begun=bool(asked))
    told = runs[-1].told
    if _end(runs[-1]):
        return Progress(now=f"That one did not work: {told[-1].description}. Try again.")
    now = f"Under way: {told[-1].description}." if told else "The deployer took the order."
    return Progress(now=now, begun=True)


def _runs(worlds: Worlds, since: Mark, action: str) -> list[Run]:
    return [run for run in worlds.deployer.runs[since.runs :] if run.order.action == action]


def _end(run: Run) -> str:
    """How a run ended, as far as the deployer told; empty while it has not."""
    return run.told[-1].state if run.told and run.told[-1].is_end else ""


def _done_by(worlds: Worlds, sent: list[Outgoing], progress: Progress) -> Progress:
    """The same, with who asked for it in Slack."""
    if progress.done or not sent or not sent[-1].user:
        return progress
    return replace(progress, now=f"Done as {worlds.slack.space.name_of(sent[-1].user)}. {progress.now}")


def _sent(worlds: Worlds, since: Mark) -> list[Outgoing]:
    """What Slack sent the bot since, oldest first."""
    return worlds.slack.space.outbox.sent[since.requests :]


def _new_comment(worlds: Worlds, since: Mark) -> bool:
    """Whether somebody asked for production since."""
    comments = repository_at(worlds.github, Look()).comments
    return any(
        one.body.startswith("/deploy") and "production" in one.body
        for one in comments.values()
        if one.id > since.comment
    )


def _newest_comment(worlds: Worlds) -> int:
    """The number of the newest one in the repository that the tour is about."""
    return max(repository_at(worlds.github, Look()).comments, default=0)


def _prompt(worlds: Worlds) -> Message | None:
    """The newest message in the tour's channel that asks whether to roll back."""
    channel = worlds.slack.channel(CHANNEL).id
    for message in reversed(worlds.slack.space.messages):
        if message.channel == channel and PROMPT in message.buttons:
            return message
    return None


def _deliveries(worlds: Worlds, since: Mark) -> list[HookDelivery]:
    """Attempts that began since, newest first."""
    found = []
    for entry in reversed(worlds.github.deliveries.entries.values()):
        if entry.id <= since.delivery:
            break
        found.append(entry)
    return found


def _lost(worlds: Worlds, since: Mark) -> HookDelivery | None:
    """The newest comment of which GitHub could not tell the bot."""
    for entry in _deliveries(worlds, since):
        is_comment = entry.webhook.event == "issue_comment" and not entry.redelivery
        if is_comment and entry.delivered_at is not None and entry.status_code == 0:
            return entry
    return None


# Who does it


def _place(worlds: Worlds) -> tuple[Repository, PullRequest]:
    """The open pull request to play with; one is opened where there is none."""
    repository = repository_at(worlds.github, Look())
    pull = pull_at(repository, Look())
    if pull is None or pull.state != "open":
        proposal = Proposal(AUTHOR, repository, "Free returns", "services/api")
        pull = open_pull(worlds.github, proposal)
    return repository, pull


def _comment(worlds: Worlds, text: str) -> None:
    repository, pull = _place(worlds)
    worlds.github.comment(AUTHOR, repository.full_name, pull.number, text)


def _deploy(worlds: Worlds) -> None:
    _comment(worlds, "/deploy production")


def _fail(worlds: Worlds) -> None:
    if "fail" not in worlds.deployer.upcoming:
        worlds.deployer.play_next("fail")
    repository, pull = _place(worlds)
    push(worlds.github, Deed(AUTHOR, repository, pull))
    _comment(worlds, "/deploy production")


def _roll_back(worlds: Worlds) -> None:
    prompt = _prompt(worlds)
    if prompt is None:
        raise NotAllowed("Nobody asks for a rollback now. Comment /rollback production instead.")
    worlds.slack.press(ON_CALL, prompt, PROMPT)


def _ask_in_slack(worlds: Worlds) -> None:
    worlds.slack.slash_command(REVIEWER, CHANNEL, "/deploy", "api staging")


def _lose(worlds: Worlds) -> None:
    worlds.github.faults.add(Fault("lose", event="issue_comment", times=1))
    _comment(worlds, "/deploy staging")


STEPS: tuple[Step, ...] = (
    Step(
        "Deploy",
        "Comment /deploy production on the pull request, as ada.",
        "The bot answers with 👀 at once. Its comment, the GitHub Deployment and one Slack message "
        "follow, and are kept up to date in place.",
        "github",
        _deployed,
        _deploy,
    ),
    Step(
        "A deployment fails",
        "Switch on “The next deployment fails”, push a commit and comment /deploy production again.",
        "The bot says what the deployer said, what was good last, and asks what to do.",
        "slack",
        _failed,
        _fail,
    ),
    Step(
        "Roll back",
        "Press Roll back under the bot's question in #deploys. The button here is pressed as lin, on call.",
        "The last good commit runs again, and who decided is written down.",
        "slack",
        _rolled_back,
        _roll_back,
        actor=ON_CALL,
    ),
    Step(
        "From Slack",
        "Type /deploy api staging in #deploys; the button here does it as grace. Without a pull request, "
        "main is deployed.",
        "One message, whose thread tells the story: who asked, what changes, how it goes.",
        "slack",
        _asked_in_slack,
        _ask_in_slack,
        actor=REVIEWER,
    ),
    Step(
        "A webhook gets lost",
        "Switch on “Webhooks get lost”, comment /deploy staging, switch it off, look under Deliveries, "
        "restart the bot.",
        "GitHub sends nothing twice by itself. At each start, and every few minutes, the bot asks for it.",
        "side",
        _found_again,
        _lose,
        side="deliveries",
    ),
)
