"""Other systems that answer the bot's deployments: Apps such as a cluster's, which report statuses.

A follower takes what our App made, after a while reports that it is at it, and then how it ended. What our
App makes inactive meanwhile it drops. It must never answer deployments of others, GitHub's own included.
"""

from bot.sandbox.github.actions.records import FollowerBehaviour, Following
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Deployment, DeploymentStatus, Repository

PLANS: dict[FollowerBehaviour, tuple[str, ...]] = {
    "succeed": ("pending", "in_progress", "success"),
    "late": ("pending", "in_progress", "success"),
    "fail": ("pending", "in_progress", "failure"),
    "silent": (),
}
DESCRIPTIONS = {
    "pending": "queued in the cluster",
    "in_progress": "3 of 5 pods replaced",
    "success": "5 of 5 pods ready",
    "failure": "health check failed: 3 of 5 pods not ready",
}


def notice(memory: Memory, repository: Repository, deployment: Deployment) -> None:
    """A deployment was made: those that follow ours begin with it."""
    if deployment.creator is not memory.bot:
        return
    for follower in memory.actions.followers.values():
        behaviour = follower.next_behaviour()
        due_at = memory.clock() + memory.actions.step_seconds
        states = list(PLANS[behaviour])
        following = Following(memory.new_id(), follower, repository, deployment, behaviour, states, due_at)
        if states:
            memory.actions.playing[following.id] = following


def drop(memory: Memory, deployment: Deployment, status: DeploymentStatus) -> None:
    """Our App made a deployment inactive: nobody works on it any more."""
    if status.state == "inactive" and status.creator is memory.bot:
        for following in followings(memory):
            if following.deployment is deployment:
                del memory.actions.playing[following.id]


def followings(memory: Memory) -> list[Following]:
    """What other systems still work on, the oldest first."""
    return [one for one in memory.actions.playing.values() if isinstance(one, Following)]


def next_state(memory: Memory, following: Following, at: float) -> str:
    """Takes the state that is to be reported now, and plans the next; a late end waits."""
    state = following.states.pop(0)
    waits = following.behaviour == "late" and len(following.states) == 1
    following.due_at = None if waits else at + memory.actions.step_seconds
    if following.is_over:
        del memory.actions.playing[following.id]
    return state
