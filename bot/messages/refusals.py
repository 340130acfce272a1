"""Why something was not done: the rule, the values that it compared, and what to do next.

One row for each reason code, one shape for all. A code without a row still gets a true sentence. Must never
say that something was done, and must never show a value that has not been made inert.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

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


_REPOSITORIES = Fact("Repositories here", "repositories")
_GATES = (Fact("Environment", "environment"), Fact("Configured", "gates"))

WORDINGS: Mapping[str, Wording] = {
    "expired": Wording(
        "Not done: too late",
        "A command that is first seen more than 10 minutes after it was given is not run.",
        "Give it again if you still want it.",
        (Fact("Seen after", "age_seconds", "duration"),),
    ),
    "gave_up": Wording(
        "Not done: it could not be handled",
        "Pointsman could not read what it needs to decide, and stopped trying.",
        "Give the command again in a few minutes. If it fails again, ask whoever runs Pointsman: "
        "`pointsman dead list` shows what went wrong.",
    ),
    "repository_unknown": Wording(
        "Not done: wrong repository",
        "The named repository is not served here. On a pull request only its own repository can be named.",
        "Check the name, or have the app installed there.",
        (Fact("Named", "named"), _REPOSITORIES),
    ),
    "repository_unclear": Wording(
        "Not done: which repository?",
        "Several repositories tell their story in this channel.",
        "Give the command again with OWNER/REPO right after its first word.",
        (_REPOSITORIES,),
    ),
    "repository_none": Wording(
        "Not done: which repository?",
        "No repository names this channel in its configuration, and the command names no repository.",
        "Give the command again with OWNER/REPO right after its first word.",
        (_REPOSITORIES,),
    ),
    "repository_off": Wording(
        "Not done: Pointsman is off there",
        "A repository without `.github/pointsman.yml` on its default branch is not deployed.",
        "Add that file to the default branch.",
        (Fact("Repository", "repository"),),
    ),
    "not_linked": Wording(
        "Not done: who are you on GitHub?",
        "Rights come from GitHub, and no GitHub login is linked to your Slack account.",
        "Ask whoever runs Pointsman to add `LOGIN: SLACKID` to `people` in the instance file, "
        "with your GitHub login and the id above.",
        (Fact("Your Slack id", "slack"),),
    ),
    "configuration_invalid": Wording(
        "Not done: the configuration has errors",
        "Nothing is deployed by a configuration that cannot be understood in full.",
        "Correct it on the default branch; the check `pointsman/config` tests it in a pull request.",
        (Fact("Problem", "problems", "text", apart=True),),
    ),
    "no_write_access": Wording(
        "Not done: no write access",
        "Commands are for people with write access to the repository.",
        "Ask an administrator of the repository for access.",
        (Fact("You", "login", "text"), Fact("Repository", "repository")),
    ),
    "not_in_this_version": Wording(
        "Not done: not in this version",
        "This belongs to the grammar, but this version of Pointsman cannot do it yet.",
        "`/pointsman help` lists what it can do.",
        (Fact("Asked for", "what"),),
    ),
    "not_allowed": Wording(
        "Not done: not allowed",
        "Only the environment's `deployers` may do this; where none are named, whoever has write access.",
        "Ask one of them to give the command, or have `deployers` changed on the default branch.",
        (
            Fact("You", "login", "text"),
            Fact("Your permission", "permission", "text", none="none"),
            Fact("Environment", "environment"),
            Fact("Deployers", "deployers", "text", none="whoever has write access"),
        ),
    ),
    "change_closed": Wording(
        "Not deployed: the pull request is closed",
        "A pull request that was closed without a merge is not deployed.",
        "Reopen it, or deploy another commit by name with `@REF`.",
        (Fact("Pull request", "number", "pull_request"),),
    ),
    "from_fork": Wording(
        "Not deployed: it comes from a fork",
        "Only commits of this repository are deployed.",
        "Review the change, push it to a branch of this repository, and deploy from there.",
        (Fact("The head is in", "head"),),
    ),
    "head_moved": Wording(
        "Not deployed: the branch moved",
        "The branch was pushed to after the command was written, and what was meant is no longer its head.",
        "Look at the new head, then repeat the command, or say `@SHA`.",
        (Fact("New head", "head", "commit"), Fact("Moved", "moved_at", "moment")),
    ),
    "unknown_ref": Wording(
        "Not deployed: no such commit",
        "No branch, tag or commit of this repository has that name.",
        "Check the spelling, or give the commit's SHA.",
        (Fact("Named", "ref"),),
    ),
    "not_reachable": Wording(
        "Not deployed: the commit belongs to no branch here",
        "A commit must be in the default branch, or be the tip of a branch or tag, or the head of a pull "
        "request of this same repository.",
        "Push it to a branch of this repository, then deploy that.",
        (Fact("Named", "ref"),),
    ),
    "nothing_concerned": Wording(
        "Not deployed: nothing to deploy",
        "`all` means every service whose `paths` this change touches, and it touches none.",
        "Name a service to deploy it all the same.",
        (Fact("Services", "services"),),
    ),
    "gate_not_active": Wording(
        "Not deployed: a gate cannot be checked",
        "The configuration asks for gates that this version does not evaluate yet; it never skips one.",
        "Remove them from the configuration, or deploy by other means until they are supported.",
        _GATES,
    ),
    "nothing_good": Wording(
        "Not rolled back: nothing to go back to",
        "A rollback goes to an earlier deployment here that succeeded and was not marked bad; there is none.",
        "Deploy a commit that is known to work with `/deploy SERVICE@REF ENVIRONMENT`.",
        (Fact("Service", "service"), Fact("Environment", "environment")),
    ),
    "target_not_recorded": Wording(
        "Not rolled back: not a recorded deployment",
        "A rollback only goes to a recorded deployment of this service and environment that succeeded.",
        "Name one of those, or use `/deploy` for anything else.",
        (Fact("Named", "target"), Fact("Recorded, the newest last", "recorded", none="none yet")),
    ),
    "already_answered": Wording(
        "Not done: already decided",
        "Somebody has already answered this.",
        "Nothing more is needed. `/pointsman status` tells what is live.",
        (
            Fact("Decided by", "by", "text", none="somebody unknown"),
            Fact("Decision", "answer", "text"),
            Fact("Led to", "led_to", none="nothing new"),
        ),
    ),
    "prompt_outdated": Wording(
        "Not done: something newer happened",
        "Another deployment was started here since, and this question is about an older one.",
        "See how the newest one fares; decide about that one if it failed.",
        (Fact("Newest here", "newest", none="not known"),),
    ),
    "nothing_meant": Wording(
        "Not done: nothing to decide",
        "No deployment that went wrong waits for a decision here.",
        "Give the command with the id of a deployment (`d-…`). `/pointsman status` lists what there is.",
        (Fact("Command", "word", "text"),),
    ),
    "several_meant": Wording(
        "Not done: which one?",
        "Several deployments wait for a decision here.",
        "Give the command again with one of the ids.",
        (Fact("Waiting", "ids"),),
    ),
    "environment_gone": Wording(
        "Not done: no longer configured",
        "The configuration on the default branch no longer has this environment, or this service.",
        "Add it again, or deploy to one that exists. `/pointsman help` lists them.",
        (Fact("Environment", "environment"), Fact("Service", "service")),
    ),
    "nothing_to_cancel": Wording(
        "Not done: nothing to cancel",
        "Nothing waits or runs here that could be stopped.",
        "Give the command with the id of a request or deployment. `/pointsman status` lists them.",
        (Fact("Command", "word", "text"),),
    ),
    "several_under_way": Wording(
        "Not done: which one?",
        "Several requests wait or run here.",
        "Give the command again with one of the ids.",
        (Fact("Under way", "ids"),),
    ),
    "already_ended": Wording(
        "Not done: it has ended",
        "There is nothing left to stop.",
        "To go back from what it shipped, use `/rollback`.",
        (Fact("Deployment", "deployment"), Fact("State", "state", "text")),
    ),
    "did_not_fail": Wording(
        "Not done: it did not fail",
        "Only a deployment that failed, timed out or has an unknown outcome can be retried or kept.",
        "Use `/rollback` to go back from one that succeeded, or `/deploy` to ship again.",
        (Fact("Deployment", "deployment"), Fact("State", "state", "text")),
    ),
}

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
