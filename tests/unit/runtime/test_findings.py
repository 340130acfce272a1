"""What GitHub has and we did not know becomes the event that its webhook would have been."""

import pytest
from msgspec.structs import replace

from bot.domain.change import ChangeState
from bot.domain.events import ChangeClosed, ChangeMerged, ChangeOpened, ChangeUpdated, ChecksRequested
from bot.domain.values import Change, Repository
from bot.ports import ChangeSeen
from bot.runtime.findings import Finding, delivery_of, find, translate, unchecked

SHOP = Repository("acme", "shop", 1, 7)
HEAD, OTHER, MERGE = "a" * 40, "b" * 40, "c" * 40
CHANGE = Change(
    repository=SHOP,
    number=12,
    title="A change",
    author="ada",
    head_sha=HEAD,
    head_ref="feature",
    head_repository="acme/shop",
    base_ref="main",
    updated_at=500.0,
)
OPEN = ChangeSeen(change=CHANGE, state="open", default_branch="main")
MERGED = ChangeSeen(
    change=CHANGE, state="merged", default_branch="main", merge_sha=MERGE, merged_at=400.0, merged_by="lin"
)
CLOSED = ChangeSeen(change=CHANGE, state="closed", default_branch="main")
KNOWN = ChangeState(state="open", head_sha=HEAD, updated_at=500.0)


def kind(seen: ChangeSeen, known: ChangeState | None, closed_since: float = 0.0) -> str | None:
    finding = find(seen, known, closed_since)
    return None if finding is None else finding.kind


@pytest.mark.parametrize("seen,known,found", [
    (OPEN, None, "opened"),
    (OPEN, ChangeState(), "opened"),
    (OPEN, KNOWN, None),
    (OPEN, replace(KNOWN, head_sha=OTHER), "updated"),
    (OPEN, replace(KNOWN, state="closed"), "opened"),
    (CLOSED, KNOWN, "closed"),
    (CLOSED, None, None),
    (CLOSED, replace(KNOWN, state="closed"), None),
    (MERGED, KNOWN, "merged"),
    (MERGED, None, "merged"),
    (MERGED, replace(KNOWN, state="merged"), None),
])  # fmt: skip
def test_what_differs_is_found(seen: ChangeSeen, known: ChangeState | None, found: str | None) -> None:
    assert kind(seen, known) == found


def test_a_merge_from_before_the_last_comparison_that_we_never_heard_of_is_no_news() -> None:
    assert kind(MERGED, None, closed_since=401.0) is None
    assert kind(MERGED, KNOWN, closed_since=401.0) == "merged"


def finding(seen: ChangeSeen, known: ChangeState | None) -> Finding:
    found = find(seen, known, 0.0)
    assert found is not None
    return found


@pytest.mark.parametrize("seen,known,data", [
    (OPEN, None, ChangeOpened(change=CHANGE)),
    (OPEN, replace(KNOWN, head_sha=OTHER), ChangeUpdated(change=CHANGE, before=OTHER)),
    (CLOSED, KNOWN, ChangeClosed(change=CHANGE)),
])  # fmt: skip
def test_a_finding_means_what_its_webhook_would_have_meant(
    seen: ChangeSeen, known: ChangeState | None, data: object
) -> None:
    meant = translate(delivery_of(finding(seen, known), 900.0))
    assert meant.events[0].data == data
    assert (meant.events[0].key, meant.events[0].time) == ("pr:acme/shop#12", 500.0)
    assert meant.subject == "acme/shop#12"


def test_a_merge_is_told_by_the_name_under_which_its_webhook_counts() -> None:
    (meant,) = translate(delivery_of(finding(MERGED, None), 900.0)).events
    assert isinstance(meant.data, ChangeMerged)
    assert (meant.data.merge_sha, meant.data.merged_by.login, meant.time) == (MERGE, "lin", 400.0)
    assert (meant.sender, meant.natural) == ("github", f"merged:1#12:{MERGE}")


def test_a_head_without_checks_is_checked_as_if_somebody_had_asked() -> None:
    (meant,) = translate(delivery_of(unchecked(OPEN, KNOWN), 900.0)).events
    assert isinstance(meant.data, ChecksRequested)
    assert (meant.data.head_sha, meant.data.name, meant.data.numbers) == (HEAD, None, (12,))
    assert meant.key == f"commit:acme/shop@{HEAD}"


def test_the_same_finding_has_the_same_id_and_another_one_has_not() -> None:
    first = delivery_of(finding(OPEN, None), 900.0)
    assert delivery_of(finding(OPEN, None), 990.0).id == first.id
    moved = replace(OPEN, change=replace(CHANGE, head_sha=OTHER))
    assert (
        len(
            {
                first.id,
                delivery_of(finding(moved, None), 900.0).id,
                delivery_of(finding(MERGED, None), 900.0).id,
            }
        )
        == 3
    )


def test_a_finding_says_what_github_has_and_what_we_knew() -> None:
    body = delivery_of(finding(OPEN, replace(KNOWN, head_sha=OTHER)), 900.0).body.decode()
    assert f'"head_sha":"{HEAD}"' in body
    assert f'"we_knew":{{"state":"open","head_sha":"{OTHER}"' in body
