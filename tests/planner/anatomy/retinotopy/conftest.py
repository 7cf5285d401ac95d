"""fsaverage's mesh with fsaverage5's geometry, Benson's atlas on it, and maps written as a subject would have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.hemisphere import Retinotopy
from planner.anatomy.retinotopy import benson
from planner.anatomy.retinotopy.choose import Sheet
from planner.frames import HemisphereName
from planner.geometry.subdivision import midpoints, subdivide

AtlasOf = Callable[[HemisphereName], Retinotopy]
SheetOf = Callable[[HemisphereName], Sheet]
Write = Callable[[Path, Mapping[str, np.ndarray]], None]


@pytest.fixture(scope="session")
def atlas_of() -> AtlasOf:
    @cache
    def read(name: HemisphereName) -> Retinotopy:
        atlas, _ = benson.fsaverage_retinotopy(name)
        if atlas is None:
            pytest.skip("neuropythy's data files are not installed")
        return atlas

    return read


@pytest.fixture(scope="session")
def sheet_of() -> SheetOf:
    """A registered subject with as many vertices as fsaverage."""

    @cache
    def make(name: HemisphereName) -> Sheet:
        spec = find_spec("nilearn")
        assert spec is not None
        assert spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "fsaverage5"
        side = {"lh": "left", "rh": "right"}[name]
        white, faces = (np.asarray(d.data) for d in nib.load(folder / f"white_{side}.gii.gz").darrays)
        pial = np.asarray(nib.load(folder / f"pial_{side}.gii.gz").darrays[0].data)
        white, pial, faces = white.astype(float), pial.astype(float), faces.astype(np.int64)
        for _ in range(2):
            faces, parents = subdivide(faces, len(white))
            white, pial = midpoints(white, parents), midpoints(pial, parents)
        return Sheet(name, white, pial, faces, registration=100.0 * benson.fsaverage_sphere(name)[0])

    return make


@pytest.fixture(scope="session")
def write_maps() -> Write:
    """Write ``{file name: values}`` into a folder, each in the format that its name says."""

    def write(folder: Path, maps: Mapping[str, np.ndarray]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in maps.items():
            data, path = np.asarray(values, np.float32), folder / name
            if name.endswith((".mgz", ".mgh")):
                nib.save(nib.MGHImage(data.reshape(-1, 1, 1), np.eye(4)), path)
            elif ".nii" in name:
                nib.save(nib.Nifti2Image(data.reshape(-1, 1, 1), np.eye(4)), path)
            elif ".gii" in name:
                nib.save(nib.GiftiImage(darrays=[nib.gifti.GiftiDataArray(data)]), path)
            else:
                nib.freesurfer.write_morph_data(path, data)

    return write
