"""Stories are exported without names, texts and secrets, and replayed elsewhere with the same decisions."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.replaying.bundles.exporting import export
from bot.replaying.bundles.replaying import read_bundle, replay
from bot.sandbox.github.seed import SHOP
from tests.scenario.play import CHANNEL, Play, playing
from tests.scenario.test_rollback import a_failure_after_a_success
from tests.scenario.test_why import a_failure_and_a_rollback

Story = Callable[[Play], Awaitable[Any]]
NOW = 1_800_000_000.0
TOKEN = "ghp_" + "s3cr3t" * 6
PEOPLE = ("ada", "grace", "linus", "margaret", "mallory", "octocat")


async def exported(play: Play, subject: str) -> bytes:
    await play.settled()
    bundle = await export(play.bot.ledger, subject, NOW)
    assert bundle is not None
    return msgspec.json.encode(bundle)


async def talk(play: Play) -> None:
    """What is refused, misspelt, and no command at all."""
    for text in ("/deploy api prodution", "/zarquon now", "/scale api production 3", "/status", "Nice"):
        play.says("ada", text)
        await play.settled()
    play.says("mallory", "/deploy api production")


async def a_branch_is_pushed_and_shipped(play: Play) -> None:
    play.says("ada", "/deploy api production")
    await play.ended("succeeded")
    play.pushes("ada")
    play.says("ada", "/deploy api production because of Zarquon")
    await play.ended("succeeded", 2)


STORIES: dict[str, Story] = {
    "a failure and a rollback": a_failure_and_a_rollback,
    "a failure after a success": a_failure_after_a_success,
    "talk": talk,
    "a push between deployments": a_branch_is_pushed_and_shipped,
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_bundle_replays_without_the_ledger_and_all_agrees(tmp_path: Path, story: Story) -> None:
    async with playing(tmp_path) as play:
        await story(play)
        raw = await exported(play, f"{SHOP}#{play.pull.number}")
    replayed = await replay(read_bundle(raw))
    assert (replayed.states, replayed.differing) == ([], [])
    assert replayed.decisions >= 3


async def test_what_says_who_somebody_is_or_what_they_wrote_is_not_in_a_bundle(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.deployer.play_next("fail")
        play.says("ada", f"Dear Lovelace\n/deploy api production because Zarquon shouted {TOKEN}")
        await play.ended("failed")
        raw = (await exported(play, f"{SHOP}#{play.pull.number}")).decode()
        texts = {"Zarquon", "Lovelace", "shouted", TOKEN, "127.0.0.1", play.pull.title, play.pull.head_ref}
    assert (await replay(read_bundle(raw.encode()))).agrees
    assert [text for text in texts if text in raw] == []
    names = {*PEOPLE, "acme", "shop", SHOP, CHANNEL, "T0ACME"}
    assert sorted(names & set(words_of(msgspec.json.decode(raw)))) == []


def words_of(value: Any) -> list[str]:
    """All words of all texts, the names of fields left out."""
    if isinstance(value, dict):
        return [word for inner in value.values() for word in words_of(inner)]
    if isinstance(value, list):
        return [word for inner in value for word in words_of(inner)]
    if not isinstance(value, str):
        return []
    return [value, *value.replace(":", " ").replace("/", " ").replace("#", " ").replace("@", " ").split()]


async def test_a_bundle_whose_decision_was_changed_does_not_agree(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("mallory", "/deploy api production")
        raw = await exported(play, f"{SHOP}#{play.pull.number}")
    document = msgspec.json.decode(raw)
    [told] = [each for each in document["keys"][0]["told"] if each["event"]["type"] == "command.given"]
    told["outcomes"][0]["facts"]["permission"] = "admin"
    replayed = await replay(read_bundle(msgspec.json.encode(document)))
    assert [one.event for one in replayed.differing] == [told["event"]["id"]]


async def test_a_bundle_whose_state_was_changed_names_its_key(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        play.says("ada", "/deploy api production")
        await play.ended("succeeded")
        raw = await exported(play, f"{SHOP}#{play.pull.number}")
    document = msgspec.json.decode(raw)
    [slot] = [each for each in document["keys"] if each["key"].startswith("slot:")]
    slot["after"]["live"]["known"] = not slot["after"]["live"]["known"]
    assert list((await replay(read_bundle(msgspec.json.encode(document)))).states) == [slot["key"]]


async def test_about_what_nobody_recorded_there_is_no_bundle(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        assert await export(play.bot.ledger, f"{SHOP}#4711", NOW) is None
