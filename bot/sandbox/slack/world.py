"""The simulated Slack as one value: what the app may call, what people do, what is made to go wrong.

It is a state machine without a clock, a connection or a task of its own, so that a simulation can own it; the
HTTP shell serves the same world. Must never import the rest of the product: it must not share its mistakes.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from bot.sandbox.slack import gestures
from bot.sandbox.slack.answers import respond, show_answer
from bot.sandbox.slack.block_rules import shouts
from bot.sandbox.slack.call import Call, read_call
from bot.sandbox.slack.exchange import Request, Response, SlackError, json_response, text_response
from bot.sandbox.slack.faults import API_FAULTS, OUTGOING_FAULTS, READ_FAULTS, Fault, Faults
from bot.sandbox.slack.limits import Limits, RateMeter
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.methods import FORM_ONLY, METHODS
from bot.sandbox.slack.outbox import Answer, Outgoing
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.signing import signature_headers
from bot.sandbox.slack.transcript import transcript
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Installation, Workspace


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that the app sent and that people could not read, or that Slack would refuse."""

    where: str
    problem: str


@dataclass(slots=True)
class SlackWorld:
    """One workspace with one installed app.

    `calls` holds every Web API call, `violations` what was wrong with them, `unknown_requests` what no Slack
    knows. `scopes` None means that the token may do everything.
    """

    clock: Callable[[], float]
    random: Random
    installation: Installation
    limits: Limits = field(default_factory=Limits)
    scopes: frozenset[str] | None = None
    calls: list[Call] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    unknown_requests: list[str] = field(default_factory=list)
    space: Workspace = field(init=False)
    faults: Faults = field(init=False)
    _meter: RateMeter = field(init=False)

    def __post_init__(self) -> None:
        self.space = Workspace(self.clock, self.random, self.installation)
        self.faults = Faults(self.random)
        self._meter = RateMeter(self.limits)

    # What the app calls

    def api(self, request: Request) -> Response:
        """Answer a Web API request, or one to a `response_url`."""
        if not request.path.startswith("/api/"):
            return self._respond(request)
        method = request.path.removeprefix("/api/").strip("/")
        fault = self.faults.hit(API_FAULTS, method)
        refused = _refusal_of(fault)
        if refused is not None:
            return refused
        response = self._answer(request, method)
        response = replace(response, headers={**response.headers, **self._scopes_header()})
        if fault is None:
            return response
        return Response(
            response.status,
            response.body,
            response.headers,
            fault.seconds if fault.kind == "slow" else 0.0,
            cut=fault.kind == "lost_reply",
        )

    def lag(self, seconds: float) -> None:
        """From now on histories do not show what was said in the last so many seconds; 0: they do."""
        self.faults.active = [fault for fault in self.faults.active if fault.kind != "lag"]
        if seconds > 0:
            self.faults.add(Fault("lag", "conversations.*", seconds=seconds))

    def _scopes_header(self) -> dict[str, str]:
        """What the token may do, as every answer says ("Installing with OAuth")."""
        return {} if self.scopes is None else {"x-oauth-scopes": ",".join(sorted(self.scopes))}

    def _answer(self, request: Request, method: str) -> Response:
        call = Call(method, {}, at=self.clock())
        self.calls.append(call)
        try:
            self.calls[-1] = call = read_call(request, self.clock())
            wait = self._check(call)
            if wait:
                call.answer = "ratelimited"
                return _rate_limited(wait)
            lag = self.faults.hit(READ_FAULTS, method)
            self.space.lag_seconds = 0.0 if lag is None else lag.seconds
            document = METHODS[method].run(self.space, call)
        except SlackError as error:
            call.answer = error.code
            return self._refused(call, error)
        call.answer = "ok"
        self.space.changed()
        return json_response({"ok": True, **document})

    def _check(self, call: Call) -> int:
        """Whose token, which method, how often; the seconds to wait, or SlackError."""
        method = METHODS.get(call.method)
        if method is None:
            self.unknown_requests.append(call.method)
            raise SlackError("unknown_method", req_method=call.method)
        if not call.token:
            raise SlackError("not_authed")
        if not hmac.compare_digest(call.token.encode(), self.installation.bot_token.encode()):
            raise SlackError("invalid_auth")
        if self.scopes is not None and method.scopes and not self.scopes.intersection(method.scopes):
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=method.scopes[0], provided=provided)
        if call.as_json and call.method in FORM_ONLY:
            raise SlackError("invalid_arguments", errors=["JSON: this method takes a form or a query only"])
        strange = sorted(set(call.arguments) - method.arguments)
        self._note(call.method, [f"{name}: no argument of this method" for name in strange])
        self._note(call.method, shouts(call.text("text"), call.arguments.get("blocks")))
        known = self.space.known_channel(call.text("channel")) if method.posts else None
        return self._meter.wait_seconds(call.method, method.tier, known.id if known else None, self.clock())

    def _refused(self, call: Call, error: SlackError) -> Response:
        problems = error.details.get("errors")
        if isinstance(problems, list):
            self._note(call.method, problems)
            messages = [f"[ERROR] {problem}" for problem in problems]
            error.details["response_metadata"] = {"messages": messages}
        self.space.changed()
        return json_response({"ok": False, "error": error.code, **error.details})

    def _respond(self, request: Request) -> Response:
        url = self.space.response_urls.get(request.path)
        if url is None:
            self.unknown_requests.append(request.path)
            return text_response("not_found", 404)
        fault = self.faults.hit(API_FAULTS, "response_url")
        refused = _refusal_of(fault)
        if refused is not None:
            return refused
        response, problems = respond(self.space, url, request)
        self._note("response_url", problems)
        return response

    def _note(self, where: str, problems: list[str]) -> None:
        self.violations += [Violation(where, problem) for problem in problems]

    # What people do

    def slash_command(self, user: str, channel: str, command: str, text: str = "") -> Outgoing | None:
        """Type a command; None when the app has registered none of this name, and Slackbot says so."""
        sent = gestures.slash_command(self.space, self.person(user), self.channel(channel), command, text)
        return self._sent(sent)

    def press(self, user: str, message: Message, button: str) -> Outgoing:
        """Press a message's button by its label or action_id; LookupError when there is none."""
        element = message.element(button)
        return self._went(gestures.use_element(self.space, self.person(user), message, element))

    def select(self, user: str, message: Message, menu: str, choice: Any) -> Outgoing:
        """Choose from a message's menu, by the option's label or value."""
        element = message.element(menu)
        return self._went(gestures.use_element(self.space, self.person(user), message, element, choice))

    def press_in_view(self, user: str, view: View, element: str, choice: Any = None) -> Outgoing:
        """Press a button, or choose, in a modal or on the Home tab."""
        found = next(e for e in view.elements if element in (e.label, e.action_id))
        return self._went(gestures.use_view_element(self.space, self.person(user), view, found, choice))

    def submit_view(self, user: str, view: View, values: dict[str, Any]) -> Outgoing:
        """Fill in and submit a modal; `values` is keyed by action_id or block_id."""
        return self._went(gestures.submit_view(self.space, self.person(user), view, values))

    def close_view(self, user: str, view: View) -> Outgoing | None:
        """Dismiss a modal."""
        return self._sent(gestures.close_view(self.space, self.person(user), view))

    def type_into_select(self, user: str, container: Message | View, menu: str, typed: str) -> Outgoing:
        """Type into an external menu; the options come as the answer."""
        element = next(e for e in container.elements if menu in (e.label, e.action_id))
        return self._went(
            gestures.type_into_select(self.space, self.person(user), (container, element), typed)
        )

    def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write a message."""
        before = len(self.space.outbox.sent)
        message = gestures.post(self.space, self.person(user), self.channel(channel), text, thread_ts)
        for sent in self.space.outbox.sent[before:]:
            self._went(sent)
        return message

    def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write `@Pointsman …`."""
        return self.post(user, channel, f"<@{self.installation.bot_user_id}> {text}", thread_ts)

    def add_channel(self, channel_id: str, name: str) -> Channel:
        """Make a public channel with everybody in it, and invite the app; ValueError when there is one."""
        if channel_id in self.space.channels or self.space.known_channel(name) is not None:
            raise ValueError(f"there is a channel {name} already")
        made = self.space.channels[channel_id] = Channel(channel_id, name, members=set(self.space.people))
        self.space.changed()
        return made

    def open_home(self, user: str) -> Outgoing | None:
        """Open the app's Home tab."""
        return self._sent(gestures.open_home(self.space, self.person(user)))

    def verify_url(self) -> Outgoing:
        """Enter the app's address in Slack's settings, which asks it to echo a challenge."""
        return self._went(gestures.verify_url(self.space))

    # What is on its way to the app

    def signed_headers(self, sent: Outgoing) -> dict[str, str]:
        """The headers of the next attempt, signed with the time that it is now."""
        signed = signature_headers(self.installation.signing_secret, int(self.clock()), sent.body)
        fixed = {
            "Content-Type": sent.content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        return fixed | signed | sent.retry_headers

    def answered(self, sent: Outgoing, answer: Answer) -> None:
        """Take note of what came of an attempt, and show people what they would see."""
        self.space.outbox.settle(sent, answer, self.clock())
        self._note(f"answer to {sent.kind}", show_answer(self.space, sent, answer))
        self.space.changed()

    def _sent(self, sent: Outgoing | None) -> Outgoing | None:
        return None if sent is None else self._went(sent)

    def _went(self, sent: Outgoing) -> Outgoing:
        """Let a fault have its way with a fresh request."""
        fault = self.faults.hit(OUTGOING_FAULTS, sent.kind)
        if fault is None:
            return sent
        if fault.kind == "lose":
            sent.state = "lost"
        elif fault.kind == "stall":
            sent.due_at += fault.seconds
        else:
            self.space.outbox.put(_duplicate_of(sent, len(self.space.outbox.sent) + 1))
        self.space.changed()
        return sent

    # What there is to see

    def person(self, name: str) -> Person:
        """A member by id or name; LookupError."""
        return self.space.person(name)

    def channel(self, name: str) -> Channel:
        """A conversation by id or name; LookupError."""
        return self.space.channel(name)

    def messages(self, channel: str) -> list[Message]:
        """What everybody in the channel sees, threads included, oldest first."""
        return list(self.space.in_channel(self.channel(channel).id))

    def thread(self, first: Message) -> list[Message]:
        """The replies under a message, oldest first."""
        return self.space.replies(first)

    def whispers(self, user: str) -> list[Message]:
        """The ephemeral messages that this person saw, oldest first."""
        return [m for m in self.space.messages if m.only_for == self.person(user).id]

    def find(self, words: str, channel: str | None = None) -> Message:
        """The newest message that says this, ephemeral ones included; LookupError with the transcript."""
        for message in reversed(self.space.messages):
            if words in message.spoken and (channel is None or message.channel == self.channel(channel).id):
                return message
        raise LookupError(f"nobody said {words!r}:\n{self.transcript(channel)}")

    def modals(self, user: str) -> list[View]:
        """The modals that this person has open, the visible one last."""
        return list(self.space.views.stack(self.person(user).id))

    def home(self, user: str) -> View | None:
        """What this person sees on the app's Home tab."""
        return self.space.views.homes.get(self.person(user).id)

    def transcript(self, channel: str | None = None) -> str:
        """All that was said, as lines to read; of one channel or of all."""
        wanted = None if channel is None else self.channel(channel).id
        return transcript(self.space, wanted)


def _refusal_of(fault: Fault | None) -> Response | None:
    """The answer of a fault that keeps a request from having any effect."""
    if fault is None:
        return None
    if fault.kind in ("api_500", "api_503"):
        return text_response("upstream trouble", int(fault.kind[-3:]))
    if fault.kind == "ratelimited":
        return _rate_limited(max(1, round(fault.seconds)))
    return Response(0, cut=True) if fault.kind == "reset" else None


def _rate_limited(wait_seconds: int) -> Response:
    answer = json_response({"ok": False, "error": "ratelimited"}, 429)
    return Response(429, answer.body, {**answer.headers, "retry-after": str(wait_seconds)})


def _duplicate_of(sent: Outgoing, number: int) -> Outgoing:
    copy = Outgoing(number, sent.kind, sent.body, sent.content_type, sent.due_at, sent.user, sent.channel)
    copy.view, copy.name = sent.view, sent.name
    if sent.kind == "event":
        copy.attempts, copy.retry_reason = 1, "http_timeout"
    return copy
