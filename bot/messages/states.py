"""A deployment's state in words, with a symbol that never stands alone.

What is live is said as it is known, never as it is hoped.
"""

from collections.abc import Mapping

from bot.domain.deployment import Action, Deployment, Order, State
from bot.domain.events import Live
from bot.messages.dialects import Dialect

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
    """Symbol and word, with the place in the queue or the progress where there is one."""
    said = f"{SYMBOLS[deployment.state]} {WORDS[deployment.state]}"
    if deployment.state == "queued" and position is not None:
        return f"{said}, place {position}"
    if deployment.state == "running" and deployment.percent is not None:
        said = f"{said}, {percent_of(deployment.percent)}"
    return f"{said}, to be stopped" if deployment.cancel is not None and not deployment.ended else said


def percent_of(percent: float) -> str:
    """Progress as a bar and a number."""
    bounded = min(100.0, max(0.0, percent)) if percent == percent else 0.0
    done = int(bounded / 100 * BAR_LENGTH)
    return f"{'█' * done}{'░' * (BAR_LENGTH - done)} {bounded:.0f} %"


def doing(action: Action, what: str, environment: str, target: str, state: State) -> str:
    """Name what is done, in the tense of its state; all but the action is already written."""
    if action == "rollback":
        verb = {"succeeded": "Rolled back"}.get(state) or (
            "Rolling back" if _goes_on(state) else "Rollback of"
        )
        return f"{verb} {what} in {environment} to {target}"
    verb = {"succeeded": "Deployed"}.get(state) or ("Deploying" if _goes_on(state) else "Deployment of")
    return f"{verb} {what} to {environment}"


def _goes_on(state: State) -> bool:
    return state in ("requested", "waiting", "queued", "starting", "running", "paused", "verifying")


def deployment_named(dialect: Dialect, order: Order, state: State) -> str:
    """Name one deployment: `Deploying api to production`."""
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
