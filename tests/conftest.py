"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

import planner  # noqa: F401  # before torch: it says how OpenMP is to wait

# Whoever runs the tests finds nothing of them in their own cache; what is kept there serves the next run.
os.environ["CALCARINE_CACHE"] = str(Path(__file__).parents[1] / ".pytest_cache" / "calcarine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: a worker that gets one last would be waited for.

    Those that drive the real program come after all other windows: they take hold of windows of the system's, and where
    one of these was, PySide may take what comes after for it. Last come the many short ones without windows.
    """
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    tests = Path(__file__).parent

    def turn(file: Path) -> int:
        if file.parent.name == "e2e":
            return 2
        return 0 if slow[file] else 3 if tests / "planner" in file.parents else 1

    items.sort(key=lambda item: turn(item.path))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The reference data beside the repository; a test that needs them is skipped where they are absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the reference data (../shared/data) are not beside this checkout")
    return folder
