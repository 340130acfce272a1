"""Forms and the Home tab at Slack: opened once, filled while they are open, and told when it was too late."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any, NamedTuple

import pytest

from bot.domain.effects import Effect, EffectBody, FillForm, KeepMessage, OpenForm, ShowHome
from bot.domain.errors import PassingFault
from bot.domain.events import New
from bot.domain.slack_events import FormMissed
from bot.domain.values import Person, SlackPlace
from bot.ports import Performed
from bot.sandbox.slack import Fault, Installation, Limits, SlackServer, SlackWorld, View
from bot.slack.client import SlackClient, SlackRefused
from bot.slack.views import view_performers
from tests.unit.doors import StoppedClock

TOKEN, FORM, OWNER = "xoxb-of-the-test", "e-0123456789abcdef", "slack:T0ACME:C0DEPLOYS:1.2"
PLACE, ADA = SlackPlace("T0ACME", "C0DEPLOYS"), Person(slack="U0ADA")


def modal(words: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Deploy"},
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": words}}],
    }


FILLED = FillForm(name=FORM, user="U0ADA", view=modal("Filled"))


class Screen(NamedTuple):
    """A workspace, and what Ada sees in it."""

    world: SlackWorld
    clock: StoppedClock
    client: SlackClient

    async def perform(self, body: EffectBody, **changes: Any) -> Performed:
        known: dict[str, Any] = {
            "key": "x-1",
            "body": body,
            "version": 1,
            "handle": None,
            "parent_handle": None,
            "uncertain": False,
            "attempts": 1,
            "token": "lease",
            "owner": OWNER,
        }
        return await view_performers(self.client)[body.KIND](Effect(**(known | changes)))

    def form(self) -> OpenForm:
        """A form that is wanted now."""
        self.world.slash_command("ada", "C0DEPLOYS", "/deploy")
        trigger = list(self.world.space.views.triggers)[-1]
        return OpenForm(name=FORM, trigger=trigger, place=PLACE, person=ADA, view=modal("Empty"))

    @property
    def modals(self) -> list[View]:
        return self.world.modals("ada")


@pytest.fixture
async def screen() -> AsyncIterator[Screen]:
    clock = StoppedClock()
    world = SlackWorld(clock.now, Random(1), Installation("secret", TOKEN), Limits.lifted())
    server = SlackServer(world)
    await server.start()
    client = SlackClient(TOKEN, server.api_url)
    yield Screen(world, clock, client)
    await client.close()
    await server.close()


def words(view: View) -> str:
    return str(view.blocks[0]["text"]["text"])


async def test_a_form_opens_and_is_filled(screen: Screen) -> None:
    opened = await screen.perform(screen.form())
    assert (opened.handle, opened.events, opened.note) == ({"form": FORM}, (), "opened")
    filled = await screen.perform(FILLED, parent_handle=opened.handle)
    assert filled.note == "filled"
    (view,) = screen.modals
    assert words(view) == "Filled"
    assert screen.world.violations == []


@pytest.mark.parametrize("seconds,code", [(4.0, "expired_trigger_id"), (0.0, "exchanged_trigger_id")])
async def test_a_trigger_that_is_too_old_or_used_is_told_to_who_wanted_the_form(
    screen: Screen, seconds: float, code: str
) -> None:
    form = screen.form()
    if not seconds:
        await screen.perform(form)
        screen.world.close_view("ada", screen.modals[0])
    screen.clock.time += seconds
    performed = await screen.perform(form)
    assert performed.events == (New(key=OWNER, data=FormMissed(place=PLACE, person=ADA, reason=code)),)
    assert performed.handle is not None
    assert screen.modals == []
    assert (await screen.perform(FILLED, parent_handle=performed.handle)).note == "closed"


async def test_without_an_owner_nobody_is_told(screen: Screen) -> None:
    form = screen.form()
    screen.clock.time += 4
    assert (await screen.perform(form, owner=None)).events == ()


async def test_a_form_whose_reply_was_lost_is_found_open(screen: Screen) -> None:
    form = screen.form()
    screen.world.faults.add(Fault("lost_reply", "views.open", times=1))
    with pytest.raises(PassingFault) as fault:
        await screen.perform(form)
    assert fault.value.applied_maybe
    screen.clock.time += 10
    assert (await screen.perform(form, uncertain=True)).note == "found"
    assert len(screen.modals) == 1


async def test_a_name_that_is_in_use_is_the_form_that_is_open(screen: Screen) -> None:
    await screen.perform(screen.form())
    assert (await screen.perform(screen.form())).note == "found"
    assert len(screen.modals) == 1


async def test_what_slack_refuses_for_another_reason_is_a_fault(screen: Screen) -> None:
    form = OpenForm(name=FORM, trigger=screen.form().trigger, place=PLACE, person=ADA, view={"type": "modal"})
    with pytest.raises(SlackRefused, match="invalid_arguments"):
        await screen.perform(form)
    await screen.perform(screen.form())
    with pytest.raises(SlackRefused, match="invalid_arguments"):
        await screen.perform(FillForm(name=FORM, user="U0ADA", view={"type": "modal"}))


async def test_the_home_tab_is_one_persons_and_the_newest(screen: Screen) -> None:
    for said in ("Before", "After"):
        view = {"type": "home", "blocks": modal(said)["blocks"]}
        assert (await screen.perform(ShowHome(user="U0ADA", view=view))).handle == {"user": "U0ADA"}
    home = screen.world.home("ada")
    assert home is not None
    assert words(home) == "After"
    assert screen.world.home("grace") is None


@pytest.mark.parametrize("kind", [OpenForm, FillForm, ShowHome])
async def test_a_performer_in_the_wrong_row_is_found_out(screen: Screen, kind: type[EffectBody]) -> None:
    effect = Effect(
        key="x-1",
        body=KeepMessage(channel="C1", text="x"),
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=False,
        attempts=1,
        token="lease",
    )
    with pytest.raises(TypeError):
        await view_performers(screen.client)[kind.KIND](effect)
