"""For every test: one that needs a browser says so where there is none, and fails in CI."""

import os
import shutil

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None or shutil.which("chromium"):
        return
    reason = "needs chromium; as root: apt install chromium"
    if os.environ.get("CI", "false") != "false":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
