"""The demo's world with a workflow that can be dispatched."""

import pytest

from tests.unit.sandbox.github.actions.deploying import shop_with_workflow
from tests.unit.sandbox.github.client import Shop


@pytest.fixture
def shop() -> Shop:
    return shop_with_workflow()
