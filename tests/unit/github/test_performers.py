"""The table of GitHub's performers."""

import pytest

from bot.domain.effects import ALL_KINDS, AddReaction, PublishCheck
from bot.github.performers import github_performers
from tests.unit.github.hub import Hub
from tests.unit.github.ordered import ordered


async def test_every_effect_at_github_has_its_performer(hub: Hub) -> None:
    at_github = {kind.KIND for kind in ALL_KINDS if kind.KIND.startswith("github.")}
    assert set(github_performers(hub.app)) == at_github


async def test_a_performer_takes_its_own_kind_only(hub: Hub) -> None:
    performers = github_performers(hub.app)
    reaction = AddReaction(repository=hub.repository, comment=1, content="eyes")
    check = PublishCheck(
        repository=hub.repository, head_sha="f" * 40, name="x", conclusion="neutral", title="", summary=""
    )
    for kind, performer in performers.items():
        body = check if kind == AddReaction.KIND else reaction
        with pytest.raises(TypeError):
            await performer(ordered(body))
