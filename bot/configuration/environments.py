"""What an environment may say: who and what may deploy, when, and what follows.

The descriptions are those of the published schema; the defaults are those of the domain's structs.
"""

from typing import Any, Final, get_args

from msgspec.structs import replace

from bot.configuration.containers import Either, Key, MapOf, Record, listed
from bot.configuration.forms import ACTOR, ADDRESS, CHANNEL, LINK, NAME
from bot.configuration.moments import FREEZE, SCHEDULE, TIMEZONE
from bot.configuration.shapes import (
    DURATION,
    Boolean,
    Choice,
    Integer,
    Number,
    Shape,
    Text,
    one_of,
    plain_text,
)
from bot.domain.alerts import LABEL_CHARS_MAX
from bot.domain.policy import (
    Auto,
    EnvironmentPolicy,
    Forks,
    OnBusy,
    RequiredCheck,
    Requirements,
    RollbackMode,
    RollbackPolicy,
)
from bot.domain.verification import CheckProbe, HttpProbe, PrometheusProbe, Verification

RESERVED: Final = ("migrations", "retry", "fallback", "scale", "ephemeral", "rules")
"""Keys that later versions give a meaning; they are taken at the top, in services and in environments."""

_REQUIRED_CHECK: Final = Either(
    Text("a check's name", RequiredCheck, longest=255),
    Record(
        {
            "name": Key(
                plain_text("a check's name", 255),
                "The context or check run, such as `ci/test`.",
                required=True,
            ),
            "app": Key(plain_text("an App's slug", 100), "Only this App's result counts."),
        },
        RequiredCheck,
    ),
)
_REQUIRES: Final = Record(
    {
        "checks": Key(
            listed(_REQUIRED_CHECK),
            "Checks that must be green. Absent: every context that is reported, and those that branch "
            "protection requires; `[]`: none.",
        ),
        "review": Key(Boolean(), "The pull request is approved for this commit."),
        "up_to_date": Key(Boolean(), "The commit contains the default branch's head."),
        "approvals": Key(Integer(0, 20), "How many people approve the deployment."),
        "approvers": Key(
            listed(ACTOR), "Who may approve: teams of the owner, or logins. Absent: the deployers."
        ),
        "wait": Key(DURATION, "How long a pending gate is waited for."),
    },
    Requirements,
    Requirements,
)

_AUTO_WORDS: Final = {
    "never": Auto(),
    "merge": Auto(on="merge"),
    "tag": Auto(on="tag"),
    "release": Auto(on="release"),
}


def _auto(schedule: str | None = None, timezone: str = "UTC", promote_after: int | None = None) -> Auto:
    """Make the value; with neither it stays `never`, and with both `_check_auto` refuses it."""
    trigger = Auto(schedule=schedule, timezone=timezone, promote_after=promote_after)
    return replace(trigger, on="schedule" if schedule else "promote")


def _check_auto(auto: Auto) -> str | None:
    if (auto.schedule is None) == (auto.promote_after is None):
        return "`auto` names one of `schedule` and `promote`"
    return None


_AUTO: Final[Shape[Auto]] = Either(
    Choice(tuple(_AUTO_WORDS), _AUTO_WORDS.__getitem__),
    Record(
        {
            "schedule": Key(SCHEDULE, "Deploy at these times: a cron line of five fields."),
            "timezone": Key(TIMEZONE, "In which zone the schedule is meant."),
            "promote": Key(DURATION, "Deploy what has been well in `after` for so long.", to="promote_after"),
        },
        _auto,
        problem=_check_auto,
        extra={"oneOf": [{"required": ["schedule"]}, {"required": ["promote"]}]},
    ),
)


def _check_limits(probe: PrometheusProbe) -> str | None:
    if probe.maximum is None and probe.growth is None:
        return "a query needs a limit: `max`, or `growth`, or both"
    return None


def _check_named(name: str) -> CheckProbe:
    return CheckProbe(name=name)


_REPORTED_CHECK: Final = Either(
    Text("a check's name", _check_named, longest=255),
    Record(
        {
            "name": Key(plain_text("a check's name", 255), "The context or check run.", required=True),
            "app": Key(plain_text("an App's slug", 100), "Only this App's result counts."),
            "every": Key(DURATION, "How often is looked."),
        },
        CheckProbe,
    ),
)
_VERIFY: Final = Record(
    {
        "for": Key(DURATION, "How long is watched.", to="duration"),
        "http": Key(
            listed(
                Record(
                    {
                        "url": Key(ADDRESS, "What is asked.", required=True),
                        "expect": Key(Integer(100, 599), "The status that is well."),
                        "every": Key(DURATION, "How often."),
                        "failures": Key(Integer(1, 100), "How many in a row are too many."),
                    },
                    HttpProbe,
                    HttpProbe,
                ),
                most=20,
            ),
            "Addresses that must answer.",
        ),
        "prometheus": Key(
            listed(
                Record(
                    {
                        "url": Key(ADDRESS, "The Prometheus server.", required=True),
                        "query": Key(
                            plain_text("a query", 2_000), "A query that gives one number.", required=True
                        ),
                        "max": Key(Number(), "More than this is too much.", to="maximum"),
                        "growth": Key(
                            Number(), "More than so many times its value before the deployment is too much."
                        ),
                        "every": Key(DURATION, "How often."),
                        "failures": Key(Integer(1, 100), "How many in a row are too many."),
                    },
                    PrometheusProbe,
                    problem=_check_limits,
                    extra={"anyOf": [{"required": ["max"]}, {"required": ["growth"]}]},
                ),
                most=20,
            ),
            "Metrics that must stay within limits.",
        ),
        "checks": Key(
            listed(_REPORTED_CHECK, most=20),
            "Checks that are reported on the commit after it was deployed, and must be green then.",
        ),
        "alerts": Key(Boolean(), "An alert that comes in meanwhile counts as a failure."),
    },
    Verification,
    Verification,
)
_ROLLBACK: Final = Record(
    {
        "mode": Key(one_of(get_args(RollbackMode)), "Ask people, do it at once, or neither."),
        "auto_after": Key(DURATION, "Roll back if nobody answers for so long. Absent: nothing happens."),
        "revert": Key(Boolean(), "Also open a pull request that reverts the change."),
    },
    RollbackPolicy,
    RollbackPolicy,
)


def _channel(channel: str | None = None) -> str | None:
    return channel


SLACK: Final = Record({"channel": Key(CHANNEL, "A channel's id, or its name.")}, _channel)


def _labels(match: dict[str, str] | None = None) -> dict[str, str] | None:
    return match


_LABEL: Final = plain_text("a label", LABEL_CHARS_MAX)
ALERTS: Final[Key[dict[str, str] | None]] = Key(
    Record(
        {"match": Key(MapOf(_LABEL, _LABEL, dict, most=20), "Labels that an alert about it has.")}, _labels
    ),
    "Which alerts concern it.",
    to="alert_labels",
)


_ENVIRONMENT: Final[Record[dict[str, Any]]] = Record(
    {
        "auto": Key(_AUTO, "What deploys here without anybody asking. Default: never."),
        "url": Key(LINK, "Where people find the result."),
        "after": Key(listed(NAME), "Only what has succeeded in these environments."),
        "requires": Key(_REQUIRES, "Gates. Absent: none."),
        "deployers": Key(listed(ACTOR), "Who may deploy. Absent: whoever has write access."),
        "emergency": Key(listed(ACTOR), "Who may use --emergency. Absent: nobody."),
        "freeze": Key(listed(FREEZE), "When nothing is deployed."),
        "on_busy": Key(
            one_of(get_args(OnBusy)),
            "While another deployment runs: wait in line, replace those that wait, or refuse.",
        ),
        "timeout": Key(DURATION, "From the deployer's acceptance to its end, pauses excluded."),
        "start_timeout": Key(DURATION, "Until the deployer accepts."),
        "forks": Key(one_of(get_args(Forks)), "Whether pull requests from forks are deployed."),
        "github_deployments": Key(Boolean(), "Show deployments on GitHub."),
        "verify": Key(_VERIFY, "What is watched afterwards. Absent: nothing."),
        "rollback": Key(_ROLLBACK, "What follows a deployment that went wrong."),
        "slack": Key(SLACK, "A channel of its own.", to="slack_channel"),
        "alerts": ALERTS,
    },
    dict,
    EnvironmentPolicy,
    reserved=RESERVED,
)


def _environments(entries: dict[str, dict[str, Any]]) -> tuple[EnvironmentPolicy, ...]:
    return tuple(EnvironmentPolicy(name=name, **values) for name, values in entries.items())


ENVIRONMENTS: Final = MapOf(NAME, _ENVIRONMENT, _environments, most=50)
