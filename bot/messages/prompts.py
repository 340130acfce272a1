"""The question that follows a deployment gone wrong: roll back, retry, or keep what is there.

It says what went wrong, what was good last and what changed since. Once somebody decided, it says who, what
and when instead of asking. Must never offer a rollback where nothing is known to be good.
"""

from collections.abc import Iterable

from bot.domain.deployment import Deployment, Order
from bot.domain.events import Prompt
from bot.messages import blocks, endings, escaping
from bot.messages.dialects import GITHUB, SHORT_SHA, SLACK, Dialect
from bot.messages.message import Message
from bot.messages.states import SYMBOLS, WORDS, deployment_named

GITHUB_WEB = "https://github.com"


def message(deployment: Deployment, prompt: Prompt, web_url: str = GITHUB_WEB) -> Message:
    """The question in Slack with its buttons, or who answered it.

    `web_url` is GitHub's address for people.
    """
    title = SLACK.heading(_title(SLACK, deployment))
    log = [f"Log: {SLACK.link(deployment.log_url, 'what the deployer did')}"]
    known = [
        *(log if escaping.web_address(deployment.log_url) else []),
        *_facts(SLACK, deployment, prompt, web_url),
    ]
    facts = SLACK.bullets(known)
    happened = _happened(SLACK, deployment, prompt)
    if prompt.answer is not None:
        paragraphs = [title, happened, facts, decided(SLACK, prompt)]
        return blocks.message(paragraphs, markdown=_markdown(deployment, prompt, web_url))
    asked = "What shall be done?"
    shown = [
        blocks.section(f"{title}\n{happened}"),
        blocks.section(facts),
        blocks.actions(_buttons(deployment, prompt)),
    ]
    return blocks.message(
        [title, happened, facts, asked], shown, markdown=_markdown(deployment, prompt, web_url)
    )


def _markdown(deployment: Deployment, prompt: Prompt, web_url: str) -> str:
    return "\n\n".join(paragraphs(GITHUB, deployment, prompt, web_url))


def paragraphs(dialect: Dialect, deployment: Deployment, prompt: Prompt, web_url: str) -> Iterable[str]:
    """The question for a comment: with the commands to type, or who decided."""
    order = deployment.order
    yield dialect.bold(f"{SYMBOLS[deployment.state]} {_where(dialect, order)}: {WORDS[deployment.state]}")
    yield _happened(dialect, deployment, prompt)
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
    who = dialect.person(prompt.answered_by) if prompt.answered_by else "Somebody"
    what = {"rollback": "to roll back", "retry": "to retry", "keep": "to keep it as it is"}[prompt.answer]
    when = f" at {dialect.moment(prompt.answered_at)}" if prompt.answered_at is not None else ""
    led_to = f" It goes on as {dialect.code(prompt.led_to)}." if prompt.led_to else ""
    return f"{dialect.bold('Decided:')} {who} chose {what}{when}.{led_to}"


def _title(dialect: Dialect, deployment: Deployment) -> str:
    named = deployment_named(dialect, deployment.order, deployment.state)
    return f"{SYMBOLS[deployment.state]} {named}: {WORDS[deployment.state]}"


def _where(dialect: Dialect, order: Order) -> str:
    return f"{dialect.code(order.service)} in {dialect.code(order.environment)}"


def _happened(dialect: Dialect, deployment: Deployment, prompt: Prompt) -> str:
    said = endings.happened(dialect, deployment)
    reason = (deployment.reason or "").replace("_", " ")
    if prompt.evidence in ("", reason, deployment.description):
        return said
    return f"{said} Evidence: “{dialect.text(prompt.evidence, endings.DESCRIPTION_SHOWN_MAX)}”."


def _facts(dialect: Dialect, deployment: Deployment, prompt: Prompt, web_url: str) -> Iterable[str]:
    yield f"This deployment: {dialect.code(deployment.id)} with {dialect.commit(deployment.order.sha)}"
    if prompt.target is None or prompt.target_sha is None:
        yield "Good last: nothing that is recorded here, so there is nothing to roll back to"
        return
    yield f"Good last: {dialect.code(prompt.target)} with {dialect.commit(prompt.target_sha)}"
    yield f"Changed since: {_changes(dialect, deployment, prompt.target_sha, web_url)}"


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
    yield f"{dialect.command(f'retry {order.id}', order.prefix)} tries the same again"
    yield f"{dialect.command(f'keep {order.id}', order.prefix)} leaves it as it is"


def _buttons(deployment: Deployment, prompt: Prompt) -> Iterable[blocks.Block]:
    order = deployment.order
    where = f"{order.service} in {order.environment}"
    if prompt.target is not None and prompt.target_sha is not None:
        good = prompt.target_sha[:SHORT_SHA]
        slot = f"{order.repository.full_name} {order.service} {order.environment}"
        yield blocks.button(
            "Roll back",
            f"rollback {slot} to {prompt.target}",
            f"Roll back to {good}: {where}",
            style="danger",
            confirm=f"{where} goes back to {good}, as deployed by {prompt.target}.",
        )
    again = f"{order.sha[:SHORT_SHA]} is deployed again: {where}."
    yield blocks.button(
        "Retry", f"retry {order.id}", f"Retry {order.sha[:SHORT_SHA]}: {where}", confirm=again
    )
    yield blocks.button("Keep", f"keep {order.id}", f"Keep what is there: {where}")
