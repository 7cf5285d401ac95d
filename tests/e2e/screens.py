"""Pictures of every main state of the window in every look: ``python tests/e2e/screens.py FOLDER``.

Each look is the real program on the demo in a process of its own, under Xvfb where there is no display. ``--look`` and
``--state`` choose some; which states there are, and how one is added, is said in ``tests/e2e/states.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e.stage import begin_child, see_to_a_display


@dataclass(frozen=True)
class Look:
    """A theme, the window's size in points, and how many pixels a point is wide."""

    theme: str = "dark"
    width: int = 1600
    height: int = 1000
    scale: float = 1.0


LOOKS = {
    "dark": Look(),
    "light": Look("light"),
    "dark-1280": Look("dark", 1280, 800),
    "light-1280": Look("light", 1280, 800),
    "dark-1280-scaled": Look("dark", 1280, 800, 1.5),
}


def take(name: str, folder: Path, states: list[str]) -> int:
    """Take the pictures of one look; gives the exit status of its program."""
    look = LOOKS[name]
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    os.environ["QT_SCALE_FACTOR"] = f"{look.scale:g}"
    with TemporaryDirectory() as own:
        (Path(own) / "config").mkdir()
        (Path(own) / "config" / "settings.ini").write_text(f"[look]\ntheme={look.theme}\n", encoding="utf-8")
        child = begin_child(
            "tests.e2e.states:show", "demo", place.absolute(), look.width, look.height, *states, folder=Path(own)
        )
        with child:
            for line in child.stdout or ():
                print(line, end="", flush=True)
    return child.returncode


def main() -> int:
    """Take what is asked for; 1 where a look could not be taken as a whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--look", action="append", choices=LOOKS, help="one of the looks; repeatable")
    parser.add_argument("--state", action="append", default=[], help="one of the states; repeatable, in their order")
    asked = parser.parse_args()
    see_to_a_display()
    codes = [take(name, asked.folder, asked.state) for name in asked.look or LOOKS]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
