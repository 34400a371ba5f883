"""What all tests share: slow ones last, the material beside the repository, a look at the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["browser_testing", "canary", "fake_stages", "neo4j_testing"]

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
_SLOW = ("integration", "browser", "neo4j")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast tests first, so that a mistake is seen early."""
    items.sort(key=lambda item: sum(2**i for i, mark in enumerate(_SLOW) if item.get_closest_marker(mark)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with texts and gold beside the repository; tests that need it skip without."""
    if not SHARED.is_dir():
        pytest.skip("the texts and the gold lie beside the repository (../shared), and are not there")
    return SHARED


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the person who runs the tests out of them."""
    for name in ("NO_COLOR", "COLUMNS", *(name for name in os.environ if name.startswith("KG_"))):
        monkeypatch.delenv(name, raising=False)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name, "").startswith("zh"):
            monkeypatch.setenv(name, "C.UTF-8")
