"""`services.NAME.after`: within one request, the services that this one follows have succeeded.

Services that do not follow each other never wait for each other.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.request import Request
from bot.domain.state import request_key
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict
from bot.gates.gate import Gate, Question, failed, passed, waiting
from bot.ports import Sources


class Leader(Struct, frozen=True):
    """A service of the same request that this one follows, and how it stands."""

    service: str
    state: Literal["waiting", "succeeded", "failed"]
    deployment: str


class ServicesFacts(Struct, frozen=True):
    """The services of the request that this one follows."""

    leaders: tuple[Leader, ...] = ()


async def read(sources: Sources, question: Question) -> ServicesFacts:
    """Read how the request's other parts stand."""
    service = question.service_policy
    request = await sources.ledger.state(request_key(question.request or ""))
    if service is None or not isinstance(request, Request):
        return ServicesFacts()
    parts = (part.deployment for part in request.parts if part.deployment.order.service in service.after)
    return ServicesFacts(
        tuple(Leader(each.order.service, _standing(each.state, each.ended), each.id) for each in parts)
    )


def _standing(state: str, ended: bool) -> Literal["waiting", "succeeded", "failed"]:
    if state == "succeeded":
        return "succeeded"
    return "failed" if ended else "waiting"


def judge(_question: Question, facts: ServicesFacts, _now: Seconds) -> Verdict:
    """One that went wrong ends this too; one that is under way is waited for."""
    for each in facts.leaders:
        if each.state == "failed":
            return failed("services", "leader_failed", service=each.service, deployment=each.deployment)
    under_way = [each.service for each in facts.leaders if each.state == "waiting"]
    if under_way:
        return waiting("services", "leader_under_way", services=under_way)
    return passed("services", "leaders_succeeded", services=[each.service for each in facts.leaders])


GATE = Gate(
    name="services",
    summary="the services that it follows have succeeded",
    applies=lambda question: bool(
        question.request and question.service_policy and question.service_policy.after
    ),
    key=lambda question: f"services/{question.request}/{question.service}",
    read=read,
    judge=judge,
    facts=ServicesFacts,
)
