"""The file run with pulse2percept 0.11 (BSD-3) itself."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np

from planner.plan.export import write_export
from planner.plan.make import Examined


def test_pulse2percept_has_every_contact_at_its_place_in_micrometres(examined: Examined, tmp_path: Path) -> None:
    (file,) = write_export(examined, "pulse2percept", tmp_path)
    implant = runpy.run_path(str(file))["implant"]()
    assert implant.electrode_names == [f"T0{t}-{c}" for t in (1, 2) for c in (1, 2, 3, 4)]
    found = np.array([[e.x, e.y, e.z] for e in implant.electrode_objects])
    np.testing.assert_allclose(found, 1000 * examined.plan.implant.contacts_mm(), rtol=0, atol=1e-9)


def test_on_a_flat_map_each_contact_lies_where_its_phosphene_is_seen(examined: Examined, tmp_path: Path) -> None:
    from pulse2percept.topography.cortex import Polimeni2006Map

    (file,) = write_export(examined, "pulse2percept", tmp_path)
    flat = Polimeni2006Map(k=17.3, a=0.75, b=120.0, alpha1=0.95)
    implant = runpy.run_path(str(file))["flat_implant"](flat)
    xy = np.array([[e.x, e.y] for e in implant.electrode_objects])
    x_deg, y_deg = flat.to_dva()["v1"](xy[:, 0], xy[:, 1])
    seen = examined.assessment.phosphenes.field_deg.numpy()
    np.testing.assert_allclose(np.column_stack([x_deg, y_deg]), seen, atol=1e-6)
    assert (xy[:4, 0] < 0).all()  # the right half of the field lies in the left hemisphere
    assert (xy[4:, 0] > 0).all()


def test_the_file_runs_as_a_program_and_says_what_it_may_be_used_for(examined: Examined, tmp_path: Path) -> None:
    (file,) = write_export(examined, "pulse2percept", tmp_path)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("Research use only")
