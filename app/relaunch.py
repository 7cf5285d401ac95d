"""Starting the program again in the place of this one, which is how it takes another look."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def command(arguments: Sequence[str]) -> list[str]:
    """The command line that starts this program: of a packed one its own file, else Python with the package."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app", *arguments]


def relaunch(arguments: Sequence[str]) -> None:
    """Start the program again, with the window gone and nothing more to be done here."""
    words = command(arguments)
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(words[0], words)  # the same process: whoever waits for it still does
    subprocess.Popen(words)  # elsewhere nothing can be replaced
