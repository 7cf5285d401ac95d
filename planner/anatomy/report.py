"""The loading report: what was found of a case, what of it is used, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    what : str
        A short name, e.g. ``lh pial`` or ``V1 retinotopy``.
    state : "used", "unused" or "missing"
    file : str
        Where it was found; empty where it was not, or comes from no file.
    space : str
        The space that the file's coordinates are in; empty where it has none.
    sha256 : str
        Of the file's bytes, hex; empty where it has none.
    detail : str
        Counts, ranges and oddities, for a person to read.
    """

    what: str
    state: Literal["used", "unused", "missing"]
    file: str = ""
    space: str = ""
    sha256: str = ""
    detail: str = ""
