"""What is live where, and which commands there are: the answers to `/pointsman status` and `/pointsman help`.

Must never say more than is known: what nobody reported is "not known", never green.
"""

from collections.abc import Iterable

from bot.domain.policy import EnvironmentPolicy, Parameter, RepositoryPolicy
from bot.domain.slot import Slot
from bot.domain.values import Repository
from bot.messages.blocks import MARKDOWN_LENGTH_MAX, cut, message, section
from bot.messages.dialects import GITHUB, SLACK, Dialect, listed, slack_of
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB
from bot.messages.states import SYMBOLS, state_of

LINES_IN_A_SECTION = 6
NAMES_SHOWN_MAX = 50
WAITING_SHOWN_MAX = 3

Place = tuple[str, str, Slot]


def status(repository: Repository, slots: Iterable[Place], web_url: str = GITHUB_WEB) -> Message:
    """What is live, since when and by what, what runs and who waits. `web_url` is GitHub's, for people."""
    places = tuple(slots)
    title = f"What is live in {SLACK.code(repository.full_name)}"
    if not places:
        nothing = "No service and environment of the configuration match."
        return message([SLACK.heading(title), nothing], markdown=f"{GITHUB.heading(title)}\n\n{nothing}")
    slack = slack_of(repository, web_url)
    lines = [_line(slack, *place) for place in places]
    chunks = [lines[start : start + LINES_IN_A_SECTION] for start in range(0, len(lines), LINES_IN_A_SECTION)]
    blocks = [section(SLACK.heading(title)), *(section(SLACK.bullets(chunk)) for chunk in chunks)]
    table = "\n".join(
        [
            "| Service | Environment | Live | Since | Now |",
            "|---|---|---|---|---|",
            *(_row(*place) for place in places),
        ]
    )
    document = cut(f"{GITHUB.heading(title)}\n\n{table}", MARKDOWN_LENGTH_MAX)
    return message([SLACK.heading(title), SLACK.bullets(lines)], blocks, document)


def _row(service: str, environment: str, slot: Slot) -> str:
    names = f"{GITHUB.code(service)} | {GITHUB.code(environment)}"
    now = "; ".join(_now(GITHUB, slot))
    return f"| {names} | {_live(GITHUB, slot)} | {_since(GITHUB, slot)} | {now} |"


def _line(dialect: Dialect, service: str, environment: str, slot: Slot) -> str:
    """One slot in Slack; what happens there now stands in lines of its own."""
    since = _since(dialect, slot)
    live = _live(dialect, slot) + (f" since {since}" if since else "")
    where = f"{dialect.code(service)} in {dialect.code(environment)}"
    return "\n↳ ".join([f"{where}: {live}", *_now(dialect, slot)])


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
