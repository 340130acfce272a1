"""The question that follows a deployment gone wrong: roll back, retry, or keep what is there.

It says what went wrong, what was good last and what changed since. Once somebody decided, it says who, what
and when instead of asking. Must never offer a rollback where nothing is known to be good.
"""

from collections.abc import Iterable

from bot.domain.deployment import WENT_WRONG, Deployment, Order
from bot.domain.events import Prompt
from bot.messages import alerts, blocks, endings, verifications
from bot.messages.dialects import GITHUB, SHORT_SHA, Dialect, slack_of
from bot.messages.escaping import web_address
from bot.messages.message import Message
from bot.messages.states import SYMBOLS, WORDS, deployment_named, took

GITHUB_WEB = "https://github.com"
EVIDENCE_MAX = endings.DESCRIPTION_SHOWN_MAX


def message(deployment: Deployment, prompt: Prompt, web_url: str = GITHUB_WEB) -> Message:
    """The question in Slack with its buttons, or who answered it.

    `web_url` is GitHub's address for people.
    """
    slack = slack_of(deployment.order.repository, web_url)
    title = slack.heading(_title(slack, deployment))
    said = happened(slack, deployment, prompt)
    known = slack.bullets([_which(slack, deployment), *_facts(slack, deployment, prompt, web_url)])
    markdown = _markdown(deployment, prompt, web_url)
    if prompt.answer is not None:
        return blocks.message([title, said, known, decided(slack, prompt)], markdown=markdown)
    shown = [
        blocks.section(f"{title}\n{said}"),
        blocks.section(known),
        blocks.actions(_buttons(deployment, prompt)),
    ]
    return blocks.message([title, said, known, "What shall be done?"], shown, markdown=markdown)


def _markdown(deployment: Deployment, prompt: Prompt, web_url: str) -> str:
    written = [
        GITHUB.bold(_title(GITHUB, deployment)),
        happened(GITHUB, deployment, prompt),
        *question(GITHUB, deployment, prompt, web_url),
    ]
    return "\n\n".join(written)


def question(dialect: Dialect, deployment: Deployment, prompt: Prompt, web_url: str) -> Iterable[str]:
    """The question for a comment that says what happened: the commands to type, or who decided."""
    yield dialect.bullets(_facts(dialect, deployment, prompt, web_url))
    if prompt.answer is not None:
        yield decided(dialect, prompt)
        return
    yield "What shall be done? Comment one of these:"
    yield dialect.bullets(_commands(dialect, deployment, prompt))


def decided(dialect: Dialect, prompt: Prompt) -> str:
    """Who decided, what, when, and what it led to."""
    if prompt.answer is None:
        raise ValueError("nobody decided yet")
    by = prompt.answered_by
    if by is not None and by.login is None and by.slack is None:
        led_to = f" It goes on as {dialect.code(prompt.led_to)}." if prompt.led_to else ""
        return f"{dialect.bold('Decided:')} by the configuration, to roll back.{led_to}"
    who = dialect.person(by) if by else "Somebody"
    what = {"rollback": "to roll back", "retry": "to retry", "keep": "to keep it as it is"}[prompt.answer]
    when = f" at {dialect.moment(prompt.answered_at)}" if prompt.answered_at is not None else ""
    led_to = f" It goes on as {dialect.code(prompt.led_to)}." if prompt.led_to else ""
    return f"{dialect.bold('Decided:')} {who} chose {what}{when}.{led_to}"


def happened(dialect: Dialect, deployment: Deployment, prompt: Prompt) -> str:
    """What ended it, and the evidence where that is something else."""
    if deployment.state == "verifying":
        return verifications.undecided(dialect, prompt.evidence)
    if deployment.state == "succeeded":
        return f"It was deployed, and then an alert came: “{dialect.text(prompt.evidence, EVIDENCE_MAX)}”."
    said = endings.happened(dialect, deployment)
    reason = (deployment.reason or "").replace("_", " ")
    if prompt.evidence in ("", reason, deployment.description):
        return said
    return f"{said} Evidence: “{dialect.text(prompt.evidence, EVIDENCE_MAX)}”."


def _title(dialect: Dialect, deployment: Deployment) -> str:
    named = deployment_named(dialect, deployment.order, deployment.state)
    if deployment.state == "succeeded":
        return f"🔔 {named}: is it still good?"
    lasted = took(deployment)
    after = f" after {lasted}" if lasted is not None else ""
    return f"{SYMBOLS[deployment.state]} {named}: {WORDS[deployment.state]}{after}"


def _which(dialect: Dialect, deployment: Deployment) -> str:
    log = dialect.link(deployment.log_url, "what the deployer did")
    log = f" · {log}" if web_address(deployment.log_url) else ""
    return f"This deployment: {dialect.code(deployment.id)}{log}"


def _facts(dialect: Dialect, deployment: Deployment, prompt: Prompt, web_url: str) -> Iterable[str]:
    if prompt.unchanged:
        yield "Nothing was started, so what was live before still is"
        return
    yield from alerts.lines(dialect, deployment)
    if prompt.target is None or prompt.target_sha is None:
        yield "Last good: nothing that is recorded here, so there is nothing to roll back to"
        return
    yield f"Last good: {dialect.commit(prompt.target_sha)}, deployed by {dialect.code(prompt.target)}"
    yield f"Changed since: {_changes(dialect, deployment, prompt.target_sha, web_url)}"
    if prompt.auto_at is not None and prompt.answer is None:
        yield f"Nobody decides: it is rolled back by itself at {dialect.moment(prompt.auto_at)}"


def _changes(dialect: Dialect, deployment: Deployment, good: str, web_url: str) -> str:
    sha, repository = deployment.order.sha, deployment.order.repository
    if sha == good:
        return "nothing, it is the same commit"
    url = f"{web_url.rstrip('/')}/{repository.full_name}/compare/{good}...{sha}"
    return dialect.link(url, f"{good[:SHORT_SHA]}…{sha[:SHORT_SHA]}")


def _commands(dialect: Dialect, deployment: Deployment, prompt: Prompt) -> Iterable[str]:
    order = deployment.order
    if prompt.target is not None and prompt.target_sha is not None:
        back = dialect.command(f"rollback {order.service} {order.environment}", order.prefix)
        yield f"{back} goes back to {dialect.commit(prompt.target_sha)}"
    if deployment.state in WENT_WRONG:
        yield f"{dialect.command(f'retry {order.id}', order.prefix)} tries the same again"
    if deployment.ended:
        yield f"{dialect.command(f'keep {order.id}', order.prefix)} leaves it as it is"
    else:
        yield f"{dialect.command(f'keep {order.id}', order.prefix)} takes it for good"


def _buttons(deployment: Deployment, prompt: Prompt) -> Iterable[blocks.Block]:
    order = deployment.order
    where = f"{order.service} in {order.environment}"
    if prompt.target is not None and prompt.target_sha is not None:
        yield _roll_back(order, prompt.target, prompt.target_sha[:SHORT_SHA])
    if not deployment.ended:
        yield blocks.button("Keep", f"keep {order.id}", f"Take it for good: {where}")
        return
    if deployment.state not in WENT_WRONG:
        yield blocks.button("Keep", f"keep {order.id}", f"Keep what is there: {where}")
        return
    sha = order.sha[:SHORT_SHA]
    again = blocks.Question("Retry?", f"{sha} is deployed again: {where}.", "Retry")
    yield blocks.button("Retry", f"retry {order.id}", f"Retry {sha}: {where}", confirm=again)
    yield blocks.button("Keep", f"keep {order.id}", f"Keep what is there: {where}")


def _roll_back(order: Order, target: str, good: str) -> blocks.Block:
    where = f"{order.service} in {order.environment}"
    slot = f"{order.repository.full_name} {order.service} {order.environment}"
    back = f"{where} goes back to {good}, as deployed by {target}."
    return blocks.button(
        "Roll back",
        f"rollback {slot} to {target}",
        f"Roll back to {good}: {where}",
        style="danger",
        confirm=blocks.Question("Roll back?", back, "Roll back"),
    )
