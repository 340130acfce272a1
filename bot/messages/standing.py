"""What is live where, and which commands there are: the answers to `/pointsman status` and `/pointsman help`.

Must never say more than is known: what nobody reported is "not known", never green.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.policy import EnvironmentPolicy, Parameter, RepositoryPolicy
from bot.domain.slot import Slot
from bot.domain.values import Repository
from bot.domain.verdict import Verdict, waiting_of
from bot.messages import gates
from bot.messages.blocks import MARKDOWN_LENGTH_MAX, cut, message, section
from bot.messages.dialects import GITHUB, SLACK, Dialect, listed, slack_of
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB
from bot.messages.states import SYMBOLS, state_of

LINES_IN_A_SECTION = 6
NAMES_SHOWN_MAX = 50
WAITING_SHOWN_MAX = 3
OF_ANY_COMMIT = ("lock", "freeze")
"""The gates that do not depend on what is deployed."""


class Place(Struct, frozen=True):
    """A service in an environment, and what its gates say of the next deployment."""

    service: str
    environment: str
    slot: Slot
    verdicts: tuple[Verdict, ...] = ()


def status(
    repository: Repository, slots: Iterable[Place], web_url: str = GITHUB_WEB, head: str | None = None
) -> Message:
    """What is live, what runs, who waits for what, and what stands in the way.

    `web_url` is GitHub's, for people; `head` is the commit that the gates were asked about, None = any.
    """
    places = tuple(slots)
    title = f"What is live in {SLACK.code(repository.full_name)}"
    if not places:
        nothing = "No service and environment of the configuration match."
        return message([SLACK.heading(title), nothing], markdown=f"{GITHUB.heading(title)}\n\n{nothing}")
    slack = slack_of(repository, web_url)
    lines = [_line(slack, place) for place in places]
    chunks = [lines[start : start + LINES_IN_A_SECTION] for start in range(0, len(lines), LINES_IN_A_SECTION)]
    blocks = [section(SLACK.heading(title)), *(section(SLACK.bullets(chunk)) for chunk in chunks)]
    table = "\n".join(
        [
            "| Service | Environment | Live | Since | Now | Stands in the way |",
            "|---|---|---|---|---|---|",
            *(_row(place) for place in places),
        ]
    )
    about = _about(GITHUB, head)
    document = cut(
        "\n\n".join(each for each in (GITHUB.heading(title), table, about) if each), MARKDOWN_LENGTH_MAX
    )
    return message([SLACK.heading(title), SLACK.bullets(lines)], blocks, document)


def _about(dialect: Dialect, head: str | None) -> str:
    if head is None:
        return "Locks and freezes stand in the way of any commit; a pull request's own gates are told there."
    return f"What stands in the way is meant for {dialect.commit(head)}, the head of this pull request."


class Cells(Struct, frozen=True):
    """One service in one environment, as it is written in a dialect."""

    service: str
    environment: str
    live: str
    since: str
    now: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()


def cells(dialect: Dialect, place: Place) -> Cells:
    """Write a place for a table or a list."""
    slot = place.slot
    return Cells(
        service=dialect.code(place.service),
        environment=dialect.code(place.environment),
        live=_live(dialect, slot),
        since=_since(dialect, slot),
        now=tuple(_now(dialect, slot)),
        in_the_way=tuple(_in_the_way(dialect, place)),
    )


def _row(place: Place) -> str:
    it = cells(GITHUB, place)
    columns = (it.service, it.environment, it.live, it.since, "; ".join(it.now), "<br>".join(it.in_the_way))
    return f"| {' | '.join(columns)} |"


def _line(dialect: Dialect, place: Place) -> str:
    """One slot in Slack; what happens there now, and what is in the way, stands in lines of its own."""
    it = cells(dialect, place)
    live = it.live + (f" since {it.since}" if it.since else "")
    return "\n↳ ".join([f"{it.service} in {it.environment}: {live}", *it.now, *it.in_the_way])


def _in_the_way(dialect: Dialect, place: Place) -> Iterable[str]:
    for verdict in place.verdicts:
        if verdict.state != "passed":
            yield gates.with_values(dialect, verdict)


def _live(dialect: Dialect, slot: Slot) -> str:
    if slot.live.known and slot.live.sha:
        return f"{SYMBOLS['succeeded']} live {dialect.commit(slot.live.sha)}"
    if slot.live.sha:
        return f"{SYMBOLS['unknown']} not known ({dialect.commit(slot.live.sha)} was live before)"
    touched = slot.history or slot.current
    return f"{SYMBOLS['unknown']} not known" if touched else "nothing that Pointsman deployed"


def _since(dialect: Dialect, slot: Slot) -> str:
    by = slot.find(slot.live.deployment) if slot.live.deployment and slot.live.known else None
    if by is None or by.ended_at is None:
        return ""
    return f"{dialect.moment(by.ended_at)} by {dialect.code(by.id)}"


def _now(dialect: Dialect, slot: Slot) -> Iterable[str]:
    """What runs there, and who waits."""
    if slot.current is not None:
        commit, id = dialect.commit(slot.current.order.sha), dialect.code(slot.current.id)
        yield f"{state_of(slot.current)}: {commit} by {id}"
    if slot.queue:
        first = [dialect.code(each.id) for each in slot.queue[:WAITING_SHOWN_MAX]]
        if len(slot.queue) > len(first):
            first.append(f"{len(slot.queue) - len(first)} more")
        yield f"{SYMBOLS['queued']} {len(slot.queue)} waiting: {listed(first)}"
    for each in [each for each in slot.queue if each.state == "waiting"][:WAITING_SHOWN_MAX]:
        for verdict in waiting_of(each.verdicts)[:1]:
            yield f"{dialect.code(each.id)} waits: {gates.with_values(dialect, verdict)}"


def help_text(repository: Repository, policy: RepositoryPolicy, rows: Iterable[tuple[str, str]]) -> Message:
    """The commands, and the names that this repository knows."""
    commands = tuple(rows)
    slack = list(_help(SLACK, repository, policy, commands))
    return message(
        slack, markdown=cut("\n\n".join(_help(GITHUB, repository, policy, commands)), MARKDOWN_LENGTH_MAX)
    )


def _help(
    dialect: Dialect, repository: Repository, policy: RepositoryPolicy, rows: Iterable[tuple[str, str]]
) -> Iterable[str]:
    yield dialect.heading(f"Pointsman in {dialect.code(repository.full_name)}")
    lines = [f"{dialect.code(usage, 500)}: {summary}" for usage, summary in rows]
    yield dialect.bullets(lines) if lines else "This version does not have that command yet."
    if policy.commands_prefix:
        yield "On pull requests only the form `/pointsman COMMAND` counts here."
    else:
        yield "On pull requests `/pointsman COMMAND` works too; in Slack threads `@Pointsman COMMAND`."
    yield f"Services: {_names(dialect, (each.name for each in policy.services))}"
    environments = [_environment(dialect, each) for each in policy.environments[:NAMES_SHOWN_MAX]]
    yield "Environments:\n" + dialect.bullets(environments)
    if policy.params:
        params = [_parameter(dialect, each) for each in policy.params[:NAMES_SHOWN_MAX]]
        yield "Parameters of `/deploy`:\n" + dialect.bullets(params)


def _names(dialect: Dialect, names: Iterable[str]) -> str:
    every = list(names)
    left = f" and {len(every) - NAMES_SHOWN_MAX} more" if len(every) > NAMES_SHOWN_MAX else ""
    return ", ".join(dialect.code(name) for name in every[:NAMES_SHOWN_MAX]) + left or "none"


def _environment(dialect: Dialect, environment: EnvironmentPolicy) -> str:
    who = "whoever has write access"
    if environment.deployers is not None:
        who = ", ".join(dialect.text(each) for each in environment.deployers[:NAMES_SHOWN_MAX]) or "nobody"
    automatic = "; deployed by itself on merge" if environment.auto.on == "merge" else ""
    return f"{dialect.code(environment.name)}: deployed by {who}{automatic}"


def _parameter(dialect: Dialect, parameter: Parameter) -> str:
    kind = parameter.type
    if parameter.options:
        kind_said = "one of " + ", ".join(dialect.code(each) for each in parameter.options[:NAMES_SHOWN_MAX])
    else:
        kind_said = kind
    default = parameter.default
    written = str(default).lower() if isinstance(default, bool) else str(default)
    after = "" if default is None else f", {dialect.code(written)} unless given"
    return f"{dialect.code(parameter.name)}: {kind_said}{after}"
