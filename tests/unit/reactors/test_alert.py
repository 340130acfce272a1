"""What an alert means for what runs in a slot."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.alert_events import AlertHeard, AlertNoted, AlertRaised
from bot.domain.alerts import Alert
from bot.domain.events import EventData, Prompt, RollbackSuggested
from bot.domain.instance import AlertSource, InstancePolicy
from bot.domain.slot import Slot, apply
from bot.ports import Decision
from bot.reactors import alert as reactor
from tests.unit.reactors.stories import ADA, AT, GOOD, NEW, SLOT, deployment, done, event, live, running

LABELS = {"service": "api", "environment": "production"}
NOW = AT + 600


def alert(**changes: Any) -> Alert:
    usual = Alert(
        source="sentry", id="a1", title="5xx", state="firing", labels=LABELS, began_at=AT + 500, may_act=True
    )
    return replace(usual, **changes)


def after_two(**changes: Any) -> Slot:
    newer = replace(done("d-new", sha=NEW, rollback_after=0.0), started_at=AT, ended_at=AT + 10)
    return replace(Slot(history=(done(), newer), live=live(newer)), **changes)


def raised(slot: Slot, said: Alert, now: float = NOW, *, alone: bool = True) -> Decision:
    return reactor.raised(event(AlertRaised(alert=said, at=now, alone=alone)), slot, None, now)


def then(slot: Slot, decision: Decision) -> Slot:
    for each in decision.events:
        if each.key == SLOT and each.due is None:
            slot = apply(slot, each.data)
    return slot


def told(decision: Decision, kind: type[EventData]) -> list[Any]:
    return [each.data for each in decision.events if isinstance(each.data, kind)]


def test_it_asks_and_names_the_moment_where_it_may_act() -> None:
    (asked,) = told(raised(after_two(), alert()), RollbackSuggested)
    assert (asked.prompt.target, asked.prompt.evidence, asked.prompt.auto_at) == ("d-good", "5xx", NOW)


@pytest.mark.parametrize(
    "said,alone", [(alert(may_act=False), True), (alert(), False)], ids=["token", "several"]
)
def test_it_only_asks_where_it_may_not(said: Alert, alone: bool) -> None:
    (asked,) = told(raised(after_two(), said, alone=alone), RollbackSuggested)
    assert asked.prompt.auto_at is None


def test_a_signed_one_may_act_although_an_unsigned_one_asked_first() -> None:
    slot = after_two()
    slot = then(slot, raised(slot, alert(id="a0", may_act=False)))
    assert slot.prompts[-1].auto_at is None
    slot = then(slot, raised(slot, alert()))
    assert [each.auto_at for each in slot.prompts] == [NOW]


def test_once_all_are_over_only_people_decide_and_a_new_one_counts_anew() -> None:
    slot = after_two()
    for said in (alert(), alert(id="a2")):
        slot = then(slot, raised(slot, said))
    slot = then(slot, raised(slot, alert(state="resolved")))
    assert slot.prompts[-1].auto_at is not None
    slot = then(slot, raised(slot, alert(id="a2", state="resolved")))
    assert slot.prompts[-1].auto_at is None
    slot = then(slot, raised(slot, alert(), now=NOW + 60))
    assert slot.prompts[-1].auto_at == NOW + 60


@pytest.mark.parametrize(
    "slot,said,now,reason",
    [
        (Slot(), alert(), NOW, "nothing_live"),
        (after_two(), alert(began_at=AT - 1), NOW, "alert_was_before"),
        (after_two(), alert(state="resolved"), NOW, "alert_over"),
        (after_two(), alert(), NOW + 2 * 86_400, "deployed_long_ago"),
        (after_two(history=(after_two().history[-1],)), alert(), NOW, "nothing_to_go_back_to"),
        (after_two(current=running("d-newest")), alert(), NOW, "alert_noted"),
        (
            after_two(prompts=(Prompt("d-new", "d-good", GOOD, "x", AT, answer="keep", answered_by=ADA),)),
            alert(),
            NOW,
            "alert_noted",
        ),
    ],
)
def test_else_nobody_is_asked(slot: Slot, said: Alert, now: float, reason: str) -> None:
    decision = raised(slot, said, now)
    assert decision.reason == reason
    assert told(decision, RollbackSuggested) == []


def test_where_nothing_is_ever_rolled_back_it_is_noted() -> None:
    newer = replace(done("d-new", sha=NEW, rollback="never"), started_at=AT)
    decision = raised(Slot(history=(done(), newer), live=live(newer)), alert())
    assert (decision.reason, len(told(decision, AlertNoted))) == ("alert_noted", 1)


class Slots:
    """What is read: the slots, and who may send what."""

    def __init__(self, states: dict[str, Slot], *repositories: str) -> None:
        self.instance = InstancePolicy(alerts={"sentry": AlertSource("X", repositories)})
        self.ledger = self
        self._states = states

    async def states(self, prefix: str) -> dict[str, Slot]:
        assert prefix == "slot:"
        return self._states


@pytest.mark.parametrize(
    "bound,labels,found",
    [
        ("acme/*", LABELS, 1),
        ("acme/shop", LABELS, 1),
        ("acme/other", LABELS, 0),
        ("acme/*", {"service": "api"}, 0),
    ],
)
async def test_it_concerns_what_has_its_labels_where_its_sender_is_bound(
    bound: str, labels: dict[str, str], found: int
) -> None:
    sources: Any = Slots({SLOT: after_two(), "slot:acme/shop/web/production": Slot()}, bound)
    facts = await reactor.read(sources, event(AlertHeard(alert=alert(labels=labels), at=NOW)))
    assert len(facts.keys) == found


async def test_one_that_concerns_two_repositories_is_not_alone() -> None:
    elsewhere = deployment("d-else", "running")
    other = replace(elsewhere.order.repository, name="other")
    elsewhere = replace(elsewhere, order=replace(elsewhere.order, repository=other))
    sources: Any = Slots({SLOT: after_two(), "slot:other": Slot(current=elsewhere)}, "acme/*")
    heard = event(AlertHeard(alert=alert(), at=NOW))
    facts = await reactor.read(sources, heard)
    decision = reactor.heard(heard, None, facts, NOW)
    assert [each.data.alone for each in decision.events] == [False, False]  # type: ignore[attr-defined]


async def test_a_sender_that_is_not_configured_any_more_concerns_nothing() -> None:
    sources: Any = Slots({SLOT: after_two()}, "acme/*")
    heard = event(AlertHeard(alert=alert(source="datadog"), at=NOW))
    decision = reactor.heard(heard, None, await reactor.read(sources, heard), NOW)
    assert (decision.outcome, decision.reason) == ("ignored", "alert_concerns_nothing")
