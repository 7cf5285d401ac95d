"""What the packaging tests look at: the repository itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bootstrap(repository: Path) -> ModuleType:
    """packaging/bootstrap.py, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("bootstrap", repository / "packaging" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
