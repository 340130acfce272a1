"""The dashboard: what was sent, what was decided and why, what was done about it, live.

People open it in a browser; the play page of the demo shows its list of stories. It reads the ledger and
nothing else. Must never change anything, nor show anything to those who do not have the token.

Public names:

* `Dashboard`: the routes; `Look` is what they read, `Access` who may see it.
* `Changes`: hears of every commit, and tells open pages to look again.
"""

from bot.web.dashboard.access import Access
from bot.web.dashboard.changes import Changes
from bot.web.dashboard.pages import Dashboard
from bot.web.dashboard.pane import Look

__all__ = ["Access", "Changes", "Dashboard", "Look"]
