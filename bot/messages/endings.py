"""How a deployment ended, and what to do next: one sentence each for every reason.

The deployer's own words are quoted and made inert. Must never call an outcome better than it is.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from bot.domain.deployment import Deployment
from bot.domain.reasons import gates
from bot.domain.values import DeployerState
from bot.messages.dialects import Dialect
from bot.messages.moments import duration
from bot.messages.states import WORDS

DESCRIPTION_SHOWN_MAX = 300


class Ending(Struct, frozen=True):
    """The words for one reason code. `detail` says what the deployment's description means here."""

    happened: str
    next: str = ""
    detail: Literal["quote", "error", "commit", "names"] = "quote"


_LATE = (
    "Look at the deployer: it may still be at work. A late report corrects what is live, not this outcome."
)
_MEND = "Find out why, mend it, then {retry}."

ENDINGS: Mapping[str, Ending] = {
    "deployer_succeeded": Ending("The deployer reported success."),
    "deployer_failed": Ending("The deployer reported a failure.", _MEND),
    "deployer_cancelled": Ending(
        "It was cancelled at the deployer.", "Give the command again if it is still wanted."
    ),
    "cancelled_by": Ending(
        "Cancelled before it started, by {detail}.", "Give the command again if it is still wanted.", "names"
    ),
    "rejected_by": Ending(
        "Rejected before it started, by {detail}.", "Talk to them, then give the command again.", "names"
    ),
    "waited_too_long": Ending(
        "What it waited for did not come in time (`requires.wait`): {detail}.",
        "Give the command again when it is there.",
        "names",
    ),
    "deployer_lost": Ending(
        "Nobody knows how it ended.", "Look at the deployer before you retry or roll back.", "error"
    ),
    "deployer_refused": Ending(
        "The deployer did not take the request.", "Correct the deployer or its settings, then {retry}."
    ),
    "deployer_unreachable": Ending(
        "The deployer could not be reached.",
        "Check its address and that it runs, then {retry}.",
        "error",
    ),
    "start_timeout": Ending("The deployer accepted nothing within {start_timeout} (`start_timeout`).", _LATE),
    "timeout": Ending("It did not end within {timeout} of its acceptance (`timeout`).", _LATE),
    "verification_failed": Ending(
        "It was deployed, and then a probe failed. Evidence: {detail}.",
        "Roll back, or find out why and deploy again. The commit counts as bad.",
        "names",
    ),
    "alert_raised": Ending(
        "It was deployed, and then an alert came: “{detail}”.",
        "Roll back, or find out why and deploy again. The commit counts as bad.",
        "names",
    ),
    "rolled_back_from": Ending(
        "It was rolled back while it was being verified.", "Nothing to do: follow the rollback."
    ),
    "verified": Ending("Every probe was good until the end.", ""),
    "kept_by": Ending("{detail} took it for good while it was being verified.", "", "names"),
    "newer_request": Ending(
        "A newer request took its place.",
        "Nothing to do: follow the newer one.",
    ),
    "target_not_recorded": Ending(
        "The deployment to go back to is not recorded here as one that succeeded.",
        "Name another one with {back_to_deployment}.",
    ),
    "joined": Ending(
        "A rollback to the same commit is already under way: {detail}.",
        "Nothing to do: follow that one with `/pointsman status`.",
        "names",
    ),
    "already_answered": Ending(
        "Somebody had already decided about this: {detail}.",
        "Nothing more is needed; {status} tells what is live.",
        "names",
    ),
    "prompt_outdated": Ending(
        "Another deployment was started here meanwhile: {detail}.",
        "See how that one fares; decide about it if it failed. {status} tells.",
        "names",
    ),
    "busy": Ending(
        "Another deployment is in the way ({detail}); this environment does not queue (`on_busy: reject`).",
        "Give the command again when it has ended; {status} tells.",
        "names",
    ),
    "queue_full": Ending(
        "Too many deployments wait here already.", "Cancel some of them, or wait; {status} tells."
    ),
    "github_unreadable": Ending(
        "GitHub could not be asked whether it may start.", "Give the command again later.", "error"
    ),
    "configuration_off": Ending(
        "The configuration no longer has this repository or environment.",
        "Add it again on the default branch, then give the command again.",
    ),
    "configuration_invalid": Ending(
        "The configuration on the default branch has errors.", "Correct it, then give the command again."
    ),
    "not_allowed": Ending(
        "Whoever asked may not deploy here any more. The rule compared: {detail}.",
        "Ask somebody who may to give the command.",
        "names",
    ),
    "name_changed_hands": Ending(
        "A name in the configuration belongs to another account than it did when it was listed: {detail}.",
        "If that is meant, an operator says `pointsman rights accept OWNER/REPO NAME`; then repeat it.",
        "names",
    ),
    "gate_not_active": Ending(
        "The configuration asks for gates that this version does not evaluate yet: {detail}.",
        "Remove them, or deploy by other means until they are supported.",
        "names",
    ),
    "change_closed": Ending(
        "The pull request was closed before it started.", "Reopen it, or deploy another commit with `@REF`."
    ),
    "head_moved": Ending(
        "The pull request moved on to {detail} before it started.",
        "Look at the new head, then deploy that.",
        "commit",
    ),
    "newer_is_live": Ending(
        "Something newer is live: {detail}. Only a rollback goes back.",
        "If you do want to go back: {back_to_ref}.",
        "commit",
    ),
    "held_after_rollback": Ending(
        "It was rolled back here ({detail}): until a person deploys, nothing is deployed here by itself.",
        "When the cause is mended, ask for it with `/deploy`.",
        "names",
    ),
    "known_bad": Ending(
        "{detail} was rolled back from here, so it is not deployed by itself again.",
        "To deploy it all the same, ask for it with `/deploy`.",
        "commit",
    ),
}
# The request may have reached the deployer although its reply never came.
LOST_REPLY = Ending(
    "The deployer's reply was lost: it may be at work, or never have started.",
    "Look at the deployer before you retry.",
    "error",
)
_AGAIN: Mapping[DeployerState, str] = {
    "accepted": "it runs there now",
    "in_progress": "it runs there now",
    "succeeded": "it succeeded there",
    "failed": "it failed there",
    "cancelled": "it was cancelled there",
}
_UNWORDED = Ending("It ended as: {state}. Reason code: {reason}.", "{why} shows more.")


def happened(dialect: Dialect, deployment: Deployment) -> str:
    """What ended it, with the deployer's own words."""
    ending = _ending(deployment)
    said = ending.happened.format_map(_values(dialect, deployment, ending))
    words = dialect.text(deployment.description or "", DESCRIPTION_SHOWN_MAX)
    if words and ending.detail == "quote":
        return f"{said} It said: “{words}”."
    return f"{said} Error: “{words}”." if words and ending.detail == "error" else said


def started_again(deployment: Deployment) -> str:
    """What became of it when somebody started it once more at the deployer; empty where nobody did."""
    if deployment.again is None:
        return ""
    return f"Started again at the deployer by somebody: {_AGAIN[deployment.again]}. The outcome here stays."


def what_next(dialect: Dialect, deployment: Deployment) -> str:
    """What a person can do about it; empty where there is nothing to do."""
    ending = _ending(deployment)
    return ending.next.format_map(_values(dialect, deployment, ending))


def _ending(deployment: Deployment) -> Ending:
    if deployment.state == "unknown" and deployment.reason == "deployer_unreachable":
        return LOST_REPLY
    reason = deployment.reason or ""
    return ENDINGS.get(reason) or _of_gate(reason) or _UNWORDED


def _of_gate(reason: str) -> Ending | None:
    """A gate's reason says what the rule is; the values that it compared stand in the description."""
    row = gates.ROWS.get(reason)
    if row is None:
        return None
    return Ending(f"{row.said} Compared: {{detail}}.", row.next, "names")


def _values(dialect: Dialect, deployment: Deployment, ending: Ending) -> dict[str, str]:
    order, description = deployment.order, deployment.description or "not recorded"
    where = f"{order.service} {order.environment}"
    detail = dialect.commit(description) if ending.detail == "commit" else dialect.text(description)
    return {
        "retry": dialect.command(f"retry {order.id}", order.prefix),
        "status": dialect.command(f"status {where}", order.prefix),
        "back_to_deployment": dialect.command(f"rollback {where} to d-…", order.prefix),
        "back_to_ref": dialect.command(f"rollback {where} to REF", order.prefix),
        "why": dialect.code(f"pointsman why {order.id}"),
        "start_timeout": duration(order.start_timeout),
        "timeout": duration(order.timeout),
        "detail": detail,
        "state": WORDS[deployment.state],
        "reason": dialect.code(deployment.reason or "none"),
    }
