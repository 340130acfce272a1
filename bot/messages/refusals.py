"""Why something was not done: the rule, the values that it compared, and what to do next.

One row for each reason code, one shape for all. A code without a row still gets a true sentence. Must never
say that something was done, and must never show a value that has not been made inert.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from bot.domain.reasons import REASONS
from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message
from bot.messages.moments import duration
from bot.messages.states import SYMBOLS

VALUES_SHOWN_MAX = 20

Kind = Literal["text", "code", "commit", "duration", "moment", "pull_request"]


class Fact(Struct, frozen=True):
    """A value that the rule compared: its label, its key among the values, and how it is written.

    `none` is said where there is no value; without it the line is left out. `apart` = a line for each value.
    """

    label: str
    key: str
    kind: Kind = "code"
    none: str = ""
    apart: bool = False


class Wording(Struct, frozen=True):
    """A refusal's words; all but the facts are Pointsman's own and safe in both dialects."""

    heading: str
    rule: str
    next: str
    facts: tuple[Fact, ...] = ()


class _Refusal(Struct, frozen=True):
    """What a refusal says besides its reason code; `rule` only where the code's own words are too general."""

    heading: str
    facts: tuple[Fact, ...] = ()
    rule: str = ""


_REPOSITORIES = Fact("Repositories here", "repositories")
_GATES = (Fact("Environment", "environment"), Fact("Configured", "gates"))

_REFUSALS: Mapping[str, _Refusal] = {
    "expired": _Refusal("Not done: too late", (Fact("Seen after", "age_seconds", "duration"),)),
    "gave_up": _Refusal("Not done: it could not be handled"),
    "repository_unknown": _Refusal("Not done: wrong repository", (Fact("Named", "named"), _REPOSITORIES)),
    "repository_unclear": _Refusal("Not done: which repository?", (_REPOSITORIES,)),
    "repository_none": _Refusal("Not done: which repository?", (_REPOSITORIES,)),
    "repository_off": _Refusal("Not done: Pointsman is off there", (Fact("Repository", "repository"),)),
    "not_linked": _Refusal("Not done: who are you on GitHub?", (Fact("Your Slack id", "slack"),)),
    "configuration_invalid": _Refusal(
        "Not done: the configuration has errors", (Fact("Problem", "problems", "text", apart=True),)
    ),
    "no_write_access": _Refusal(
        "Not done: no write access", (Fact("You", "login", "text"), Fact("Repository", "repository"))
    ),
    "not_in_this_version": _Refusal("Not done: not in this version", (Fact("Asked for", "what"),)),
    "not_allowed": _Refusal(
        "Not done: not allowed",
        (
            Fact("You", "login", "text"),
            Fact("Your permission", "permission", "text", none="none"),
            Fact("Environment", "environment"),
            Fact("Deployers", "deployers", "text", none="whoever has write access"),
        ),
    ),
    "name_changed_hands": _Refusal(
        "Not done: the name is somebody else's now",
        (Fact("You", "login", "text"), Fact("Name", "name", "text"), Fact("Environment", "environment")),
    ),
    "link_in_slack": _Refusal("Not done: linking begins in Slack"),
    "linked_by_instance": _Refusal(
        "Not done: you are linked already", (Fact("You on GitHub", "login", "text"),)
    ),
    "linking_off": _Refusal("Not done: linking is off"),
    "nothing_locked": _Refusal("Not done: nothing of that is locked"),
    "not_your_lock": _Refusal(
        "Not unlocked: it is somebody else's",
        (
            Fact("Held by", "by", "text", none="somebody in Slack"),
            Fact("Since", "since", "moment"),
            Fact("Until", "until", "moment", none="it is unlocked"),
        ),
    ),
    "taking_needs_reason": _Refusal(
        "Not unlocked: say why", (Fact("Held by", "by", "text", none="somebody in Slack"),)
    ),
    "nothing_frozen": _Refusal("Not unfrozen: it is not frozen", (Fact("Environment", "environment"),)),
    "not_your_freeze": _Refusal(
        "Not unfrozen: it is somebody else's freeze",
        (
            Fact("Environment", "environment"),
            Fact("Begun by", "by", "text", none="somebody in Slack"),
        ),
    ),
    "not_for_emergencies": _Refusal(
        "Not deployed: not for you to call an emergency",
        (Fact("You", "login", "text"), Fact("Named in `emergency`", "named", "text", none="nobody")),
    ),
    "nothing_to_approve": _Refusal(
        "Not done: nothing waits for approval here", (Fact("Command", "word", "text"),)
    ),
    "may_not_approve": _Refusal(
        "Not done: not for you to approve",
        (
            Fact("You", "login", "text"),
            Fact("Approvers", "approvers", "text", none="whoever has write access"),
        ),
    ),
    "not_asked_for": _Refusal(
        "Not done: it waits for nobody",
        (Fact("Request", "request"), Fact("State", "state", "text")),
    ),
    "own_request": _Refusal("Not done: somebody else has to approve", (Fact("You", "login", "text"),)),
    "approved_before": _Refusal(
        "Not counted again: you have approved it already",
        (Fact("Request", "request"), Fact("You", "login", "text")),
    ),
    "change_closed": _Refusal(
        "Not deployed: the pull request is closed", (Fact("Pull request", "number", "pull_request"),)
    ),
    "from_fork": _Refusal("Not deployed: it comes from a fork", (Fact("The head is in", "head"),)),
    "head_moved": _Refusal(
        "Not deployed: the branch moved",
        (Fact("New head", "head", "commit"), Fact("Moved", "moved_at", "moment")),
        rule="The branch was pushed to after the command was written, and what was meant is no longer its "
        "head.",
    ),
    "unknown_ref": _Refusal("Not deployed: no such commit", (Fact("Named", "ref"),)),
    "not_reachable": _Refusal("Not deployed: the commit belongs to no branch here", (Fact("Named", "ref"),)),
    "nothing_concerned": _Refusal(
        "Not deployed: nothing to deploy",
        (Fact("Services", "services"),),
        rule="`all` means every service whose `paths` this change touches, and it touches none.",
    ),
    "gate_not_active": _Refusal("Not deployed: a gate cannot be checked", _GATES),
    "nothing_good": _Refusal(
        "Not rolled back: nothing to go back to",
        (Fact("Service", "service"), Fact("Environment", "environment")),
    ),
    "target_not_recorded": _Refusal(
        "Not rolled back: not a recorded deployment",
        (Fact("Named", "target"), Fact("Recorded, the newest last", "recorded", none="none yet")),
    ),
    "already_answered": _Refusal(
        "Not done: already decided",
        (
            Fact("Decided by", "by", "text", none="somebody unknown"),
            Fact("Decision", "answer", "text"),
            Fact("Led to", "led_to", none="nothing new"),
        ),
    ),
    "prompt_outdated": _Refusal(
        "Not done: something newer happened", (Fact("Newest here", "newest", none="not known"),)
    ),
    "nothing_meant": _Refusal("Not done: nothing to decide", (Fact("Command", "word", "text"),)),
    "subject_missing": _Refusal("Not answered: about what?"),
    "several_meant": _Refusal("Not done: which one?", (Fact("Waiting", "ids"),)),
    "environment_gone": _Refusal(
        "Not done: no longer configured", (Fact("Environment", "environment"), Fact("Service", "service"))
    ),
    "nothing_to_cancel": _Refusal("Not done: nothing to cancel", (Fact("Command", "word", "text"),)),
    "several_under_way": _Refusal("Not done: which one?", (Fact("Under way", "ids"),)),
    "already_ended": _Refusal(
        "Not done: it has ended",
        (Fact("Deployment", "deployment"), Fact("State", "state", "text")),
        rule="There is nothing left to stop.",
    ),
    "being_verified": _Refusal("Not done: nothing to stop", (Fact("Deployment", "deployment"),)),
    "did_not_fail": _Refusal(
        "Not done: it did not fail", (Fact("Deployment", "deployment"), Fact("State", "state", "text"))
    ),
}

WORDINGS: Mapping[str, Wording] = {
    code: Wording(each.heading, each.rule or REASONS[code].said, REASONS[code].next, each.facts)
    for code, each in _REFUSALS.items()
}
"""Each refusal; its rule and what to do next are those of its reason code."""

_UNWORDED = "A rule said no. Its reason code is below."
_UNWORDED_NEXT = "`pointsman why` shows what was compared."


def refusal(reason: str, values: Mapping[str, Any]) -> Message:
    """Why something was not done, and what to do next."""
    wording = WORDINGS.get(reason) or _unworded(reason, values)
    return told(lambda dialect: _paragraphs(dialect, wording, dict(values) | {"reason": reason}))


def _unworded(reason: str, values: Mapping[str, Any]) -> Wording:
    facts = (Fact("Reason", "reason"), *(Fact(_label(key), key, "text") for key in values if key != "reason"))
    return Wording("Not done", _UNWORDED, _UNWORDED_NEXT, facts[:VALUES_SHOWN_MAX])


def _label(key: str) -> str:
    words = key.replace("_", " ").strip()
    return words.capitalize() if words.replace(" ", "").isalnum() and words.isascii() else "Value"


def _paragraphs(dialect: Dialect, wording: Wording, values: Mapping[str, Any]) -> Iterable[str]:
    yield dialect.heading(f"{SYMBOLS['refused']} {wording.heading}")
    yield wording.rule
    yield dialect.bullets(line for fact in wording.facts for line in _lines(dialect, fact, values))
    yield wording.next


def _lines(dialect: Dialect, fact: Fact, values: Mapping[str, Any]) -> Iterable[str]:
    if fact.key not in values:
        return
    value = values[fact.key]
    several = list(value) if isinstance(value, list | tuple) else [value]
    given = [each for each in several if each is not None and each != ""]
    written = [_value(dialect, fact.kind, each) for each in given[:VALUES_SHOWN_MAX]]
    if len(given) > VALUES_SHOWN_MAX:
        written.append(f"{len(given) - VALUES_SHOWN_MAX} more")
    if fact.apart:
        yield from (f"{fact.label}: {each}" for each in written)
    elif written or fact.none:
        yield f"{fact.label}: {', '.join(written) or fact.none}"


def _value(dialect: Dialect, kind: Kind, value: Any) -> str:
    match kind:
        case "commit":
            return dialect.commit(str(value))
        case "duration":
            return duration(float(value))
        case "moment":
            return dialect.moment(float(value))
        case "pull_request":
            return dialect.text(f"#{value}")
        case "code":
            return dialect.code(str(value))
        case "text":
            return dialect.text(str(value), 500)
