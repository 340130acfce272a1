"""A deployment's state in words, with a symbol that never stands alone.

What is live is said as it is known, never as it is hoped.
"""

from collections.abc import Mapping

from bot.domain.deployment import Action, Deployment, Order, State
from bot.domain.events import Live
from bot.messages.dialects import Dialect
from bot.messages.moments import duration

WORDS: Mapping[State, str] = {
    "requested": "requested",
    "waiting": "waiting",
    "queued": "queued",
    "starting": "starting",
    "running": "running",
    "paused": "paused",
    "verifying": "verifying",
    "succeeded": "succeeded",
    "failed": "failed",
    "timed_out": "timed out",
    "cancelled": "cancelled",
    "refused": "refused",
    "superseded": "superseded",
    "unknown": "outcome unknown",
}
SYMBOLS: Mapping[State, str] = {
    "requested": "📨",
    "waiting": "⏳",
    "queued": "🕒",
    "starting": "🚦",
    "running": "🚀",
    "paused": "⏸️",
    "verifying": "🔍",
    "succeeded": "✅",
    "failed": "❌",
    "timed_out": "⏰",
    "cancelled": "🚫",
    "refused": "⛔",
    "superseded": "⏭️",
    "unknown": "❓",
}
BAR_LENGTH = 10


def state_of(deployment: Deployment, position: int | None = None) -> str:
    """Symbol and word, with the place in the queue, the progress, or how long it took."""
    said = f"{SYMBOLS[deployment.state]} {in_words(deployment, position)}"
    if (progress := progress_of(deployment)) is not None:
        said = f"{said}, {progress}"
    return f"{said} after {lasted}" if (lasted := took(deployment)) is not None else said


def in_words(deployment: Deployment, position: int | None = None) -> str:
    """The state without its symbol: `queued, place 2`, `running, to be stopped`."""
    if deployment.ended:
        return WORDS[deployment.state]
    said = WORDS[deployment.state]
    if deployment.state == "queued" and position is not None:
        said = f"{said}, place {position}"
    return f"{said}, to be stopped" if deployment.cancel is not None else said


def progress_of(deployment: Deployment) -> str | None:
    """How far a running deployment has come; None = nobody said."""
    running = deployment.state == "running"
    return percent_of(deployment.percent) if running and deployment.percent is not None else None


def took(deployment: Deployment) -> str | None:
    """How long it took, for one that started and ended."""
    if deployment.started_at is None or deployment.ended_at is None:
        return None
    return duration(deployment.ended_at - deployment.started_at)


def percent_of(percent: float) -> str:
    """Progress as a bar and a number."""
    bounded = min(100.0, max(0.0, percent)) if percent == percent else 0.0
    done = int(bounded / 100 * BAR_LENGTH)
    return f"{'█' * done}{'░' * (BAR_LENGTH - done)} {bounded:.0f} %"


def doing(action: Action, what: str, environment: str, target: str, state: State) -> str:
    """Name what is done, in the tense of its state; all but the action is already written.

    `target` is the commit; empty where the services have several.
    """
    if action == "rollback":
        verb = {"succeeded": "Rolled back"}.get(state) or (
            "Rolling back" if _goes_on(state) else "Rollback of"
        )
        return f"{verb} {what} in {environment} to {target}"
    verb = {"succeeded": "Deployed"}.get(state) or ("Deploying" if _goes_on(state) else "Deployment of")
    commit = f" ({target})" if target else ""
    return f"{verb} {what}{commit} to {environment}"


def _goes_on(state: State) -> bool:
    return state in ("requested", "waiting", "queued", "starting", "running", "paused", "verifying")


def deployment_named(dialect: Dialect, order: Order, state: State) -> str:
    """Name one deployment: `Deploying api (c0ffee1) to production`."""
    names = dialect.code(order.service), dialect.code(order.environment)
    return doing(order.action, *names, dialect.commit(order.sha), state)


def live_now(dialect: Dialect, live: Live) -> str:
    """What is live, or that it is not known."""
    if live.known and live.sha:
        return f"Live now: {dialect.commit(live.sha)}."
    if live.deployment is None and live.sha is None:
        return "Nothing is known to be live yet."
    before = f" ({dialect.commit(live.sha)} was live before)" if live.sha else ""
    return f"What is live is not known{before}."
