"""What can be made to go wrong on purpose, one row for each switch, and the pane with the switches.

Must never leave anybody in doubt whether something is broken on purpose: what is on, is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import cast

from markupsafe import Markup

from bot.sandbox.deployer import BEHAVIOURS, Behaviour
from bot.sandbox.deployer.world import WELL, Trouble
from bot.sandbox.github import PRESETS as GITHUB_PRESETS
from bot.sandbox.github.actions.records import RunBehaviour
from bot.sandbox.github.acts.actions import WORKFLOW_FOLDER
from bot.sandbox.github.faults import Fault as GitHubFault
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.people import people, person_called
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.words import words
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import PRESETS as SLACK_PRESETS
from bot.sandbox.slack.faults import Fault as SlackFault

Test = Callable[[Worlds], bool]
Turn = Callable[[Worlds], None]


@dataclass(frozen=True, slots=True)
class Switch:
    """One thing that can go wrong. `often` ones stand in plain sight; `watch` says what to expect.

    `concerns` says whether there is anything that it could break.
    """

    name: str
    label: str
    watch: str
    is_on: Test
    on: Turn
    off: Turn
    often: bool = False
    concerns: Test = lambda worlds: True


def _github(name: str, label: str, watch: str, *, often: bool = False) -> Switch:
    rules = GITHUB_PRESETS[name]

    def off(worlds: Worlds) -> None:
        faults = worlds.github.faults
        faults.rules[:] = [rule for rule in faults.rules if rule not in rules]

    return Switch(
        name,
        label,
        watch,
        lambda worlds: all(rule in worlds.github.faults.rules for rule in rules),
        lambda worlds: worlds.github.faults.preset(name),
        off,
        often,
    )


def _slack(name: str, label: str, watch: str, *, often: bool = False) -> Switch:
    rules = SLACK_PRESETS[name]

    def off(worlds: Worlds) -> None:
        for rule in [rule for rule in worlds.slack.faults.active if rule in rules]:
            worlds.slack.faults.remove(rule)

    return Switch(
        name,
        label,
        watch,
        lambda worlds: all(rule in worlds.slack.faults.active for rule in rules),
        lambda worlds: worlds.slack.faults.preset(name),
        off,
        often,
    )


def _always(behaviour: Behaviour, label: str, watch: str, *, often: bool = False) -> Switch:
    def turn(worlds: Worlds, wanted: Behaviour) -> None:
        worlds.deployer.behaviour = wanted

    return Switch(
        f"deployer_{behaviour}",
        label,
        watch,
        lambda worlds: worlds.deployer.behaviour == behaviour,
        lambda worlds: turn(worlds, behaviour),
        lambda worlds: turn(worlds, "succeed"),
        often,
    )


def _next_trouble(trouble: Trouble, label: str, watch: str) -> Switch:
    return Switch(
        f"order_{trouble}",
        label,
        watch,
        lambda worlds: trouble in worlds.deployer.upcoming,
        lambda worlds: worlds.deployer.break_next(trouble),
        lambda worlds: _forget(worlds, trouble),
    )


def _forget(worlds: Worlds, unwanted: Behaviour | Trouble) -> None:
    """The deployer's next orders do not meet this after all; what else they are to meet stays."""
    deployer = worlds.deployer
    kept = [one for one in deployer.upcoming if one != unwanted]
    deployer.forget_next()
    for one in kept:
        if one in BEHAVIOURS:
            deployer.play_next(one)
        else:
            deployer.break_next(cast(Trouble, one))


def _have(worlds: Worlds, *, unwell: bool) -> None:
    worlds.deployer.unwell = unwell


def _measure(worlds: Worlds, metrics: dict[str, str] | None) -> None:
    worlds.deployer.metrics = metrics


def _next_run(behaviour: RunBehaviour, label: str, watch: str) -> Switch:
    return Switch(
        f"run_{behaviour}",
        label,
        watch,
        lambda worlds: behaviour in worlds.github.actions.upcoming,
        lambda worlds: worlds.github.actions.play_next(behaviour),
        lambda worlds: _forget_runs(worlds, behaviour),
        concerns=_has_workflows,
    )


def _forget_runs(worlds: Worlds, unwanted: RunBehaviour) -> None:
    """The next runs do not meet this after all; what else they are to meet stays."""
    actions = worlds.github.actions
    kept = [one for one in actions.upcoming if one != unwanted]
    actions.forget_next()
    actions.play_next(*kept)


def _has_workflows(worlds: Worlds) -> bool:
    for repository in worlds.github.repositories.values():
        tip = repository.branches.get(repository.default_branch)
        tree = repository.history.commits[tip].tree if tip else {}
        if any(path.startswith(WORKFLOW_FOLDER) for path in tree):
            return True
    return False


SWITCHES: tuple[Switch, ...] = (
    Switch(
        "next_fails",
        "The next deployment fails",
        "The bot offers a rollback, on the pull request and in Slack.",
        lambda worlds: "fail" in worlds.deployer.upcoming,
        lambda worlds: worlds.deployer.play_next("fail"),
        lambda worlds: _forget(worlds, "fail"),
        often=True,
    ),
    _always(
        "silent",
        "The deployer is silent",
        "It takes orders and reports nothing. After a minute the bot gives up waiting, and asks what to do.",
        often=True,
    ),
    Switch(
        "service_ill",
        "The service falls ill",
        "What is deployed to production is verified: it fails, and the bot says which probe, and asks.",
        lambda worlds: worlds.deployer.unwell,
        lambda worlds: _have(worlds, unwell=True),
        lambda worlds: _have(worlds, unwell=False),
        often=True,
    ),
    Switch(
        "alert_fires",
        "An alert fires",
        "It concerns what runs in production: the bot asks whether to go back, if there is a way back.",
        lambda worlds: worlds.watcher.fires,
        lambda worlds: worlds.watcher.fire(),
        lambda worlds: worlds.watcher.end(),
        often=True,
    ),
    _github(
        "github_502",
        "GitHub answers 502",
        "The bot tries again, later and later, and catches up when GitHub is back.",
        often=True,
    ),
    _github(
        "webhooks_lost",
        "Webhooks get lost",
        "GitHub never sends twice by itself: the bot looks for what it missed.",
        often=True,
    ),
    _slack("slack_slow", "Slack is slow", "Every answer takes two seconds more.", often=True),
    _always("fail", "Every deployment fails", "Rollbacks too: the bot says what it does not know any more."),
    _always(
        "late",
        "Deployments end late",
        "The last report waits until you let it go; after a minute it corrects only what is live.",
    ),
    _always("reject", "The deployer refuses every order", "The bot says what the deployer answered."),
    _always("duplicate_reports", "The deployer reports everything twice", "Nothing is counted twice."),
    _always("hostile", "The deployer says nasty things", "Its words are shown as words, and ping nobody."),
    _next_trouble("unavailable", "The deployer answers 503 once", "The same order is sent again."),
    _next_trouble("lost_reply", "The deployer's answer gets lost once", "Nothing is deployed twice."),
    Switch(
        "prometheus_silent",
        "Prometheus does not answer",
        "Nobody can tell whether a deployment to production is good: a person has to decide.",
        lambda worlds: worlds.deployer.metrics is None,
        lambda worlds: _measure(worlds, None),
        lambda worlds: _measure(worlds, dict(WELL)),
    ),
    _next_run(
        "fail",
        "The next workflow run fails",
        "At its last step. The bot names the step and asks what to do.",
    ),
    _next_run(
        "waiting",
        "The next run waits for an approval on GitHub",
        "The bot says so and waits along, for two minutes. Approve on the run's page, or let it go on.",
    ),
    _next_run(
        "held",
        "A job hangs",
        "Its last step ends when you let it go on. /cancel ends it too; after two minutes the bot gives up.",
    ),
    _next_run(
        "silent",
        "No runner takes the next run",
        "It stays queued, and the bot says so, for two minutes unless you /cancel it or let it go on.",
    ),
    _github("github_slow", "GitHub is slow", "Every answer takes five seconds."),
    _github("rate_limited", "GitHub's rate limit is spent", "The bot waits as long as GitHub says."),
    _github("github_lags", "GitHub's lists lag by ten seconds", "What is looked for is looked for twice."),
    _slack("slack_down", "Slack answers 503", "Deployments go on; the messages follow."),
    _slack("slack_rate_limited", "Slack limits the rate", "Only the newest state is sent, and later."),
    _slack("slack_loses_replies", "Slack's answers get lost", "No message appears twice."),
    _slack("slack_duplicates", "Slack sends everything twice", "Nothing is done twice."),
    _slack("slack_lags", "Slack's histories lag by ten seconds", "No message appears twice."),
)


def find_switch(name: str) -> Switch:
    """The switch of this name; LookupError."""
    for switch in SWITCHES:
        if switch.name == name:
            return switch
    raise LookupError(f"There is no switch {name}.")


def mend(worlds: Worlds) -> None:
    """Everything works again, and what waited for that ends, so that nothing stays blocked."""
    worlds.github.faults.clear()
    worlds.slack.faults.clear()
    worlds.github.actions.forget_next()
    worlds.github.actions.behaviour = "succeed"
    worlds.deployer.forget_next()
    worlds.deployer.behaviour = "succeed"
    worlds.deployer.unwell = False
    worlds.deployer.metrics = dict(WELL)
    worlds.watcher.end()
    worlds.deployer.release_late()
    worlds.github.release_runs()


def switches_pane(worlds: Worlds, look: Look, trouble: str = "") -> Markup:
    """The switches, with the person that is played."""
    turned = [(switch, switch.is_on(worlds)) for switch in SWITCHES if switch.concerns(worlds)]
    others = list(_others(worlds))
    shown = {
        "look": look,
        "trouble": trouble,
        "person": person_called(worlds, look.person),
        "people": people(worlds),
        "often": [(switch, on) for switch, on in turned if switch.often],
        "others": [(switch, on) for switch, on in turned if not switch.often],
        "broken": [switch.label for switch, on in turned if on] + others,
        "expected": [switch for switch, on in turned if on],
        "unnamed": others,
        "tour": worlds.tour,
        "held": worlds.deployer.waiting,
        "stuck": worlds.github.actions.stuck,
        "can_restart": worlds.restart_bot is not None,
        "can_kill": worlds.kill_bot is not None,
    }
    return render("panes/switches.html", shown)


def _others(worlds: Worlds) -> Iterator[str]:
    """What is broken and no switch stands for, in words."""
    presets = [rule for rules in GITHUB_PRESETS.values() for rule in rules]
    for rule in worlds.github.faults.rules:
        if rule not in presets:
            yield f"GitHub: {_described(rule)}"
    slack_presets = [rule for rules in SLACK_PRESETS.values() for rule in rules]
    for fault in worlds.slack.faults.active:
        if fault not in slack_presets:
            yield f"Slack: {_described(fault)}"


def _described(rule: GitHubFault | SlackFault) -> str:
    """A fault by its kind and by what is special about it."""
    usual = type(rule)(rule.kind)  # type: ignore[arg-type]
    special = [
        f"{words(one.name)} {getattr(rule, one.name)}"
        for one in fields(rule)
        if one.name != "kind" and getattr(rule, one.name) != getattr(usual, one.name)
    ]
    return ", ".join([words(rule.kind), *special])
