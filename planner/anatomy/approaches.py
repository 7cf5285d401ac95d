"""The approaches that have a name; `planner.anatomy.windows.access_preset` lays their windows on a case.

Apart from `planner.anatomy.access`, so that the command line can name them without NumPy.
"""

from __future__ import annotations

from typing import Final

ANY: Final = "unrestricted"
OCCIPITAL: Final = "occipital pole"
INTERHEMISPHERIC: Final = "interhemispheric"
PRESETS: Final = (ANY, OCCIPITAL, INTERHEMISPHERIC)
