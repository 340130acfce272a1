"""Plain pages on which people watch the simulated GitHub, Slack and deployer, and act in them.

A pull request with its conversation, checks, deployments and files; a channel with threads and buttons that
work; switches for what goes wrong. They work without a script; with one they refresh themselves.

It must never import the rest of `bot`, load anything from another address, or be served to strangers: whoever
reaches these pages may act as anybody in the simulation.

Public names:

* `Worlds`: the three worlds that the pages show.
* `PagesServer`: the HTTP shell; `pages_application` for those who serve it themselves.
"""

from bot.sandbox.pages.application import pages_application
from bot.sandbox.pages.server import PagesServer
from bot.sandbox.pages.worlds import Worlds

__all__ = ["PagesServer", "Worlds", "pages_application"]
