"""A fresh deployer for each test."""

import pytest

from bot.sandbox.deployer import DeployerWorld
from tests.unit.sandbox.deployer.orders import Clock, new_world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> DeployerWorld:
    return new_world(clock)
