"""`/retry`: deploy the same commit with the same parameters again, as a new request."""

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.deploy import channel_for
from bot.commands.ordering import Commit, Errand, make_request
from bot.commands.prompted import PromptedFacts, read, refusal
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision


def decide(asked: Asked, facts: PromptedFacts, now: Seconds) -> Decision:
    """Make a new request of the failed deployment's commit; its gates are looked at again."""
    reply = reply_to(asked)
    no = refusal(asked, facts)
    if no is not None:
        reason, values = no
        return refused(reply, reason, answers.refusal(reason, values), values)
    order = facts.found[0].deployment.order
    environment = asked.policy.environment(order.environment)
    service = asked.policy.service(order.service)
    if environment is None or service is None:
        values = {"environment": order.environment, "service": order.service}
        return refused(reply, "environment_gone", answers.refusal("environment_gone", values), values)
    errand = Errand(
        event=asked.event,
        action=order.action,
        place=asked.place,
        asker=asked.person,
        repository=asked.repository,
        policy=asked.policy,
        configuration=asked.configuration,
        environment=environment,
        now=now,
        number=order.number,
        params=order.params,
        target=order.target,
        of=order.id,
        answers=True,
        channel=channel_for(asked, environment.name),
        thread_of=f"slack:{order.request}" if order.channel else None,
    )
    commits = {order.service: Commit(order.sha, order.ref, order.pinned)}
    return accepted(reply, "requested", make_request(errand, commits), errand.request)


ROW = Command(
    word="retry", summary="Deploy what failed again.", read=read, decide=decide, facts=PromptedFacts
)
