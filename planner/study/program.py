"""Which program a result is of, so that results of another one are not taken for its own."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Final

import planner
from planner.assets import ASSETS

LIBRARIES: Final = ("numpy", "scipy", "torch")
"""Whose release decides on the last digits, which an optimisation makes large."""

_WITHOUT: Final = ("cli", "study")  # parts of planner that say nothing of what a plan is worth …
_MEASURES: Final = ("study/cells.py", "study/measure.py", "study/shifts.py", "study/vessels.py")  # … but these do


@cache
def program() -> str:
    """Version, a hash of the sources and assets that results depend on, and the releases of the libraries."""
    home = Path(planner.__file__).parent
    sources = [path for path in home.rglob("*.py") if path.relative_to(home).parts[0] not in _WITHOUT]
    sources += [home / name for name in _MEASURES]
    files = {path.relative_to(home).as_posix(): path for path in sources}
    files |= {f"assets/{path.relative_to(ASSETS).as_posix()}": path for path in _assets()}
    digest = sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}|{sha256(path.read_bytes()).hexdigest()}\n".encode())
    releases = " ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return f"calcarine {planner.__version__} {digest.hexdigest()[:16]}, {releases}"


def _assets() -> list[Path]:
    return [path for path in ASSETS.rglob("*") if path.suffix in (".toml", ".npz", ".json") and path.is_file()]
