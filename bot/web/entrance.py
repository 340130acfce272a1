"""The way of every webhook: length, headers, body, door, answer.

What is cheap comes first, so that a stranger's request costs little. Whatever a sender does, it gets a 4xx
with one sentence; a 503 says that the store, not the sender, is at fault.
"""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.domain.errors import StoreUnavailable
from bot.inbox import RETRY_AFTER_SECONDS, Answer, Inbox, Refused
from bot.ports import Clock
from bot.web.bodies import BodyReader, too_large
from bot.web.callbacks import DeployerInbox
from bot.web.metrics import Metrics

_log = structlog.get_logger(__name__)

DELIVERY = web.RequestKey("delivery", str)
"""The sender's id of what a request brought, for the request's line in the log."""


class Entrance:
    """The way of every webhook: length, headers, body, door, answer."""

    def __init__(self, metrics: Metrics, clock: Clock, bodies: BodyReader | None = None) -> None:
        self._metrics = metrics
        self._clock = clock
        self._bodies = bodies or BodyReader()

    def through(self, inbox: Inbox) -> Handler:
        """Give the handler of a door."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, inbox)

        return handle

    def through_callback(self, deployers: DeployerInbox) -> Handler:
        """Give the handler of the deployers' doors, one for each deployment."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, deployers.at(request.match_info["deployment"]))

        return handle

    async def _answer(self, request: web.Request, inbox: Inbox) -> web.Response:
        started_at = self._clock.now()
        try:
            answer = await self._take(request, inbox)
        except Refused as refused:
            answer = refused.answer()
        except StoreUnavailable as error:
            _log.error("store_unavailable", source=inbox.source, problem=str(error))
            answer = _UNAVAILABLE.answer()
        self._metrics.answered(inbox.source, answer, max(0.0, self._clock.now() - started_at))
        if answer.delivery is not None:
            request[DELIVERY] = answer.delivery
        return response_of(answer)

    async def _take(self, request: web.Request, inbox: Inbox) -> Answer:
        declared = request.content_length
        if declared is not None and declared > inbox.body_bytes_max:
            raise too_large(inbox.body_bytes_max)
        inbox.check_headers(request.headers)
        body = await self._bodies.read(request, inbox.body_bytes_max)
        try:
            return await inbox.take(request.headers, body)
        finally:
            self._bodies.release(len(body))


_UNAVAILABLE = Refused(
    503, "The delivery could not be stored; send it again later.", {"Retry-After": str(RETRY_AFTER_SECONDS)}
)


def response_of(answer: Answer) -> web.Response:
    """Give an answer as aiohttp sends it."""
    return web.Response(
        status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
    )
