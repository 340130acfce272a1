"""The simulated GitHub: its state, what people can do, and the API that the bot calls.

`api` treats a request as GitHub does: who calls, how much of the limit is left, which repository and
permission it needs, whether the body is right; then the endpoint; then ETag and headers. All synchronous.
It must never read a clock, do I/O or start a task: time, chance and the network are the caller's.
"""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from bot.sandbox.github import faulty, rules
from bot.sandbox.github.authentication import Caller, authenticate
from bot.sandbox.github.call import Answer, Call, Endpoint
from bot.sandbox.github.exchange import (
    ApiRequest,
    ApiResponse,
    Json,
    Refusal,
    encode,
    not_found,
    parse_object,
)
from bot.sandbox.github.faults import Fault
from bot.sandbox.github.limits import RateLimits
from bot.sandbox.github.programs import Programs
from bot.sandbox.github.records import Repository
from bot.sandbox.github.routes import find_endpoint

REQUESTS_KEPT = 10_000
_CONTENT = ("/comments", "/pulls")
"""What counts as new content that notifies people."""
API_VERSIONS = ("2022-11-28", "2026-03-10")
_AGENT_MISSING = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
)

Validator = Callable[[ApiRequest, str], list[str]]


@dataclass(frozen=True, slots=True)
class Strictness:
    """Which checks are on. Signing in, scopes, permissions and the primary rate limit always are.

    Benchmarks turn those of bodies off. The secondary limits are off, since time stands still in most tests.
    """

    validators: bool = True
    rules: bool = True
    secondary_limits: bool = False


@dataclass(slots=True)
class RequestRecord:
    """A request that came, the endpoint that served it (None: there is none such) and the answer's status."""

    request: ApiRequest
    at: float
    template: str | None = None
    status: int = 0
    violations: list[str] = field(default_factory=list)


class GitHubWorld(Programs):
    """The whole simulated GitHub.

    Made with `clock` (epoch seconds), `random` and `app`. `requests` holds what was asked (the last ten
    thousand), `violations` what the bot did against the rules, `unknown_requests` what it asked of endpoints
    that are not in the table; tests want both empty. `validators` are asked about each body, besides the
    rules by hand.
    """

    def __init__(self, *arguments: Any, strictness: Strictness | None = None, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.strictness = strictness or Strictness()
        self.validators: list[Validator] = []
        self.limits = RateLimits()
        self.requests: deque[RequestRecord] = deque(maxlen=REQUESTS_KEPT)
        self.violations: list[str] = []
        self.unknown_requests: list[str] = []
        self._served = 0

    def api(self, request: ApiRequest) -> ApiResponse:
        """Answers a request."""
        record = RequestRecord(request, self.clock())
        self.requests.append(record)
        self._served += 1
        delay_seconds = faulty.delay(self.faults, request)
        response = faulty.instead(self.faults, request, self.clock())
        if response is None:
            response = self._served_answer(request, record)
            response.lost = faulty.is_reply_lost(self.faults, request)
        response.delay_seconds = delay_seconds
        response.headers["x-github-request-id"] = f"{self._served:04X}:1A2B3C:{self._served * 7919:07X}"
        response.headers["date"] = formatdate(self.clock(), usegmt=True)
        record.status = response.status
        self.changed()
        return response

    def lag(self, seconds: float) -> None:
        """From now on lists lack what was made in the last so many seconds, as replicas do; 0 ends it."""
        self.faults.remove("lag")
        if seconds > 0:
            self.faults.add(Fault("lag", method="GET", seconds=seconds))

    def record_delivery_result(self, guid: str, status_code: int | None, duration_seconds: float) -> None:
        """Notes how a delivery ended; None means that nobody answered."""
        self.deliveries.close(guid, status_code, duration_seconds, self.clock())
        self.changed()

    def _served_answer(self, request: ApiRequest, record: RequestRecord) -> ApiResponse:
        try:
            _check_headers(request)
            return self._routed_answer(request, record)
        except Refusal as refusal:
            return _refused(refusal)

    def _routed_answer(self, request: ApiRequest, record: RequestRecord) -> ApiResponse:
        route = self._present_route(request.route)
        found = find_endpoint(request.method, route)
        if found is None:
            self.unknown_requests.append(f"{request.method} {request.route}")
            raise not_found()
        endpoint, params = found
        record.template = endpoint.template
        caller = authenticate(self, request.headers)
        key = caller.installation.id if caller.installation else 0
        self.limits.refuse_if_spent(key, self.clock())
        if self.strictness.secondary_limits:
            is_content = endpoint.method == "POST" and endpoint.template.endswith(_CONTENT)
            self.limits.admit_secondary(key, request.method, is_content=is_content, now=self.clock())
        bucket = self.limits.bucket(key, self.clock())
        call = Call(self, self.limits, request, endpoint, params, caller, {})
        response = self._limited_answer(call, record)
        if response.status != 304 and endpoint.template != "/rate_limit":
            bucket.used += 1
        response.headers = {**response.headers, **bucket.headers()}
        return response

    def _limited_answer(self, call: Call, record: RequestRecord) -> ApiResponse:
        try:
            self._admit(call)
            call.body = self._checked_body(call, record)
            return _encoded(call, call.endpoint.handler(call))
        except Refusal as refusal:
            return _refused(refusal)

    def _admit(self, call: Call) -> None:
        """Whether this caller may call this endpoint on this repository."""
        wanted, caller = call.endpoint.by, call.caller
        if wanted == "app" and caller.kind != "app":
            raise Refusal(401, "A JSON web token could not be decoded")
        if wanted == "installation" and caller.kind != "installation":
            raise Refusal(403, "Resource not accessible by integration")
        if "repo" in call.params:
            call.found_repository = self._named_repository(call)
            if call.found_repository.archived and call.request.method not in ("GET", "HEAD"):
                raise Refusal(403, "Repository was archived so is read-only.")
        _check_permission(call.endpoint, caller)

    def _named_repository(self, call: Call) -> Repository:
        name = f"{call.params['owner']}/{call.params['repo']}".lower()
        if name not in self.names and name in self.former_names:
            raise self._moved(call, self.former_names[name])
        repository = self.repository(name)
        if call.caller.kind == "installation" and not call.caller.sees(self, repository):
            raise not_found()
        return repository

    def _moved(self, call: Call, repository_id: int) -> Refusal:
        """A renamed repository: 301 for reading, else 307 so that the method stays ("Best practices")."""
        rest = call.request.path.split("/", 4)[4:]
        location = "/".join([f"{self.api_url}/repositories/{repository_id}", *rest])
        reads = call.request.method == "GET"
        status, words = (301, "Moved Permanently") if reads else (307, "Temporary Redirect")
        return Refusal(status, words, url=location, headers={"location": location})

    def _present_route(self, route: str) -> str:
        """`/repositories/ID/…` under the name that the repository has now."""
        parts = route.split("/", 3)
        if len(parts) < 3 or parts[1] != "repositories" or not parts[2].isdigit():
            return route
        repository = self.repositories.get(int(parts[2]))
        if repository is None:
            raise not_found()
        return "/".join(["/repos", repository.full_name, *parts[3:]])

    def _checked_body(self, call: Call, record: RequestRecord) -> Json:
        request, template = call.request, call.endpoint.template
        if request.method in ("GET", "DELETE") or template == "/graphql":
            return {}
        body = parse_object(request.body)
        found: list[str] = []
        if self.strictness.rules:
            found += rules.complaints(request.method, template, body)
        if self.strictness.validators:
            for validator in self.validators:
                found += validator(request, template)
        if found:
            record.violations = found
            self.violations += [f"{request.method} {template}: {message}" for message in found]
            raise Refusal(422, "Invalid request.\n\n" + "\n".join(found), errors=found)
        return body


def _check_headers(request: ApiRequest) -> None:
    if not request.headers.get("user-agent"):
        raise Refusal(403, _AGENT_MISSING)
    version = request.headers.get("x-github-api-version")
    if version is not None and version not in API_VERSIONS:
        raise Refusal(400, f"{version} is not a supported version.")


def _check_permission(endpoint: Endpoint, caller: Caller) -> None:
    if not endpoint.needs:
        return
    alternatives = [need.partition(":") for need in endpoint.needs.split("|")]
    if not any(caller.may(name, level) for name, _, level in alternatives):
        accepted = "; ".join(f"{name}={level}" for name, _, level in alternatives)
        raise Refusal(
            403,
            "Resource not accessible by integration",
            headers={"x-accepted-github-permissions": accepted},
        )


def _encoded(call: Call, answer: Answer) -> ApiResponse:
    body = encode(answer.payload) if answer.raw is None else answer.raw
    headers = {
        "content-type": answer.content_type,
        "x-github-media-type": "github.v3; format=json",
        "x-github-api-version-selected": call.request.headers.get("x-github-api-version", API_VERSIONS[0]),
        **call.headers,
    }
    if call.request.method != "GET" or answer.status != 200:
        return ApiResponse(answer.status, headers, body)
    digest = hashlib.sha256(call.request.headers.get("accept", "").encode() + b"\0" + body).hexdigest()
    headers["etag"] = f'W/"{digest}"'
    headers["cache-control"] = "private, max-age=60, s-maxage=60"
    headers["vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
    named = call.request.headers.get("if-none-match", "").split(",")
    known = {tag.strip().removeprefix("W/") for tag in named}
    if f'"{digest}"' in known:
        return ApiResponse(304, headers, b"")
    return ApiResponse(200, headers, body)


def _refused(refusal: Refusal) -> ApiResponse:
    headers = {"content-type": "application/json; charset=utf-8", **refusal.headers}
    return ApiResponse(refusal.status, headers, encode(refusal.payload))
