"""Which vessels a study's case has: its own, or, on the template, grown ones."""

from __future__ import annotations

from dataclasses import replace

from planner.anatomy.demo import VESSEL_SEED, demo_vessels, geometry_hash
from planner.anatomy.fsaverage import is_fsaverage_white
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.retinotopy.wedge_dipole import wedge_dipole_retinotopy
from planner.frames import HEMISPHERES


def with_vessels(anatomy: Anatomy) -> Anatomy:
    """The case; fsaverage, which comes without vessels, with trees grown as the demo's are (cached between runs).

    Without any, nothing that keeps off vessels could be told from what does not. The template is nobody's brain; a
    patient's never gets vessels that nobody saw. Ours.
    """
    hemispheres = anatomy.hemispheres
    if anatomy.vessels or set(hemispheres) != set(HEMISPHERES):
        return anatomy
    if not all(is_fsaverage_white(name, hemisphere.white_mm) for name, hemisphere in hemispheres.items()):
        return anatomy
    left, right = (_over_template(hemispheres[name]) for name in HEMISPHERES)
    grown = (*demo_vessels(left, right), *demo_vessels(right, left))
    return replace(
        anatomy, vessels=grown, hashes={**anatomy.hashes, **{tree.name: geometry_hash(tree) for tree in grown}}
    )


def _over_template(hemisphere: Hemisphere) -> Hemisphere:
    """The same with the template's V1, so that vessels are grown about it whatever retinotopy is used."""
    if hemisphere.registration is None:
        return hemisphere
    return replace(hemisphere, retinotopy=wedge_dipole_retinotopy(hemisphere.registration, hemisphere.name))


def vessel_words(anatomy: Anatomy) -> str:
    """E.g. ``synthetic, grown from seed 0``, and ``none``."""
    vessels = anatomy.vessels
    if all(vessel.synthetic for vessel in vessels):
        return f"synthetic, grown from seed {VESSEL_SEED}" if vessels else "none"
    return ", ".join(vessel.name for vessel in vessels)
