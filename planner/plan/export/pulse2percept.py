"""A Python file that rebuilds the implant for pulse2percept 0.11 or later, in µm.

Every contact is a point source at its own place, since pulse2percept's ``LinearEdgeThread`` sets its electrodes aside
of the thread's axis by the radius and 3 µm more. In space the places are scanner RAS, which only a model of the same
surfaces understands; for the flat maps of cortex the file has a second way, which puts each contact where a map has
its phosphene.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Final

import numpy as np

from planner.plan.contacts import Contact, contacts_of
from planner.plan.export.readback import require_equal, require_same
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, verdict_words

FILE: Final = "pulse2percept_implant.py"
NAMES: Final = (FILE,)
UM_PER_MM: Final = 1000.0

_TEMPLATE: Final = '''"""The implant of a Calcarine plan for pulse2percept 0.11 or later.

{about}
"""

PLAN = {plan!r}
VERDICT = {verdict!r}
LIMITS = {limits!r}
NOTICE = {notice!r}

# Contact: x, y, z in micrometres, scanner RAS (right, front, up)
CONTACTS_UM = {{
{contacts}
}}

# Contact: where its phosphene is, degrees of visual angle (right, up), and its diameter in degrees
PHOSPHENES_DEG = {{
{phosphenes}
}}


def implant():
    """All contacts as point sources where they are in space: for models of this case's own surfaces alone."""
    from pulse2percept.implants import ElectrodeArray, Implant, PointSource

    return Implant(ElectrodeArray({{name: PointSource(x, y, z) for name, (x, y, z) in CONTACTS_UM.items()}}))


def flat_implant(visual_field_map, region="v1"):
    """All contacts where a flat map of the cortex, such as Polimeni2006Map, has their phosphenes."""
    import numpy as np
    from pulse2percept.implants import ElectrodeArray, Implant, PointSource

    names = list(PHOSPHENES_DEG)
    x_deg, y_deg, _ = np.array([PHOSPHENES_DEG[name] for name in names]).T
    x_um, y_um = visual_field_map.from_dva()[region](x_deg, y_deg)
    return Implant(ElectrodeArray({{name: PointSource(x, y, 0) for name, x, y in zip(names, x_um, y_um)}}))


if __name__ == "__main__":
    print(NOTICE)
    print(implant())
'''


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``pulse2percept_implant.py``, run its tables and compare them; pulse2percept is not needed for that."""
    contacts = contacts_of(examined)
    text = _text(examined, contacts)
    file = folder / FILE
    file.write_text(text, encoding="utf-8")
    require_same(file, "the text", file.read_text(encoding="utf-8"), text)
    read = runpy.run_path(str(file))
    require_same(file, "the contacts' names", list(read["CONTACTS_UM"]), [contact.label for contact in contacts])
    found = np.array(list(read["CONTACTS_UM"].values()))
    require_equal(file, "the contacts", found, UM_PER_MM * examined.plan.implant.contacts_mm())
    seen = np.array(list(read["PHOSPHENES_DEG"].values()))
    require_equal(file, "the phosphenes", seen, np.array([(*c.field_deg, c.size_deg) for c in contacts]))
    return [file]


def _text(examined: Examined, contacts: tuple[Contact, ...]) -> str:
    plan = examined.plan
    return _TEMPLATE.format(
        about="implant() has every contact at its place; flat_implant(map) suits the models of a flat cortex.",
        plan=fingerprint(plan),
        verdict=verdict_words(plan),
        limits=limits_words(plan),
        notice=notice(plan),
        contacts="\n".join(
            f"    {contact.label!r}: ({', '.join(repr(UM_PER_MM * x) for x in contact.position_mm)}),"
            for contact in contacts
        ),
        phosphenes="\n".join(
            f"    {contact.label!r}: ({', '.join(map(repr, (*contact.field_deg, contact.size_deg)))}),"
            for contact in contacts
        ),
    )
