"""Serves the bot's HTTP interface: the doors for webhooks, health, metrics and the dashboard.

Each request gets one line in the log, without its body and without its query, which may hold secrets. What
nobody expected is a 500 that names its line in the log, and never what went wrong.
"""

import itertools
import logging
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from bot.inbox import Inbox, Refused
from bot.ports import Clock
from bot.web.alerts import AlertInbox
from bot.web.callbacks import DeployerInbox
from bot.web.dashboard import Dashboard
from bot.web.entrance import DELIVERY, Entrance, response_of
from bot.web.health import Health
from bot.web.linking import Linking
from bot.web.metrics import Metrics, MetricsPage
from bot.web.signing_in import SignIn

_log = structlog.get_logger(__name__)

SHUTDOWN_SECONDS = 8.0
"""How long requests under way may take to end; the whole process has 15 s."""

LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and dropped, so that its sender gets to see the answer."""

_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Server", "pointsman"),
)
_PATH_CHARS_MAX = 200
_QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics", "/story", "/story/changes", "/static/{name}"})


@dataclass(frozen=True, kw_only=True)
class Doors:
    """Who may send us something. Slack is None where it is off, or comes over Socket Mode."""

    github: Inbox
    slack: Inbox | None
    deployers: DeployerInbox
    alerts: tuple[AlertInbox, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pages:
    """What may be looked at. The dashboard is None where nobody is to see it."""

    health: Health
    metrics: MetricsPage
    dashboard: Dashboard | None = None
    linking: Linking | None = None
    sign_in: SignIn | None = None


def create_app(doors: Doors, pages: Pages, metrics: Metrics, clock: Clock) -> web.Application:
    """Put the routes together. Routes of others are added to the application before it starts."""
    entrance = Entrance(metrics, clock)
    # aiohttp's own limit of 1 MiB holds for other routes only: the doors read bodies within their own limits.
    app = web.Application(middlewares=[_frame(clock)])
    app.router.add_post("/webhooks/github", entrance.through(doors.github))
    if doors.slack is not None:
        app.router.add_post("/slack/events", entrance.through(doors.slack))
    app.router.add_post("/callbacks/deployments/{deployment}", entrance.through_callback(doors.deployers))
    for inbox in doors.alerts:
        app.router.add_post(inbox.path, entrance.through(inbox))
    app.router.add_get("/healthz", pages.health.live)
    app.router.add_get("/readyz", pages.health.ready)
    app.router.add_get("/metrics", pages.metrics.handle)
    if pages.sign_in is not None:
        pages.sign_in.add_to(app)
    if pages.linking is not None:
        pages.linking.add_to(app)
    if pages.dashboard is not None:
        pages.dashboard.add_to(app)
    return app


def _frame(clock: Clock) -> Middleware:
    """What is around every request: its number, its line in the log, headers, and what nobody expected."""
    numbers = itertools.count(1)

    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        number, started_at = next(numbers), clock.now()
        try:
            response = await handler(request)
        except web.HTTPException as exception:
            _finish(request, exception, number, clock.now() - started_at)
            raise
        except Refused as refused:
            response = response_of(refused.answer())
        except Exception:  # noqa: BLE001 - the one place where whatever is left becomes a 500 and a log line
            _log.exception("request_failed", request=number, route=_route(request))
            response = _unexpected(number)
        _finish(request, response, number, clock.now() - started_at)
        return response

    return frame


def _finish(request: web.Request, response: web.StreamResponse, number: int, seconds: float) -> None:
    for name, value in _HEADERS:
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = str(number)
    route = _route(request)
    write = _log.debug if route in _QUIET_ROUTES else _log.info
    write(
        "request",
        request=number,
        method=request.method,
        route=route,
        status=response.status,
        milliseconds=round(seconds * 1000, 1),
        delivery=request.get(DELIVERY),
    )


def _route(request: web.Request) -> str:
    """The route, or of an unknown address its path, cut short. Never the query."""
    resource = request.match_info.route.resource
    return request.path[:_PATH_CHARS_MAX] if resource is None else resource.canonical


def _unexpected(number: int) -> web.Response:
    body = {"error": "Something unexpected went wrong; the log says what.", "request": number}
    return web.Response(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        body=msgspec.json.encode(body),
        content_type="application/json",
    )


# --- start and end ----------------------------------------------------------------------------------


class Server:
    """Listens for an application. `port` 0 takes a free one."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_SECONDS,
            lingering_time=LINGER_SECONDS,
            logger=_protocol_logger(),
            # A body is verified as it came; unpacking it first would give strangers a way to fill memory.
            auto_decompress=False,
        )

    async def start(self) -> int:
        """Listen, and give the port. Raises OSError where the address cannot be used."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no new connections, let requests under way end within SHUTDOWN_SECONDS, and close."""
        await self._runner.cleanup()


class _WithoutTracebacksOfStrangers(logging.Filter):
    """Malformed HTTP is the sender's doing: aiohttp answers 400, and one line is enough for it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | web.RequestPayloadError | ConnectionError):
            record.exc_info = None
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = "malformed_request: %s", (type(error).__name__,)
        return True


def _protocol_logger() -> logging.Logger:
    logger = logging.getLogger("bot.web.protocol")
    if not any(isinstance(one, _WithoutTracebacksOfStrangers) for one in logger.filters):
        logger.addFilter(_WithoutTracebacksOfStrangers())
    return logger
