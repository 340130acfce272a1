"""Everything that Pointsman does to the outside world, as data.

Two kinds (ARCHITECTURE, promise 4). *Once*: the key is derived from what caused it, and after a lost
reply it is repeated only when a look-up found nothing. *Converge*: the key is the target, the newest
body wins and older ones are dropped. An effect's `lane` names the target whose limits it shares.
"""

from typing import Any, ClassVar, Literal

from msgspec import Struct

from bot.domain.deployment import Action, Order
from bot.domain.values import Person, Repository, Seconds, SlackPlace


class EffectBody(Struct, frozen=True, kw_only=True):
    """What one kind of effect carries."""

    KIND: ClassVar[str]
    MODE: ClassVar[Literal["once", "converge"]]

    @property
    def lane(self) -> str:
        """The target whose order and limits this effect shares."""
        raise TypeError(f"{type(self).__name__} names no lane")

    @property
    def asks_about(self) -> str | None:
        """The deployment that its deployer is asked about; None = no deployer is asked."""
        return None


class Wanted(Struct, frozen=True, kw_only=True):
    """An effect as a decision orders it.

    `target` is the key of a converging effect. A once effect may name one too, so that whoever wants it
    again wants the same; else its key comes from the event, the reactor and its place. `after` names an
    effect whose handle this one needs (a thread needs its message). `owner` is the state key that is told
    the result or the failure.
    """

    body: EffectBody
    target: str | None = None
    after: str | None = None
    owner: str | None = None


class Effect(Struct, frozen=True, kw_only=True):
    """An effect as the runner performs it.

    `handle` is what the target called it the last time (a comment's id, a message's channel and ts);
    `parent_handle` is that of `after`. `uncertain` means that an earlier attempt may have been applied
    although its reply was lost: look before repeating. `first_attempt_at` is no later than that
    one; `last_attempt_at` is when the last one can have sent its last word, as far as that is known.
    """

    key: str
    body: EffectBody
    version: int
    handle: dict[str, Any] | None
    parent_handle: dict[str, Any] | None
    uncertain: bool
    attempts: int
    token: str
    owner: str | None = None
    correlation: str = ""
    causation: str | None = None
    first_attempt_at: float | None = None
    last_attempt_at: float | None = None


class AddReaction(EffectBody, frozen=True, kw_only=True):
    """React to a comment: `eyes` = seen, `confused` = not yours to command."""

    KIND = "github.reaction"
    MODE = "once"
    repository: Repository
    comment: int
    content: Literal["eyes", "confused"]

    @property
    def lane(self) -> str:
        return f"github:{self.repository.installation}"


class WriteComment(EffectBody, frozen=True, kw_only=True):
    """Keep one comment of a pull request at this text. `marker` is hidden in it, to find it again."""

    KIND = "github.comment"
    MODE = "converge"
    repository: Repository
    number: int
    marker: str
    text: str

    @property
    def lane(self) -> str:
        return f"github:{self.repository.installation}"


class PublishCheck(EffectBody, frozen=True, kw_only=True):
    """Keep one check run of a commit at this result.

    `asked` names the request to run it again, which wants an answer also where the result is the same.
    """

    KIND = "github.check"
    MODE = "converge"
    repository: Repository
    head_sha: str
    name: str
    conclusion: Literal["success", "failure", "neutral", "action_required"]
    title: str
    summary: str
    text: str | None = None
    asked: str | None = None

    @property
    def lane(self) -> str:
        return f"github:{self.repository.installation}"


class RecordDeployment(EffectBody, frozen=True, kw_only=True):
    """Keep a GitHub Deployment, and its newest status, at this state."""

    KIND = "github.deployment"
    MODE = "converge"
    repository: Repository
    deployment: str
    sha: str
    environment: str
    state: Literal["queued", "in_progress", "success", "failure", "error", "inactive"]
    description: str
    log_url: str | None = None
    environment_url: str | None = None
    made_by_driver: bool = False  # it is there already: found, never made

    @property
    def lane(self) -> str:
        return f"github:{self.repository.installation}"


class CallDeployer(EffectBody, frozen=True, kw_only=True):
    """Ask a deployer to ship (or to go back), not after `deadline`: by then people were told it failed."""

    KIND = "deployer.call"
    MODE = "once"
    order: Order
    action: Action
    previous_sha: str | None
    deadline: float

    @property
    def lane(self) -> str:
        return deployer_lane(self.order)

    @property
    def asks_about(self) -> str:
        return self.order.id


class LookAtDeployer(EffectBody, frozen=True, kw_only=True):
    """Look how a deployment stands, at a deployer that can be asked. `asked` = the event that wants it."""

    KIND = "deployer.look"
    MODE = "converge"
    order: Order
    deployment_handle: dict[str, Any]
    asked: str

    @property
    def lane(self) -> str:
        return deployer_lane(self.order)

    @property
    def asks_about(self) -> str:
        return self.order.id


class TakeProbe(EffectBody, frozen=True, kw_only=True):
    """Take a probe of an order's verification: the one at this place.

    `since` = when the deployment began; `asked` = the event that wants the sample.
    """

    KIND = "verification.probe"
    MODE = "converge"
    order: Order
    place: int
    since: Seconds
    asked: str

    @property
    def lane(self) -> str:
        return f"probes:{self.order.repository.full_name}"

    @property
    def asks_about(self) -> str:
        return self.order.id


class CancelDeployer(EffectBody, frozen=True, kw_only=True):
    """Ask a deployer to stop a deployment that it took, because `person` wants it stopped."""

    KIND = "deployer.cancel"
    MODE = "once"
    order: Order
    deployment_handle: dict[str, Any]
    person: Person

    @property
    def lane(self) -> str:
        return f"cancel-{deployer_lane(self.order)}"  # never waits behind what is to be started

    @property
    def asks_about(self) -> str:
        return self.order.id


def deployer_lane(order: Order) -> str:
    """The deployer whose limits an order shares: its address, or its driver within one installation."""
    url = order.call.settings.get("url")
    return f"deployer:{url or f'{order.call.driver}:{order.repository.installation}'}"


class KeepMessage(EffectBody, frozen=True, kw_only=True):
    """Keep one Slack message at this content; with a parent (`Wanted.after`) it stands in its thread.

    `thread` is the ts of a thread that people began; `blocks` are Block Kit, `text` is what
    notifications and screen readers get.
    """

    KIND = "slack.message"
    MODE = "converge"
    channel: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    marker: str = ""
    thread: str | None = None

    @property
    def lane(self) -> str:
        return f"slack:{self.channel}"


class SayInThread(EffectBody, frozen=True, kw_only=True):
    """Say one thing, once, in the thread of a message (`Wanted.after`) or of `thread`."""

    KIND = "slack.thread"
    MODE = "once"
    channel: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    thread: str | None = None

    @property
    def lane(self) -> str:
        return f"slack:{self.channel}"


class TellPerson(EffectBody, frozen=True, kw_only=True):
    """Tell one person something only they see, where they asked."""

    KIND = "slack.ephemeral"
    MODE = "once"
    channel: str
    user: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    thread: str | None = None
    response_url: str | None = None

    @property
    def lane(self) -> str:
        return f"slack-person:{self.user}"  # not the channel's pace: nobody else sees it


class OpenForm(EffectBody, frozen=True, kw_only=True):
    """Open a form for the person whose `trigger` this is, within the 3 s that Slack gives.

    `name` is our own name for the form, by which it is found again.
    """

    KIND = "slack.form"
    MODE = "once"
    name: str
    trigger: str
    place: SlackPlace
    person: Person
    view: dict[str, Any]

    @property
    def lane(self) -> str:
        return f"slack-person:{self.person.slack}"


class FillForm(EffectBody, frozen=True, kw_only=True):
    """Keep a form that is open (`Wanted.after`: its `OpenForm`) at this content; closed, it stays closed."""

    KIND = "slack.form_filled"
    MODE = "converge"
    name: str
    user: str
    view: dict[str, Any]

    @property
    def lane(self) -> str:
        return f"slack-person:{self.user}"


class ShowHome(EffectBody, frozen=True, kw_only=True):
    """Keep what one person sees on the app's Home tab at this content."""

    KIND = "slack.home"
    MODE = "converge"
    user: str
    view: dict[str, Any]

    @property
    def lane(self) -> str:
        return f"slack-person:{self.user}"


ALL_KINDS: tuple[type[EffectBody], ...] = (
    AddReaction,
    WriteComment,
    PublishCheck,
    RecordDeployment,
    CallDeployer,
    LookAtDeployer,
    CancelDeployer,
    TakeProbe,
    KeepMessage,
    SayInThread,
    TellPerson,
    OpenForm,
    FillForm,
    ShowHome,
)
BY_KIND: dict[str, type[EffectBody]] = {kind.KIND: kind for kind in ALL_KINDS}
