"""What lets a start take a second less: the program imports some three thousand modules, with torch's and VTK's."""

from __future__ import annotations

import builtins
import gc

import PySide6.QtCore  # noqa: F401 - puts its own import in the place of Python's


def quicken_imports() -> None:
    """Import without what is done beside it; to be called once Qt's binding has been imported, before all else.

    Python would collect garbage over and over among objects that all stay. And the binding reads the source of every
    module that is imported after it, to see whether it wants ``__feature__``; none does here.
    """
    gc.disable()  # from the start on it is `app.collecting` that says when
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
