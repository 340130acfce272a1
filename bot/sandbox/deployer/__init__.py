"""A simulated deployer that takes the `http` driver's orders, strictly, and reports how deployments go.

It is a state machine (`DeployerWorld`) with an HTTP shell (`DeployerServer`). The world checks each order's
signature and shape, plays a scripted deployment and reports it with signed callbacks; `world.live` is what
runs where. It has no clock of its own, no I/O and no tasks, so a simulation can own it.

It must never import the rest of `bot`: it must not share the product's mistakes.

Public names:

* `DeployerWorld`: the state machine (`play_next`, `break_next`, `release_late`, `live`, `orders`).
* `Order`, `Run`, `Live`, `Report`: what was asked for, what is played, what runs, what is told.
* `BEHAVIOURS`: how a deployment can go.
* `make_secret`, `signed_headers`, `signature_problem`: Standard Webhooks.
* `DeployerServer`: the HTTP shell, with `hook_url` and `wait_until`.
"""

from bot.sandbox.deployer.behaviours import BEHAVIOURS, Behaviour
from bot.sandbox.deployer.orders import Order
from bot.sandbox.deployer.server import DeployerServer
from bot.sandbox.deployer.signing import make_secret, signature_problem, signed_headers
from bot.sandbox.deployer.world import DeployerWorld, Live, Report, Run

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "DeployerServer",
    "DeployerWorld",
    "Live",
    "Order",
    "Report",
    "Run",
    "make_secret",
    "signature_problem",
    "signed_headers",
]
