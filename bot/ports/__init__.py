"""What the core needs from the outside, as Protocols: ledger, GitHub, chat, drivers, clock.

Adapters in `github/`, `slack/`, `drivers/`, `ledger/` and `runtime/` fulfil them; `app` puts them
together. A port speaks the domain's words: no JSON of a vendor passes through here.
"""

from bot.ports.actions import (
    DeploymentSeen,
    DeploymentWanted,
    Dispatch,
    GitHubDeployments,
    WorkflowRun,
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
from bot.ports.ledger import DeliveryRow, EffectRow, Ledger, OutcomeRow
from bot.ports.sources import Sources

__all__ = [
    "Accepted",
    "ChangedFiles",
    "Clock",
    "Compared",
    "Decision",
    "DeliveryRow",
    "DeployerReply",
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
    "Meant",
    "OutcomeName",
    "OutcomeRow",
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
    "Translated",
    "Work",
    "WorkflowRun",
    "Workflows",
]
