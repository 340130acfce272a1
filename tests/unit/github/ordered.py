"""Effects as the runner hands them to a performer."""

from collections.abc import Mapping
from typing import Any

from bot.domain.effects import Effect, EffectBody


def ordered(
    body: EffectBody,
    handle: Mapping[str, Any] | None = None,
    *,
    lost_at: float | None = None,
) -> Effect:
    """An effect; `lost_at` = the reply to an attempt at that time was lost."""
    return Effect(
        key="key",
        body=body,
        version=1,
        handle=None if handle is None else dict(handle),
        parent_handle=None,
        uncertain=lost_at is not None,
        attempts=1,
        token="lease",
        first_attempt_at=lost_at,
    )
