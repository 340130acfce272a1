"""What a reactor would have read under another configuration, and what nobody read then."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.check import CheckFacts, subject_of
from bot.commands.cancel import CancelFacts
from bot.commands.deploy import Chosen, DeployFacts
from bot.commands.finding import Found
from bot.commands.ordering import Commit
from bot.commands.prompted import PromptedFacts
from bot.commands.repository import Whereabouts
from bot.commands.rollback import RollbackFacts
from bot.commands.status import StatusFacts
from bot.domain.commit_facts import CommitChecks
from bot.domain.events import ChangeMerged, ChangeOpened, CommandGiven, EventData, TurnCame
from bot.domain.holds import Holds
from bot.domain.policy import Auto, EnvironmentPolicy, RepositoryPolicy, Requirements
from bot.domain.slot import Slot
from bot.domain.values import Place, PullRequestPlace, SlackPlace
from bot.gates.after import AfterFacts, Before
from bot.gates.approving import ApprovalFacts, Approver
from bot.gates.checks import ChecksFacts
from bot.gates.gate import about
from bot.gates.gathering import Gathered
from bot.gates.protection import ProtectionFacts
from bot.gates.rights import Permission, Right
from bot.ports import ChangedFiles, PolicyRead
from bot.reactors.automatic import MergeFacts
from bot.reactors.command import CommandFacts, asked_of, with_words
from bot.reactors.turn import StartFacts
from bot.replaying.supposing.facts import Other, Scene, suppose
from bot.replaying.supposing.unrecorded import NotRecorded
from tests.unit.commands.known import pull_request
from tests.unit.reactors.stories import (
    ADA,
    AT,
    NEW,
    PULL,
    SHOP,
    SLOT,
    after_failure,
    change,
    deployment,
    done,
    event,
)
from tests.unit.reactors.stories import POLICY as KNOWN

ON_PULL = PullRequestPlace(SHOP, 12, 99)
IN_SLACK = SlackPlace("T1", "C0DEPLOYS", "deploys")
YES = Right(True, "write_access", "write")
READ = PolicyRead(status="valid", policy=KNOWN, blob="b-then", read_at=AT)
OFF = PolicyRead(status="off")
HEAD = Chosen("api", "feature/x", Commit(NEW, "feature/x", "head"))


def other(policy: RepositoryPolicy = KNOWN, repository: str = "acme/shop") -> Other:
    configuration = PolicyRead(status="valid", policy=policy, blob="b-other")
    return Other(repository=repository, configuration=configuration)


def with_production(**changes: Any) -> RepositoryPolicy:
    return replace(
        KNOWN, environments=(KNOWN.environments[0], EnvironmentPolicy(name="production", **changes))
    )


def scene(data: EventData, key: str = PULL, state: Any = None) -> Scene:
    return Scene(event=event(data, key), state=state, at=AT)


# --- commands -----------------------------------------------------------------------------------------


def said(text: str, place: Place = ON_PULL) -> CommandGiven:
    return CommandGiven(text=text, place=place, person=ADA, given_at=AT, to_us=True)


def read_for(
    data: CommandGiven,
    specific: Any = None,
    *,
    permission: Permission | None = "write",
    configuration: PolicyRead = READ,
) -> CommandFacts:
    """The facts as they were read with the known configuration."""
    facts = CommandFacts(
        configuration=configuration,
        where=Whereabouts(repository=SHOP),
        login="ada" if permission else None,
        permission=permission,
    )
    facts = with_words(facts, data)
    asked = asked_of(event(data, PULL), None, facts)
    return replace(facts, parsed=asked.command if asked else None, specific=specific)


def deployed(**changes: Any) -> DeployFacts:
    facts: dict[str, Any] = FREE | {f"deployers/{name}": YES for name in ("production", "staging")}
    for each in ("api", "web"):
        for name in ("production", "staging"):
            facts[f"protection/{name}/{each}/None@{NEW}"] = ProtectionFacts()
    read = Gathered(facts=facts)
    return replace(DeployFacts(right=YES, chosen=(HEAD,), gathered=read), **changes)


def test_the_blob_that_was_recorded_stays_so_that_only_meaning_makes_a_difference() -> None:
    data = said("/deploy api production")
    facts = read_for(data, deployed())
    assert suppose(scene(data), facts, other()) == facts


def test_another_repositorys_configuration_concerns_no_command_here() -> None:
    data = said("/deploy api production")
    assert suppose(scene(data), read_for(data, deployed()), other(repository="acme/site")) is None


def test_a_ref_leads_to_the_same_commit_for_whichever_service() -> None:
    data = said("/deploy all production")
    files = ChangedFiles(("api/x.py", "web/y.ts"), False)
    facts = read_for(data, deployed(files=files))
    supposed = suppose(scene(data), facts, other())
    assert [(each.service, each.commit) for each in supposed.specific.chosen] == [
        ("api", HEAD.commit),
        ("web", HEAD.commit),
    ]


def test_which_files_a_change_touches_is_not_guessed() -> None:
    data = said("/deploy all production")
    with pytest.raises(NotRecorded, match="which files the change touches"):
        suppose(scene(data), read_for(data, deployed()), other())


def test_a_commit_that_nobody_looked_up_is_not_guessed() -> None:
    data = said("/deploy api@v2 production")
    facts = read_for(data, deployed(chosen=()))
    with pytest.raises(NotRecorded, match="which commit v2 was"):
        suppose(scene(data), facts, other())


def test_who_may_not_deploy_needs_no_commit() -> None:
    data = said("/deploy api@v2 production")
    facts = read_for(data, deployed(chosen=()))
    supposed = suppose(scene(data), facts, other(with_production(deployers=("grace",))))
    assert (supposed.specific.right.allowed, supposed.specific.chosen) == (False, ())


def test_a_repository_that_was_off_had_nobodys_rights_read() -> None:
    data = said("/deploy api production")
    facts = read_for(data, permission=None, configuration=OFF)
    with pytest.raises(NotRecorded, match="what ada may do in the repository"):
        suppose(scene(data), facts, other())


def test_who_was_linked_to_no_login_is_not_linked_under_any_configuration() -> None:
    data = said("deploy api production", IN_SLACK)
    supposed = suppose(scene(data), read_for(data, permission=None), other())
    assert (supposed.login, supposed.specific) == (None, None)


def test_a_channel_that_another_configuration_does_not_name_stands_for_nothing_known() -> None:
    data = said("deploy api production", IN_SLACK)
    facts = read_for(data, deployed())
    with pytest.raises(NotRecorded, match="which repository that channel would have stood for"):
        suppose(scene(data), facts, other(replace(KNOWN, slack_channel="C0OTHER")))
    named = said("deploy acme/shop api production", IN_SLACK)
    assert suppose(
        scene(named), read_for(named, deployed()), other(replace(KNOWN, slack_channel="C0OTHER"))
    ).specific


def test_people_without_write_access_get_no_further_whatever_the_configuration() -> None:
    data = said("/deploy api production")
    supposed = suppose(scene(data), read_for(data, permission="read"), other())
    assert (supposed.parsed, supposed.specific) == (None, None)


def test_the_other_prefix_decides_what_counts_as_a_command() -> None:
    data = said("/deploy api production")
    supposed = suppose(
        scene(data), read_for(data, deployed()), other(replace(KNOWN, commands_prefix="pointsman"))
    )
    assert (supposed.raw, supposed.specific) == (None, None)


def test_the_slot_of_a_rollback_stays_and_its_right_is_judged_again() -> None:
    data = said("/rollback api production")
    facts = read_for(data, RollbackFacts(right=YES, slot=after_failure()))
    supposed = suppose(scene(data), facts, other(with_production(deployers=("grace",))))
    assert supposed.specific == RollbackFacts(
        right=Right(False, "deployers", "write", ("grace",)), slot=after_failure()
    )


@pytest.mark.parametrize(
    ("word", "kind"), [("retry", PromptedFacts), ("keep", PromptedFacts), ("cancel", CancelFacts)]
)
def test_answers_about_a_deployment_are_judged_by_its_environment(word: str, kind: Any) -> None:
    data = said(f"/pointsman {word}")
    found = Found(SLOT, done("d-new", "failed"), None, "d-new")
    facts = read_for(data, kind(found=(found,), right=YES))
    supposed = suppose(scene(data), facts, other(with_production(deployers=("ada",))))
    assert supposed.specific == kind(found=(found,), right=Right(True, "deployers", "write", ("ada",)))
    without = replace(KNOWN, environments=KNOWN.environments[:1])
    assert suppose(scene(data), facts, other(without)).specific == kind(found=(found,), right=None)


def test_an_answer_in_which_nothing_is_decided_stays() -> None:
    data = said("/status")
    facts = read_for(data, StatusFacts(slots=(("api", "production", Slot()),)))
    assert suppose(scene(data), facts, other(with_production(timeout=60))).specific == facts.specific


# --- what happens without a command -------------------------------------------------------------------


def merged() -> ChangeMerged:
    return ChangeMerged(change=change(), merge_sha=NEW, merged_by=ADA, default_branch="main")


def test_a_merge_is_judged_by_the_files_that_were_read() -> None:
    automatic = with_production(auto=Auto(on="merge"))
    files = ChangedFiles(("api/x.py",), False)
    supposed = suppose(scene(merged()), MergeFacts(READ, files), other(automatic))
    assert (supposed.configuration.policy, supposed.files) == (automatic, files)
    assert suppose(scene(merged()), MergeFacts(READ), other()).configuration == READ
    with pytest.raises(NotRecorded, match="which files the change touches"):
        suppose(scene(merged()), MergeFacts(READ), other(automatic))


def test_a_head_that_changes_the_configuration_keeps_its_own() -> None:
    proposed = PolicyRead(status="invalid", problems=("f.yml:1:1: wrong",), read_at=AT)
    data = ChangeOpened(change=change())
    facts = CheckFacts(subjects=(subject_of(change()),), current=READ, proposed=proposed)
    supposed = suppose(scene(data), facts, other(with_production(timeout=60)))
    assert (supposed.current.policy, supposed.proposed) == (with_production(timeout=60), proposed)
    plain = suppose(scene(data), replace(facts, proposed=READ), other(with_production(timeout=60)))
    assert plain.proposed == plain.current


def turn(facts: StartFacts, policy: RepositoryPolicy = KNOWN, **order: Any) -> Any:
    slot = Slot(queue=(deployment(**order),))
    return suppose(scene(TurnCame(), SLOT, slot), facts, other(policy))


PRODUCTION = about(deployment(), KNOWN, KNOWN.environments[1], pull_request())
FREE: dict[str, Any] = {"lock": Holds(), "freeze": Holds()}
ASKED_ADA = "deployers/production"
PROTECTED = f"protection/production/api/r-new@{NEW}"
STARTED = StartFacts(
    candidate="d-new",
    question=PRODUCTION.as_it_counts,
    gathered=Gathered(facts={ASKED_ADA: YES, PROTECTED: ProtectionFacts(), **FREE}),
)


def started(**facts: Any) -> StartFacts:
    """A start for which more gates were asked."""
    return replace(STARTED, gathered=Gathered(facts=STARTED.gathered.facts | facts))


def test_a_start_keeps_what_was_read_and_is_judged_by_the_other_rules() -> None:
    found = turn(STARTED, with_production(deployers=("ada",)))
    assert found.question.environment.deployers == ("ada",)
    assert found.gathered.facts[ASKED_ADA] == Right(True, "deployers", "write", ("ada",))
    assert turn(STARTED) == STARTED


def test_a_gate_for_which_nothing_was_read_is_named() -> None:
    with pytest.raises(NotRecorded, match="what the gate `review` needs"):
        turn(STARTED, with_production(requires=Requirements(checks=(), review=True)))
    key = f"checks@{NEW}/production"
    with pytest.raises(NotRecorded, match="which checks branch protection required"):
        turn(started(**{key: ChecksFacts(CommitChecks())}), with_production(requires=Requirements()))


def test_a_gate_is_asked_by_what_it_was_told_then() -> None:
    key = f"after/production/api@{NEW}"
    read = started(**{key: AfterFacts((Before("staging", "commit", "d-1", NEW), Before("canary")))})
    found = turn(read, with_production(after=("staging",)))
    assert [each.environment for each in found.gathered.facts[key].before] == ["staging"]
    with pytest.raises(NotRecorded, match="what the environments before it knew"):
        turn(read, with_production(after=("elsewhere",)))


def test_who_might_have_approved_is_not_guessed() -> None:
    key = f"approvals/r-new@{NEW}"
    approved = started(**{key: ApprovalFacts((Approver("grace", True),))})
    others = with_production(requires=Requirements(checks=(), approvals=1, approvers=("olive",)))
    with pytest.raises(NotRecorded, match="whether those who approved might have"):
        turn(approved, others)
    nobody = started(**{key: ApprovalFacts()})
    assert turn(nobody, others).gathered.facts[key] == ApprovalFacts()


def test_a_rollback_starts_past_all_gates_but_the_right_to_deploy() -> None:
    gated = with_production(requires=Requirements(checks=(), review=True), after=("staging",))
    back = replace(STARTED, question=replace(PRODUCTION.as_it_counts, action="rollback"))
    assert turn(back, gated, action="rollback").gathered == back.gathered


def test_an_environment_that_is_gone_starts_nothing() -> None:
    without = replace(KNOWN, environments=KNOWN.environments[:1])
    assert turn(STARTED, without) == StartFacts(candidate="d-new", configuration="off")


def test_what_was_not_read_at_a_start_is_not_guessed() -> None:
    with pytest.raises(NotRecorded, match="the head, what was live and who may deploy"):
        turn(StartFacts(candidate="d-new", configuration="off"))
    with pytest.raises(NotRecorded, match="what the gate `deployers` needs"):
        turn(replace(STARTED, gathered=Gathered()))


@pytest.mark.parametrize("facts", [StartFacts(), StartFacts(candidate="d-new", unreadable="GitHub is away")])
def test_a_turn_for_which_nothing_was_read_went_by_no_configuration(facts: StartFacts) -> None:
    assert turn(facts) is None
