"""What comes in: deliveries as they are stored, and what they mean."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from bot.domain.events import EventData
from bot.domain.values import Seconds


class Incoming(Struct, frozen=True, kw_only=True):
    """A verified request, to be stored before it is acknowledged.

    `id` is the sender's id (X-GitHub-Delivery, Slack's event_id or trigger_id, a webhook-id), unique
    for its `source`. `headers` are only those that translation needs, lower case. The source `reconciler` is
    ourselves: what was found when our records were compared with GitHub.
    """

    source: Literal["github", "slack", "deployer", "alerts", "reconciler", "pointsman"]
    id: str
    event: str
    action: str | None = None
    headers: Mapping[str, str] = {}
    body: bytes
    received_at: Seconds


class Accepted(Struct, frozen=True):
    """What storing found: new, a duplicate (nothing changed), or a repair of one that had failed."""

    state: Literal["new", "duplicate", "revived"]
    conflict: bool = False  # the same id came with another body: kept as it was, and logged


class Translated(Struct, frozen=True, kw_only=True):
    """What a delivery means: events with the ids that the sender's facts give them, or why nothing.

    `natural` ids (a comment's id) make an event count once even when it arrives under another
    delivery id. `reason` is a code of `domain.reasons` (`code: detail` where there is more to say), `values`
    are what was compared. `subject` and `sha` (40 digits) are what people look for.
    """

    events: tuple["Meant", ...] = ()
    reason: str = ""
    action: str | None = None
    subject: str | None = None
    sha: str | None = None
    values: Mapping[str, Any] = {}


class Meant(Struct, frozen=True, kw_only=True):
    """One event that a delivery means. `natural` None = derive the id from the delivery.

    `found_by` are names under which the event's slot is known (`d-…`, a deployer's own); with them `key` is
    found by the first that leads to one, and an event that nothing leads to is nobody's. A report then goes
    by the name that it was found by. `sender` is whose fact it is where somebody else tells it, so that it
    counts once whoever tells it first; it goes with `natural`.
    """

    key: str = ""
    found_by: tuple[str, ...] = ()
    time: Seconds
    data: EventData
    natural: str | None = None
    sender: str | None = None
