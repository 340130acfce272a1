"""Which of GitHub's effects is performed by whom: one row for each kind.

Every performer can be asked again after a lost reply without doing its deed twice (docs/reliability.md).
"""

from bot.domain.effects import AddReaction, PublishCheck, RecordDeployment, WriteComment
from bot.github.check_runs import CheckPublisher
from bot.github.comments import CommentWriter, ReactionAdder
from bot.github.deployments import DeploymentRecorder
from bot.github.tokens import GitHubApp
from bot.ports import Performer


def github_performers(app: GitHubApp) -> dict[str, Performer]:
    """Give the performers by the kind of effect."""
    return {
        AddReaction.KIND: ReactionAdder(app),
        WriteComment.KIND: CommentWriter(app),
        PublishCheck.KIND: CheckPublisher(app),
        RecordDeployment.KIND: DeploymentRecorder(app),
    }
