"""Where the files that come with the program lie: devices, schemas, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ASSETS: Final[Path] = Path(__file__).resolve().parents[1] / "assets"
"""The folder ``assets``, beside the package ``planner`` in a checkout and in an installed wheel alike."""
