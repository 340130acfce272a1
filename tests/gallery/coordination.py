"""Gates, approvals, locks, freezes, and what is said of rights: with plain and with hostile words."""

from msgspec.structs import replace

from bot.domain.hold_events import Freeze, Lock, Waiter
from bot.domain.holds import Holds
from bot.domain.request import Approval
from bot.domain.values import Person, SlackPlace
from bot.domain.verdict import Verdict
from bot.domain.who_may import Account, RightsChange, RightsChanged
from bot.messages import answers, approvals, emergencies, holds, linking, who_may
from bot.messages.message import Message
from tests.gallery.exhibits import Exhibit, Room, Said, answer
from tests.unit.messages import samples
from tests.unit.messages.samples import AT, HOSTILE, SHOP, VERDICTS

MONA, LIN = Person("mona", "U0MONA001"), Person("lin", "U0LIN0001")
HERE = SlackPlace("T0", "C0DEPLOY01", "deploys")
HOUR = 3_600.0
LOCK = Lock(
    id="l-0000000001",
    person=LIN,
    place=HERE,
    repository=SHOP,
    since=AT,
    services=("api",),
    environments=("production",),
    until=AT + 2 * HOUR,
    because="the migration runs",
)
WANTED = Lock(
    id="l-0000000002", person=MONA, place=HERE, repository=SHOP, since=AT, environments=("production",)
)
HOSTILE_LOCK = Lock(
    id="l-0000000003", person=Person(HOSTILE), place=HERE, repository=SHOP, since=AT, because=HOSTILE
)
WAITER = Waiter(person=MONA, place=HERE, behind=LOCK.id, since=AT, lock=WANTED)
FREEZE = Freeze(
    id="f-0000000001",
    environment="production",
    person=LIN,
    place=HERE,
    since=AT,
    until=AT + 48 * HOUR,
    because="the sale",
)
MISSING = Verdict(
    gate="approvals",
    state="waiting",
    reason="approvals_missing",
    values={"by": [], "needed": 1, "approvers": ["acme/sre"]},
)
CHANGED = RightsChanged(
    repository=SHOP,
    lists=(),
    accounts=(Account("newcomer", 0),),
    changes=(
        RightsChange("environments.production.deployers", ("mona", "acme/sre"), ("acme/sre", "newcomer")),
        RightsChange("environments.production.emergency", None, ("lin",)),
    ),
    person=MONA,
)


def rooms() -> tuple[Room, ...]:
    """All of it."""
    return (
        Room(
            name="gates",
            title="Gates, and a second person",
            about="What says no or is waited for, and who has to agree.",
            exhibits=tuple(_gates()),
        ),
        Room(
            name="holds",
            title="Locks, the line, and freezes",
            about="Each has one message that changes; who waits is told in person.",
            exhibits=tuple(_holds()),
        ),
        Room(
            name="rights",
            title="Who is who, and who may",
            about="Linked accounts, and lists that changed.",
            exhibits=(
                told("rights-changed", "Who may has changed", who_may.changed(CHANGED)),
                answer(
                    "link", "A link to sign in", linking.link("https://pointsman.example.com/link/e-1", None)
                ),
            ),
        ),
    )


def told(name: str, title: str, message: Message, place: str = "In the channel") -> Exhibit:
    """Something that everybody reads."""
    return Exhibit(name=name, title=title, comment=message.markdown, said=(Said(place, message),))


def _gates() -> list[Exhibit]:
    request = samples.request(samples.part("waiting"))
    approved = replace(request, approvals=(Approval(LIN, AT),))
    return [
        answer("held", "Gates say no", answers.held("production", {"api": VERDICTS, "web": VERDICTS[:1]})),
        told("approval-wanted", "Somebody has to approve", approvals.wanted(MISSING), "In the thread"),
        told(
            "approval-late",
            "Still waiting",
            approvals.still_wanted(MISSING, 1_800.0, 1_800.0),
            "In the thread",
        ),
        told("approval-given", "Approved", approvals.given(approved, LIN), "In the thread"),
        told("approval-withdrawn", "Taken back", approvals.withdrawn(LIN), "In the thread"),
        told("approval-rejected", "Rejected", approvals.rejected(LIN, HOSTILE), "In the thread"),
        told(
            "emergency",
            "An emergency",
            emergencies.announcement(MONA, ("api",), "production", HOSTILE, ("lock", "checks")),
        ),
    ]


def _holds() -> list[Exhibit]:
    everything = Holds(locks=(LOCK, HOSTILE_LOCK), freezes=(FREEZE,), line=(WAITER,))
    return [
        told("locked", "Locked", holds.taken(LOCK, handed_over=False)),
        told("locked-handed-over", "Passed on", holds.taken(WANTED, handed_over=True)),
        told("locked-hostile", "Hostile words", holds.taken(HOSTILE_LOCK, handed_over=False)),
        told("unlocked", "Unlocked", holds.released(LOCK, "unlocked", None, None)),
        told("unlocked-taken", "Taken away", holds.released(LOCK, "taken_away", MONA, "production is down")),
        answer("lock-yours", "Yours", holds.yours(LOCK)),
        answer("lock-line", "In line", holds.in_line(WANTED, LOCK, 1)),
        told("lock-handed-over", "Your turn", holds.handed_over(WANTED), "In the thread"),
        told("lock-free", "Free again", holds.free_again(WAITER, LOCK), "In the thread"),
        told("lock-asked", "The holder is asked", holds.asked_for(WAITER, LOCK), "In the thread"),
        told("lock-reminder", "A reminder", holds.reminder(LOCK, AT + HOUR), "In the thread"),
        answer("lock-list", "What is locked", holds.listed_holds(everything, AT + 60.0)),
        told("frozen", "Frozen", holds.frozen(FREEZE)),
        told("unfrozen", "Not frozen any more", holds.unfrozen("production", LIN)),
    ]
