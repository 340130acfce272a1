"""An alert, as it concerns us: who says it, what it is called, which labels it has, whether it is over.

Where it belongs is decided by its labels alone. Pure.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.values import Seconds

LABELS_MAX = 64
LABEL_CHARS_MAX = 300
TITLE_CHARS_MAX = 200
KEPT_MAX = 20
"""So many alerts of one deployment are kept; a storm has more, and they are counted."""
REPOSITORY = "repository"
"""An alert that carries this label (`owner/name`) concerns that repository only."""


class Alert(Struct, frozen=True, kw_only=True):
    """One alert. `id` is the same for each message about it; `began_at` None = its sender does not say.

    `may_act` = its sender signs: it may have something done, not only have people asked.
    """

    source: str
    id: str
    title: str
    state: Literal["firing", "resolved"]
    labels: dict[str, str] = {}
    began_at: Seconds | None = None
    url: str | None = None
    may_act: bool = False


class AlertSeen(Struct, frozen=True, kw_only=True):
    """An alert that concerns a deployment; `times` it was said, `resolved_at` when it was over."""

    source: str
    id: str
    title: str
    at: Seconds
    url: str | None = None
    may_act: bool = False
    times: int = 1
    resolved_at: Seconds | None = None


def concerns(alert: Alert, wanted: Mapping[str, str], repository: str) -> bool:
    """Whether an alert has every wanted label; who wants none gets none."""
    named = alert.labels.get(REPOSITORY)
    if named is not None and named.lower() != repository.lower():
        return False
    return bool(wanted) and all(alert.labels.get(name) == value for name, value in wanted.items())


def noted(seen: tuple[AlertSeen, ...], alert: Alert, at: Seconds) -> tuple[AlertSeen, ...]:
    """Add what an alert says to what was said before: one entry for each alert, the newest last."""
    before = next((each for each in seen if (each.source, each.id) == (alert.source, alert.id)), None)
    if alert.state == "resolved":
        if before is None or before.resolved_at is not None:
            return seen
        over = replace(before, resolved_at=at)
        return tuple(over if each is before else each for each in seen)
    if before is None:
        new = AlertSeen(
            source=alert.source,
            id=alert.id,
            title=alert.title,
            at=at,
            url=alert.url,
            may_act=alert.may_act,
        )
        return (*seen, new)[-KEPT_MAX:]
    again = replace(before, times=before.times + 1, resolved_at=None)
    return tuple(again if each is before else each for each in seen)


def firing(seen: tuple[AlertSeen, ...]) -> tuple[AlertSeen, ...]:
    """Those that are not over."""
    return tuple(each for each in seen if each.resolved_at is None)
