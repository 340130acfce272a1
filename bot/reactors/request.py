"""What people see of a request: its comment, its Slack message, the thread, the rollback prompt.

A request decides nothing about deployments. Each time a slot shows a new picture, the comment and the
message are brought to it; what is worth telling once is said in the thread.
"""

from msgspec import Struct

from bot.domain.deployment import Deployment
from bot.domain.effects import EffectBody, KeepMessage, SayInThread, Wanted, WriteComment
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import Event, Prompt, RequestProgressed, data_of
from bot.domain.request import ASKED_OF_PEOPLE, Request
from bot.domain.state import request_key
from bot.domain.values import Seconds
from bot.domain.verdict import waiting_of
from bot.messages import approvals, changes, prompts, requests, threads
from bot.messages.message import Message
from bot.ports import Compared, Decision, Sources


class ProgressFacts(Struct, frozen=True):
    """What changes with a deployment, read once when it starts; `unreadable` says why it is missing.

    `web_url` is GitHub's address for people.
    """

    compared: Compared | None = None
    unreadable: str | None = None
    web_url: str = prompts.GITHUB_WEB


async def read(sources: Sources, event: Event) -> ProgressFacts:
    """Read what changes, when a deployment starts. It is only told, so a fault does not hold anything."""
    deployment = data_of(event, RequestProgressed).deployment
    order = deployment.order
    if deployment.state != "starting" or not deployment.previous_sha:
        return ProgressFacts(web_url=sources.web_url)
    try:
        compared = await sources.github.compare(order.repository, deployment.previous_sha, order.sha)
    except (PassingFault, LastingFault) as fault:
        return ProgressFacts(unreadable=fault.reason, web_url=sources.web_url)
    return ProgressFacts(compared=compared, web_url=sources.web_url)


def made(event: Event, request: Request, _facts: None, _now: Seconds) -> Decision:
    """A request was made: show it where it was asked for and in the channel.

    Nothing was read, so nothing is linked yet; the slot's first picture follows at once.
    """
    return Decision(
        outcome="acted", reason="shown", values={"request": request.id}, effects=shown(request, "")
    )


def progressed(event: Event, request: Request | None, facts: ProgressFacts, _now: Seconds) -> Decision:
    """A deployment of the request changed: bring everything that shows it up to date."""
    data = data_of(event, RequestProgressed)
    if request is None:
        return Decision(outcome="ignored", reason="request_unknown")
    effects = shown(request, facts.web_url)
    if request.made.channel:
        effects += _told(request, data, facts)
    values = {"deployment": data.deployment.id, "state": data.deployment.state}
    return Decision(outcome="acted", reason="shown", values=values, effects=effects)


def shown(request: Request, web_url: str) -> tuple[Wanted, ...]:
    """Bring the comment and the message of a request to how it stands."""
    made = request.made
    effects: tuple[Wanted, ...] = ()
    if made.number is not None:
        comment: EffectBody = WriteComment(
            repository=made.repository,
            number=made.number,
            marker=_marker(request),
            text=requests.comment(request, web_url),
        )
        effects += (Wanted(body=comment, target=f"comment:{made.id}", owner=request_key(made.id)),)
    if made.channel:
        message = requests.message(request, web_url)
        body = KeepMessage(
            channel=made.channel, text=message.text, blocks=message.blocks, marker=_marker(request)
        )
        target = _message_target(request)
        effects += (Wanted(body=body, target=target, after=made.thread_of, owner=request_key(made.id)),)
    return effects


def _told(request: Request, data: RequestProgressed, facts: ProgressFacts) -> tuple[Wanted, ...]:
    """The prompt comes first: a channel takes a message a second, and somebody may be waiting for it."""
    deployment = data.deployment
    told: tuple[Wanted, ...] = ()
    if data.prompt is not None:
        told += (_prompt(request, deployment, data.prompt, facts.web_url),)
    if deployment.state == "waiting":
        told += _people_asked(request, deployment)
    if deployment.state == "starting":
        opening = () if _has_begun(request, deployment) else (threads.asked(request, facts.web_url),)
        change = changes.told(deployment, facts.compared, facts.unreadable, facts.web_url)
        told += (say(request, f"{deployment.id}:started", *opening, change),)
    if deployment.ended and data.prompt is None:  # else the question has said how it ended
        how = threads.ended(deployment, data.live, facts.web_url)
        told += (say(request, f"{deployment.id}:ended", how),)
    return told


def _people_asked(request: Request, deployment: Deployment) -> tuple[Wanted, ...]:
    """Ask for an approval once, and once more when half of the time is over."""
    asked = next((each for each in waiting_of(deployment.verdicts) if each.reason in ASKED_OF_PEOPLE), None)
    looked_at, ends = deployment.looked_at, deployment.wait_ends
    if asked is None or looked_at is None or ends is None:
        return ()
    told = (say(request, f"{request.id}:{asked.gate}:wanted", approvals.wanted(asked)),)
    waited = looked_at - deployment.order.requested_at
    if looked_at < (deployment.order.requested_at + ends) / 2.0:
        return told
    again = approvals.still_wanted(asked, waited, ends - looked_at)
    return (*told, say(request, f"{request.id}:{asked.gate}:still_wanted", again))


def _has_begun(request: Request, deployment: Deployment) -> bool:
    """Whether another service of the request started earlier: who asked is told once."""
    others = (part.deployment for part in request.parts if part.deployment.id != deployment.id)
    return any(other.started_at is not None for other in others)


def _prompt(request: Request, deployment: Deployment, prompt: Prompt, web_url: str) -> Wanted:
    message = prompts.message(deployment, prompt, web_url)
    body = KeepMessage(
        channel=request.made.channel or "",
        text=message.text,
        blocks=message.blocks,
        marker=f"pointsman:prompt:{deployment.id}",
    )
    return Wanted(body=body, target=f"slack:prompt:{deployment.id}", after=_message_target(request))


def say(request: Request, once: str, *messages: Message) -> Wanted:
    """Say something once in the thread; `once` names it, so that another picture does not repeat it."""
    body = SayInThread(
        channel=request.made.channel or "",
        text="\n".join(message.text for message in messages),
        blocks=tuple(block for message in messages for block in message.blocks),
    )
    return Wanted(body=body, target=f"slack:said:{once}", after=_message_target(request))


def _message_target(request: Request) -> str:
    return f"slack:{request.id}"


def _marker(request: Request) -> str:
    return f"pointsman:{request.id}"
