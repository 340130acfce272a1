"""What the core needs from the outside, as Protocols: ledger, GitHub, chat, drivers, clock.

Adapters in `github/`, `slack/`, `drivers/`, `ledger/` and `runtime/` fulfil them; `app` puts them
together. A port speaks the domain's words: no JSON of a vendor passes through here.
"""

from bot.ports.actions import (
    DeploymentSeen,
    DeploymentWanted,
    Dispatch,
    GitHubDeployments,
    Started,
    Workflows,
)
from bot.ports.clock import Clock
from bot.ports.decisions import Decision, Lease, OutcomeName, Performed, Performer, Reactor, Recorded, Work
from bot.ports.drivers import DeployerReply, Driver, Look, Reports
from bot.ports.github import (
    ChangedFiles,
    Compared,
    GitHub,
    PolicyRead,
    PullRequest,
    ResolvedRef,
    Sent,
    SentLog,
)
from bot.ports.incoming import Accepted, Incoming, Meant, Translated
from bot.ports.ledger import (
    Chronicle,
    DeliveryRow,
    EffectRow,
    Ledger,
    Mark,
    OutcomeRow,
    Unreadable,
    WaitRow,
)
from bot.ports.outputs import DeploymentLogs, Output
from bot.ports.sources import Sources

__all__ = [
    "Accepted",
    "ChangedFiles",
    "Chronicle",
    "Clock",
    "Compared",
    "Decision",
    "DeliveryRow",
    "DeployerReply",
    "DeploymentLogs",
    "DeploymentSeen",
    "DeploymentWanted",
    "Dispatch",
    "Driver",
    "EffectRow",
    "GitHub",
    "GitHubDeployments",
    "Incoming",
    "Lease",
    "Ledger",
    "Look",
    "Mark",
    "Meant",
    "OutcomeName",
    "OutcomeRow",
    "Output",
    "Performed",
    "Performer",
    "PolicyRead",
    "PullRequest",
    "Reactor",
    "Recorded",
    "Reports",
    "ResolvedRef",
    "Sent",
    "SentLog",
    "Sources",
    "Started",
    "Translated",
    "Unreadable",
    "WaitRow",
    "Work",
    "Workflows",
]
