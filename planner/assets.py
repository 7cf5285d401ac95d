"""Where the files that come with the program lie: devices, schemas, pictures."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

import platformdirs

from planner.errors import InputError

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


def read_toml(kind: str, what: str, name_or_path: str) -> tuple[dict[str, Any], Path]:
    """The values of a file of the catalogue by name, or of a TOML file by path, and where it lies.

    Parameters
    ----------
    kind : str
        As `catalogue` has it.
    what : str
        What one such file holds, for people: ``device``, ``profile``.
    name_or_path : str

    Raises
    ------
    InputError
        For an unknown name, or a file that is no readable TOML.
    """
    known = catalogue(kind)
    path = known.get(name_or_path) or Path(os.path.expanduser(name_or_path))
    if not path.is_file():
        if path.suffix == ".toml" or path.name != name_or_path:
            raise InputError("there is no such file", source=path, remedy=f"give the path of a {what}'s TOML file")
        raise InputError(f"no {what} is called {name_or_path!r}", remedy=f"choose one of {', '.join(known)}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), path
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot be read as TOML ({error})", source=path, remedy="mend the file") from error
