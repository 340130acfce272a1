"""A simulated Slack to play with and to test against: strict, realistic, and without a network.

It is a state machine (`SlackWorld`) with an HTTP shell (`SlackServer`). The state machine answers the Web API
(`world.api`), lets people act (`world.slash_command`, `press`, `mention`, `submit_view`, …) and queues signed
requests (`world.space.outbox`). It has no clock of its own, no I/O and no tasks: a simulation can own it.

It must never import the rest of `bot`: it must not share the product's mistakes.

Public names:

* `SlackWorld`: the state machine, for the workspace `acme`; `Violation`: what the app got wrong.
* `Installation`: the installed app and the secrets that it shares with Slack.
* `Workspace`: all that is remembered.
* `Request`, `Response`: one exchange with the Web API.
* `Outgoing`, `Answer`: one request to the app, and what came of it.
* `Message`, `Element`, `View`, `Person`, `Channel`: what people see.
* `Fault`, `PRESETS`: what can be made to go wrong; `Limits`: how often the Web API may be called.
* `SlackServer`: the HTTP shell, with `wait_until` for tests that never sleep.
"""

from bot.sandbox.slack.exchange import Request, Response
from bot.sandbox.slack.faults import PRESETS, Fault
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.messages import Element, Message
from bot.sandbox.slack.outbox import Answer, Outgoing
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Installation, Workspace
from bot.sandbox.slack.world import SlackWorld, Violation

__all__ = [
    "PRESETS",
    "Answer",
    "Channel",
    "Element",
    "Fault",
    "Installation",
    "Limits",
    "Message",
    "Outgoing",
    "Person",
    "Request",
    "Response",
    "SlackServer",
    "SlackWorld",
    "View",
    "Violation",
    "Workspace",
]
