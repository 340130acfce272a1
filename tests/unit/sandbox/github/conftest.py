"""The demo's world, and the API to call."""

import pytest

from tests.unit.sandbox.github.client import Client, Shop, open_shop


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def api(shop: Shop) -> Client:
    return shop.api
