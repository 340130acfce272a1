"""A fresh workspace for each test."""

import pytest

from bot.sandbox.slack import SlackWorld
from tests.unit.sandbox.slack.calls import Clock, new_world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> SlackWorld:
    return new_world(clock)
