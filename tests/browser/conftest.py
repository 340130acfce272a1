"""Browser tests run where there is a Chromium; where there is none they say so, loudly."""

import pytest

from tests.browser.browsing import AXE, CHROMIUM
from tests.unit.sandbox.pages.conftest import public_key, worlds

__all__ = ["public_key", "worlds"]

MISSING = (
    "NO BROWSER: the pages were not looked at. Debian and Ubuntu: apt-get install chromium; then make test"
)
NO_AXE = "NO axe-core: accessibility was not judged. Install npm, then: make browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder, and leave it out where it cannot run."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=MISSING))
            elif not AXE.exists() and "axe" in item.name:
                item.add_marker(pytest.mark.skip(reason=NO_AXE))
