"""The Benson 2014 retinotopy of fsaverage, read from neuropythy's data files where that package is installed.

neuropythy is AGPL-3 and is never imported: its atlas files are read with nibabel.

References
----------
Benson NC, Butt OH, Brainard DH, Aguirre GK (2014). Correction of distortion in flattened representations of the
cortical surface allows prediction of V1-V3 functional organization from anatomy. PLoS Comput Biol 10(3): e1003538.
Version 4.0.
"""

from __future__ import annotations

import zlib
from importlib.util import find_spec
from pathlib import Path
from xml.parsers.expat import ExpatError

import nibabel as nib
import numpy as np

from planner.anatomy.hemisphere import Retinotopy
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

BROKEN = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    zlib.error,
    ExpatError,
    nib.filebasedimages.ImageFileError,
    nib.spatialimages.HeaderDataError,
    nib.freesurfer.mghformat.MGHError,
)
"""What nibabel raises on files that are cut off, scratched or of another kind."""

SOURCE = "Benson 2014 v4.0 atlas (neuropythy's data files)"


def fsaverage_retinotopy(hemisphere: HemisphereName) -> tuple[Retinotopy | None, dict[str, Path]]:
    """The atlas on fsaverage's 163 842 vertices and the files it came from; None where neuropythy is not installed."""
    spec = find_spec("neuropythy")
    if spec is None or not spec.submodule_search_locations:
        return None, {}
    folder = Path(spec.submodule_search_locations[0]) / "lib" / "data" / "fsaverage" / "surf"
    files = {key: folder / f"{hemisphere}.benson14_{key}.v4_0.mgz" for key in ("eccen", "angle", "varea")}
    return read_maps(files, SOURCE), {f"benson14_{key}": path for key, path in files.items()}


def read_maps(files: dict[str, Path], source: str) -> Retinotopy:
    """Eccentricity, polar angle and visual area (Benson's convention) from files ``eccen``, ``angle`` and ``varea``."""
    eccentricity, angle, area = (read_overlay(files[key]) for key in ("eccen", "angle", "varea"))
    for key, values in {"eccen": eccentricity, "angle": angle}.items():
        if len(values) != len(area):
            raise InputError(
                f"has {len(values)} values where the map of visual areas has {len(area)}",
                source=files[key],
                remedy="use maps made on the same surface",
            )
    mapped = np.rint(area) > 0
    low, high = angle[mapped].min(initial=0.0), angle[mapped].max(initial=0.0)
    if low < -1.0 or high > 181.0:
        raise InputError(
            f"polar angles run from {low:.0f}° to {high:.0f}°, outside Benson's convention",
            source=files["angle"],
            remedy="give the angle in degrees from the upper vertical meridian (0) to the lower one (180)",
        )
    if mapped.any() and 0.0 < high <= np.pi + 0.01:
        raise InputError("polar angles look like radians", source=files["angle"], remedy="give them in degrees")
    return Retinotopy(eccentricity, np.clip(angle, 0.0, 180.0), np.rint(area).astype(np.int64), source)


def read_overlay(path: Path) -> FloatArray:
    """One value a vertex from an MGZ, NIfTI or GIFTI overlay or a FreeSurfer curv file, ``(V,)``."""
    try:
        if path.suffix in {".mgz", ".mgh", ".gz", ".nii"} and not path.name.endswith(".gii.gz"):
            values = np.asarray(nib.load(path).dataobj)
        elif path.name.endswith((".gii", ".gii.gz")):
            values = np.asarray(nib.load(path).darrays[0].data)
        else:
            values = nib.freesurfer.read_morph_data(path)
    except BROKEN as error:
        raise InputError(
            f"cannot be read as an overlay ({error})", source=path, remedy="give an intact file"
        ) from error
    values = values.astype(np.float64).reshape(-1)
    if not np.isfinite(values).all():
        raise InputError("holds values that are not numbers", source=path, remedy="repair or remove the file")
    return values
