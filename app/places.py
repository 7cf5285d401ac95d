"""Where the program keeps what is its own: settings, and what must outlive a crash."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

from planner.assets import CONFIG_VARIABLE

STATE_VARIABLE: Final = "CALCARINE_STATE"


def settings_file() -> Path:
    """The file of settings: in the folder that ``CALCARINE_CONFIG`` names, or else in the system's for settings."""
    return Path(os.environ.get(CONFIG_VARIABLE) or platformdirs.user_config_dir("calcarine")) / "settings.ini"


def state_folder() -> Path:
    """Where plans are kept against a crash: what ``CALCARINE_STATE`` names, or else the system's place for state."""
    return Path(os.environ.get(STATE_VARIABLE) or platformdirs.user_state_dir("calcarine"))
