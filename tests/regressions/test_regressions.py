"""Incidents that once happened: every bundle in this folder is replayed, and comes out as it was recorded.

A file that `pointsman events export` wrote becomes a test by being put here. Where a decision is meant to
come out otherwise from now on, the file shows what it was, and goes with the change that says why.
"""

import asyncio
from pathlib import Path

import pytest

from bot.replaying.bundles.replaying import read_bundle, replay

BUNDLES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", BUNDLES, ids=[path.stem for path in BUNDLES])
def test_an_incident_comes_out_as_it_was_recorded(path: Path) -> None:
    replayed = asyncio.run(replay(read_bundle(path.read_bytes())))
    assert (list(replayed.states), list(replayed.differing)) == ([], [])
    assert replayed.decisions


def test_there_are_incidents_to_replay() -> None:
    assert len(BUNDLES) >= 2
