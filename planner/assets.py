"""Where the files that come with the program lie: devices, schemas, pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

CONFIG_VARIABLE: Final = "CALCARINE_CONFIG"

ASSETS: Final[Path] = Path(__file__).resolve().parents[1] / "assets"
"""The folder ``assets``, beside the package ``planner`` in a checkout and in an installed wheel alike."""


def catalogue(kind: str) -> dict[str, Path]:
    """The TOML files of a kind (``devices``, ``profiles``) by name: those that ship, and the user's own.

    The user's lie in a folder of that name within the one that ``CALCARINE_CONFIG`` names, or else within the system's
    place for settings. A name that ships stays what it is: the user's file of the same name is not looked at.
    """
    own = Path(os.environ.get(CONFIG_VARIABLE) or platformdirs.user_config_dir("calcarine"), kind)
    found = {path.stem: path for path in own.glob("*.toml")}
    return dict(sorted((found | {path.stem: path for path in (ASSETS / kind).glob("*.toml")}).items()))
