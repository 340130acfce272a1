"""How the faults in force change the answer to a request.

It must never touch the state: an answer that fails here was never served.
"""

from bot.sandbox.github.exchange import DOCUMENTATION, ApiRequest, ApiResponse, encode
from bot.sandbox.github.faults import Fault, Faults
from bot.sandbox.github.limits import SECONDARY_MESSAGE

_PAGE = b"<html><head><title>Unicorn! &middot; GitHub</title></head><body>We had issues.</body></html>"
RETRY_AFTER_SECONDS = 60.0
SLOW_SECONDS = 5.0


def delay(faults: Faults, request: ApiRequest) -> float:
    """How long the answer takes, in seconds."""
    fault = faults.for_request(request.method, request.route, ("slow",))
    if fault is None:
        return 0.0
    return SLOW_SECONDS if fault.seconds is None else fault.seconds


def is_reply_lost(faults: Faults, request: ApiRequest) -> bool:
    """Whether the connection breaks after the request was served."""
    return faults.for_request(request.method, request.route, ("lost_reply",)) is not None


def instead(faults: Faults, request: ApiRequest, now: float) -> ApiResponse | None:
    """The answer that comes instead of being served, if a fault says so."""
    kinds = ("reset", "status", "rate_limit_primary", "rate_limit_secondary", "not_found_once")
    fault = faults.for_request(request.method, request.route, kinds)
    if fault is None:
        return None
    if fault.kind == "reset":
        return ApiResponse(0, lost=True)
    if fault.kind == "status":
        return _server_error(fault)
    if fault.kind == "not_found_once":
        return _json(404, "Not Found", {})
    wait = RETRY_AFTER_SECONDS if fault.seconds is None else fault.seconds
    return _primary(now + wait) if fault.kind == "rate_limit_primary" else _secondary(fault.status, wait)


def _server_error(fault: Fault) -> ApiResponse:
    """500 in JSON; 502 and 503 come from the load balancer, as a page."""
    if fault.status == 500:
        return _json(500, "Server Error", {})
    return ApiResponse(fault.status, {"content-type": "text/html; charset=utf-8"}, _PAGE)


def _primary(reset_at: float) -> ApiResponse:
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-used": "5000",
        "x-ratelimit-reset": str(int(reset_at)),
        "x-ratelimit-resource": "core",
    }
    return _json(403, "API rate limit exceeded for installation.", headers)


def _secondary(status: int, wait_seconds: float) -> ApiResponse:
    headers = {"retry-after": str(int(wait_seconds))}
    return _json(429 if status == 429 else 403, SECONDARY_MESSAGE, headers)


def _json(status: int, message: str, headers: dict[str, str]) -> ApiResponse:
    body = encode({"message": message, "documentation_url": DOCUMENTATION, "status": str(status)})
    return ApiResponse(status, {"content-type": "application/json; charset=utf-8", **headers}, body)
