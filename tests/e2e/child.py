"""The real program in a process of its own: ``python -m tests.e2e.child MODULE:STORY CASE ARGUMENT…``.

`tests.e2e.stage.begin_child` starts it. The story gets a `Hand` and the arguments, and tells by printing; it may be
killed at any moment.
"""

from __future__ import annotations

import faulthandler
import sys
from importlib import import_module

from PySide6.QtWidgets import QApplication

from app import theme
from app.memory import share_one_heap
from app.settings import Settings
from app.starting import quicken_imports
from tests.e2e.hand import Hand
from tests.e2e.stage import perform


def main() -> int:
    """Run the story that the command names."""
    faulthandler.enable()
    share_one_heap()  # as the program does, if later: of the threads that numpy has begun none has asked for memory
    quicken_imports()
    story, case, *arguments = sys.argv[1:]
    theme.use(Settings().theme)  # before the story imports any view, as the program does
    module, name = story.split(":")
    play = getattr(import_module(module), name)
    application = QApplication([])  # before the program makes one, so that a timer can wait for its window
    code = perform(lambda window: play(Hand(window), *arguments), case)
    del application
    return code


if __name__ == "__main__":
    sys.exit(main())
