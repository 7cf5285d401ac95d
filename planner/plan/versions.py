"""Which versions of the libraries that a plan's numbers depend on are at work."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

LIBRARIES: Final = ("numpy", "scipy", "torch", "nibabel", "scikit-image", "Pillow", "trimesh", "libigl", "vtk")
"""Geometry, percepts, measures and pictures come of these."""
UNKNOWN: Final = "unknown"


@cache
def library_versions() -> dict[str, str]:
    """Versions by name, Python's own first; none of the libraries is imported for it."""
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a build may leave out what only says which version it is
        return UNKNOWN
