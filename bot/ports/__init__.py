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
    ChangeSeen,
    ChangesSeen,
    Compared,
    GitHub,
    GitHubNow,
    PolicyRead,
    PullRequest,
    ResolvedRef,
    Sent,
    SentList,
    SentLog,
)
from bot.ports.incoming import Accepted, Incoming, Meant, Translated
from bot.ports.ledger import (
    Chronicle,
    DeliveryFilter,
    DeliveryRow,
    EffectRow,
    EventFilter,
    Ledger,
    Mark,
    OutcomeRow,
    Unreadable,
    WaitRow,
)
from bot.ports.outputs import DeploymentLogs, Output
from bot.ports.proof import DeliveryProof, Recovery, Tally
from bot.ports.sources import Sources
from bot.ports.upkeep import Choice, Held, LaneRow, ParkedRow

__all__ = [
    "Accepted",
    "ChangeSeen",
    "ChangedFiles",
    "ChangesSeen",
    "Choice",
    "Chronicle",
    "Clock",
    "Compared",
    "Decision",
    "DeliveryFilter",
    "DeliveryProof",
    "DeliveryRow",
    "DeployerReply",
    "DeploymentLogs",
    "DeploymentSeen",
    "DeploymentWanted",
    "Dispatch",
    "Driver",
    "EffectRow",
    "EventFilter",
    "GitHub",
    "GitHubDeployments",
    "GitHubNow",
    "Held",
    "Incoming",
    "LaneRow",
    "Lease",
    "Ledger",
    "Look",
    "Mark",
    "Meant",
    "OutcomeName",
    "OutcomeRow",
    "Output",
    "ParkedRow",
    "Performed",
    "Performer",
    "PolicyRead",
    "PullRequest",
    "Reactor",
    "Recorded",
    "Recovery",
    "Reports",
    "ResolvedRef",
    "Sent",
    "SentList",
    "SentLog",
    "Sources",
    "Started",
    "Tally",
    "Translated",
    "Unreadable",
    "WaitRow",
    "Work",
    "Workflows",
]
