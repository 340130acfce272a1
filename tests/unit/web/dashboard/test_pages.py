"""What the pages show, over real HTTP and a real ledger."""

import asyncio
import re
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from bot.domain.errors import StoreUnavailable
from bot.domain.values import Person, SlackPlace
from bot.explaining.moments import clock
from bot.ledger import schema
from bot.ports import Incoming, Meant, Translated
from bot.web.dashboard.changes import HEARTBEAT_SECONDS, PAUSE_SECONDS
from bot.web.dashboard.pane import STORED_SECONDS
from bot.web.dashboard.rendering import STATIC
from tests.contract.ledger_stories import (
    PULL,
    REACTORS,
    answered,
    decide,
    deliver,
    given,
    incoming,
    lease_one,
    meant,
    new,
    reaction,
)
from tests.unit.web.dashboard.looking import TOKEN, Looking

BEARER = {"Authorization": f"Bearer {TOKEN}"}
HOSTILE = "/deploy <script>alert(1)</script> & \"'"
DOOR = "https://hooks.slack.com/commands/T0/1/secret"


class Names(HTMLParser):
    """Collects the ids of a page and complains of tags that do not match."""

    VOID = frozenset({"meta", "link", "input", "br"})
    LEFT_OPEN = frozenset({"dt", "dd"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID | self.LEFT_OPEN:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


async def one_story(looked: Looking, text: str = "/deploy api production", id: str = "g-1") -> str:
    """A command is given, decided, and something is to be done about it; gives the event's id."""
    await deliver(looked.ledger, id, meant(text), at=looked.clock.now())
    lease = await lease_one(looked.ledger, looked.clock.now())
    event = lease.work[0].event.id
    lease = await decide(
        looked.ledger,
        lease,
        new(answered(event)),
        effects=(reaction(),),
        facts={"permission": "write", "token": "a secret"},
        reason="requested",
    )
    await looked.ledger.release(lease)
    return event


# --- the list ---------------------------------------------------------------------------------------


async def test_an_empty_ledger_says_what_will_be_here(looked: Looking) -> None:
    text = await looked.get("/story")
    assert text.startswith('<section class="story" aria-label="What happened">')
    assert "Nothing has happened yet" in text


async def test_a_story_shows_the_delivery_the_event_the_decision_and_the_effect(looked: Looking) -> None:
    event = await one_story(looked)
    text = await looked.get("/story")
    names = Names(text).ids
    assert names[0] == f"story-{event}"
    assert f"step-{event}-{event}" in names
    assert len(names) == len(set(names)) == 4
    for part in (
        "octocat commented “/deploy api production” on acme/shop#12",
        "GitHub sent issue_comment, created",
        "Everything that was checked allows it: the request is made.",
        "reaction on the comment",
        '<a href="/deliveries/g-1">',
        f'<a href="/events/{event}">',
    ):
        assert part in text


async def test_what_people_wrote_stays_text(looked: Looking) -> None:
    event = await one_story(looked, HOSTILE)
    for path in ("/", "/story", f"/events/{event}", "/deliveries/g-1", f"/?subject={event}"):
        text = await looked.get(path)
        assert "<script>alert" not in text
        Names(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in await looked.get("/story")
    assert "<b>" not in await looked.get("/story?subject=%3Cb%3E")


async def test_deliveries_that_led_to_nothing_are_shown_with_their_reason(looked: Looking) -> None:
    await one_story(looked)
    looked.clock.advance(60)
    push = replace(incoming("g-2", at=looked.clock.now()), event="push")
    await looked.ledger.accept(push)
    await looked.ledger.record_translations(
        [(push, Translated(reason="nothing_listens"))], REACTORS, looked.clock.now()
    )
    text = await looked.get("/story")
    assert "GitHub also told of 1 thing that needs nothing (push)" in text
    assert "Nothing in Pointsman uses this kind of event yet." in text
    assert text.index("g-2") < text.index("g-1")
    assert "1 min ago" in text


async def test_a_commit_of_which_nothing_came_is_explained_by_what_was_ignored(looked: Looking) -> None:
    push = replace(incoming("g-2", at=looked.clock.now()), event="push")
    await looked.ledger.accept(push)
    meaning = Translated(reason="nothing_listens", sha="c0ffee" + "0" * 34, values={"ref": "main"})
    await looked.ledger.record_translations([(push, meaning)], REACTORS, looked.clock.now())
    text = await looked.get("/story?subject=c0ffee0")
    assert "Nothing in Pointsman uses this kind of event yet." in text
    assert "ref: main" in text


async def test_deliveries_that_needed_nothing_are_left_out_where_that_is_wanted(looked: Looking) -> None:
    await one_story(looked)
    looked.clock.advance(60)
    await ignored(looked, "g-2", "push")
    for path, other in (("/story?quiet=0", "?quiet=1"), ("/", "?quiet=1")):
        text = await looked.get(path)
        assert "needs nothing" not in text
        assert (
            f'1 delivery that needed nothing is not shown. <a href="{other}">'
            "Show deliveries that needed nothing</a>" in text
        )
    for path in ("/story?quiet=1", "/?quiet=1"):
        text = await looked.get(path)
        assert "needs nothing" in text
        assert '<a href="?quiet=0">Hide deliveries that needed nothing</a>' in text
    assert "quiet=" not in await looked.get("/story")
    assert 'href="?limit=3&amp;quiet=1"' in await looked.get("/?limit=3")


async def test_a_delivery_that_failed_or_is_not_looked_at_is_never_left_out(looked: Looking) -> None:
    await ignored(looked, "g-2", "push")
    text = await looked.get("/")
    assert "Nothing has happened yet" not in text
    broken = incoming("g-3", at=looked.clock.now())
    await looked.ledger.accept(broken)
    text = await looked.get("/")
    assert "g-3" not in text
    assert "1 delivery that needed nothing is not shown" in text  # what the other needs is not known yet
    looked.clock.advance(STORED_SECONDS)
    assert "1 delivery just stored: issue_comment" in await looked.get("/")
    await looked.ledger.record_translations([(broken, "no such thing")], REACTORS, looked.clock.now())
    assert "1 delivery, not all of them understood: issue_comment" in await looked.get("/")


async def ignored(looked: Looking, id: str, event: str) -> None:
    """Something is sent that needs nothing."""
    push = replace(incoming(id, at=looked.clock.now()), event=event)
    await looked.ledger.accept(push)
    await looked.ledger.record_translations(
        [(push, Translated(reason="nothing_listens"))], REACTORS, looked.clock.now()
    )


async def test_why_a_command_waits_and_until_when_is_shown_on_its_card_and_its_page(looked: Looking) -> None:
    now = looked.clock.now()
    await deliver(looked.ledger, "g-1", meant(), at=now)
    lease = await lease_one(looked.ledger, now)
    await looked.ledger.postpone(lease, lease.work[0], now + 60, "GitHub answered 502 to `GET /x`", now)
    until = clock(now + 60)
    text = await looked.get("/story")
    shown = f"GitHub answered 502 to <code>GET /x</code>. It is tried again at {until} UTC."
    assert text.count(shown) == 2
    assert shown in await looked.get(f"/events/{lease.work[0].event.id}")


async def test_an_event_of_an_unknown_version_is_said_to_be_recorded_and_not_readable(
    looked: Looking,
) -> None:
    event = await one_story(looked)
    of_a_newer_version = sa.update(schema.events).where(schema.events.c.id == event).values(version=99)
    await looked.ledger._executor.write(lambda connection: connection.execute(of_a_newer_version))
    said = "command.given was stored in version 99 by a newer Pointsman"
    text = await looked.get(f"/events/{event}", 404)
    assert "<h1>Recorded, but not readable here</h1>" in text
    assert said in text
    Names(text)
    assert said in await looked.get(f"/?subject={event}", 404)
    assert said in await looked.get(f"/story?subject={event}", 404)
    assert said in await looked.get("/deliveries/g-1")


async def test_the_list_is_bounded_and_newest_first(looked: Looking) -> None:
    events = [await one_story(looked, f"/deploy {number}", f"g-{number}") for number in range(4)]
    stories = re.findall(r'<details id="story-(e-\w+)"', await looked.get("/story?limit=2"))
    assert stories == [events[3], events[2]]


async def test_a_subject_selects_its_stories(looked: Looking) -> None:
    first = await one_story(looked, "/deploy one", "g-1")
    second = await one_story(looked, "/deploy two", "g-2")
    for subject in ("g-1", first):
        text = await looked.get(f"/story?subject={subject}")
        assert (f"story-{first}" in text, f"story-{second}" in text) == (True, False)
    text = await looked.get("/story?subject=acme/shop%2312")
    assert text.index(f"story-{second}") < text.index(f"story-{first}")


@pytest.mark.parametrize(
    "subject",
    [
        "acme/shop%2399",
        "r-0123456789",
        "d-0123456789",
        "e-0123456789abcdef",
        "abcdef1",
        "g-99",
        "what?",
        "%00",
    ],
)
async def test_a_subject_that_nobody_knows_is_said_to_be_unknown(looked: Looking, subject: str) -> None:
    await one_story(looked)
    assert "Nothing is recorded about" in await looked.get(f"/story?subject={subject}")


async def test_a_delivery_that_led_to_nothing_is_found_by_its_id(looked: Looking) -> None:
    await looked.ledger.accept(incoming("g-9"))
    text = await looked.get("/story?subject=g-9")
    assert "1 delivery just stored: issue_comment" in text


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "limit=99999", "subject=" + "a" * 201])
async def test_what_is_malformed_is_refused(looked: Looking, query: str) -> None:
    assert "error" in await looked.get(f"/story?{query}", 400)
    assert "<h1>Not understood</h1>" in await looked.get(f"/?{query}", 400)


async def test_a_story_can_be_opened_and_its_links_can_begin_at_the_bot(looked: Looking) -> None:
    event = await one_story(looked)
    assert f'<details id="story-{event}" class="one good" open>' in await looked.get("/story?open=newest")
    assert " open>" in await looked.get(f"/story?open=x,story-{event}")
    assert " open>" not in await looked.get("/story")
    text = await looked.get("/story?links=absolute")
    assert f'href="http://127.0.0.1:1/events/{event}"' in text
    assert 'href="/' not in text


async def test_a_script_can_have_the_steps_of_open_stories_only(looked: Looking) -> None:
    first = await one_story(looked, "/deploy one", "g-1")
    second = await one_story(looked, "/deploy two", "g-2")
    for path in ("/story", "/"):
        text = await looked.get(f"{path}?steps=open&open=story-{first}")
        assert (f"step-{first}-{first}" in text, f"step-{second}-{second}" in text) == (True, False)
        assert f"story-{second}" in text


async def test_news_are_shown_at_once_and_ages_grow(looked: Looking) -> None:
    await one_story(looked)
    assert "just now" in await looked.get("/story")
    event = await one_story(looked, "/deploy two", "g-2")
    assert f"story-{event}" in await looked.get("/story")
    looked.clock.advance(5)
    assert "5 s ago" in await looked.get("/story")


# --- pages ------------------------------------------------------------------------------------------


async def test_an_event_is_shown_with_its_cause_its_decision_with_facts_and_its_consequences(
    looked: Looking,
) -> None:
    event = await one_story(looked)
    (followed,) = [each for each in await looked.ledger.events() if each.id != event]
    text = await looked.get(f"/events/{event}")
    assert '<a href="/deliveries/g-1">delivery g-1</a>' in text
    assert f'<a href="/events/{followed.id}">The command was answered</a>' in text
    assert "&#34;permission&#34;: &#34;write&#34;" in text
    assert "a secret" not in text
    assert f'<a href="/events/{event}">octocat commented' in await looked.get(f"/events/{followed.id}")


async def test_a_delivery_is_shown_with_its_body_and_what_it_meant(looked: Looking) -> None:
    event = await one_story(looked)
    text = await looked.get("/deliveries/g-1")
    assert "&#34;comment&#34;: &#34;/deploy&#34;" in text
    assert f'<a href="/events/{event}">' in text


async def test_what_slack_gave_to_answer_with_is_shown_nowhere(looked: Looking) -> None:
    body = f"command=%2Fdeploy&token=t0ken&response_url={DOOR}&trigger_id=1.2.3".encode()
    sent = Incoming(
        source="slack",
        id="s-1",
        event="command",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=body,
        received_at=looked.clock.now(),
    )
    place = SlackPlace("T0", "C0", "deploys", response_url=DOOR)
    data = replace(given("deploy api"), place=place, person=Person(slack="U0ADA"))
    await looked.ledger.accept(sent)
    meaning = Translated(events=(Meant(key=PULL, time=looked.clock.now(), data=data),))
    await looked.ledger.record_translations([(sent, meaning)], REACTORS, looked.clock.now())
    (event,) = await looked.ledger.events()
    for path in ("/story", "/deliveries/s-1", f"/events/{event.id}"):
        text = await looked.get(path)
        assert "ada wrote “/deploy api” in #deploys" in text
        for secret in ("hooks.slack.com", "t0ken", "1.2.3"):
            assert secret not in text


@pytest.mark.parametrize(
    "path, status",
    [
        ("/requests/r-0123456789", 404),
        ("/deployments/d-0123456789", 404),
        ("/deployments/d-0123456789/output", 404),
        ("/events/e-0123456789abcdef", 404),
        ("/deliveries/g-99", 404),
        ("/requests/d-0123456789", 400),
        ("/requests/r-0123", 400),
        ("/deployments/r-0123456789", 400),
        ("/deployments/x/output", 400),
        ("/events/e-0123456789", 400),
        ("/deliveries/%20", 400),
    ],
)
async def test_what_is_not_there_has_a_page_that_says_so(looked: Looking, path: str, status: int) -> None:
    text = await looked.get(path, status)
    assert "Show what happened last" in text
    Names(text)


async def test_while_the_ledger_is_away_that_is_said(
    looked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(limit: int) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(looked.ledger, "deliveries", away)
    assert "The ledger does not answer at the moment." in await looked.get("/", 503)
    assert "error" in await looked.get("/story", 503)


async def test_pages_allow_nothing_from_elsewhere(looked: Looking) -> None:
    for path in ("/", "/story"):
        response = await looked.ask("GET", path, BEARER)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        text = await response.text()
        assert "<style" not in text
        assert " style=" not in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


async def test_looks_are_served_to_everybody_and_nothing_else_is(looked: Looking) -> None:
    for name, (kind, body) in STATIC.items():
        response = await looked.ask("GET", f"/static/{name}")
        assert (response.status, response.content_type) == (200, kind)
        assert await response.read() == body
    for name in ("nothing.css", "..%2fpages.py", "story.css%00"):
        assert (await looked.ask("GET", f"/static/{name}")).status == 404


def test_the_stylesheet_of_stories_touches_nothing_outside_them() -> None:
    text = re.sub(r"/\*.*?\*/", "", STATIC["story.css"][1].decode(), flags=re.DOTALL)
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{", text)]
    plain = [one for one in selectors if not one.startswith("@")]
    assert len(plain) > 40
    assert [part for one in plain for part in one.split(",") if not part.strip().startswith(".story")] == []


# --- live -------------------------------------------------------------------------------------------


async def test_an_open_page_hears_of_changes_and_of_quiet_and_ends_with_the_server(looked: Looking) -> None:
    response = await looked.ask("GET", "/story/changes", BEARER)
    assert response.content_type == "text/event-stream"
    lines = response.content
    assert await lines.readline() == b"data: changed\n"  # at once, so that nothing is missed
    await lines.readline()
    await listened(looked)
    await deliver(looked.ledger, "g-1", meant())
    assert await lines.readline() == b"data: changed\n"
    await lines.readline()
    await listened(looked)
    looked.clock.advance(PAUSE_SECONDS + HEARTBEAT_SECONDS)
    assert await lines.readline() == b": nothing new\n"
    await lines.readline()
    await looked.server.stop()
    assert await lines.read() == b""


async def listened(looked: Looking) -> None:
    """Wait until the stream's handler waits for the next change, or for the next sign of life."""
    for _ in range(1_000):
        if any(not sleeper.done() for _, _, sleeper in looked.clock._sleepers):
            return
        await asyncio.sleep(0)
    raise AssertionError("nobody waits")
