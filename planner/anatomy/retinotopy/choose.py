"""The best retinotopy that there is for a hemisphere: chosen, completed and checked.

Best first: maps given as files (inferred, pRF, other, Benson's atlas as neuropythy writes it), folder by folder;
Benson's atlas on fsaverage or carried over by ``sphere.reg``; the wedge-dipole fitted to it. Whatever it is passes the
field-sign check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.fsaverage import template_file, unit
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.report import Finding
from planner.anatomy.retinotopy import benson, wedge_dipole
from planner.anatomy.retinotopy.boundary import trace_boundary
from planner.anatomy.retinotopy.coverage import measure_coverage
from planner.anatomy.retinotopy.fieldsign import check_field_sign, field_sign
from planner.anatomy.retinotopy.gaps import BoolArray, ComplexArray, fill_gaps
from planner.anatomy.retinotopy.maps import MapFiles, find_maps, read_area, read_given
from planner.anatomy.retinotopy.scale import check_scale
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray

LEAST_OVERLAP: Final = 0.4  # ours, Dice
LEAST_BELIEVED: Final = 0.2  # ours: of V1's vertices; fewer, and the next source is better


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the choice needs to know of one hemisphere.

    Attributes
    ----------
    name : "lh" or "rh"
    white_mm, pial_mm : (V, 3) float64
        Scanner RAS.
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    registration : (V, 3) float64 or None
        ``sphere.reg``, or fsaverage's own sphere; any radius.
    v1_label : (K,) int64 or None
        Vertices of ``V1_exvivo.label``.
    on_fsaverage : bool
        Whether the vertices are fsaverage's 163 842, in its order.
    """

    name: HemisphereName
    white_mm: FloatArray
    pial_mm: FloatArray
    faces: IntArray
    registration: FloatArray | None = None
    v1_label: IntArray | None = None
    on_fsaverage: bool = False


@dataclass(frozen=True, eq=False)
class Chosen:
    """The retinotopy chosen and what a user should know of it.

    Attributes
    ----------
    retinotopy : Retinotopy
    files : mapping of str to Path
        All that it came from, also for V1's extent and for what gaps follow; without the sphere and the label.
    label_used : bool
        Whether the label said where V1 is.
    label_words : str
        How far the label and V1 agree; empty where there is no label.
    notes : tuple of str
    findings : tuple of Finding
        A line for the choice, for each file, and for each that was passed over.
    """

    retinotopy: Retinotopy
    files: Mapping[str, Path]
    label_used: bool
    label_words: str
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class _Found:
    """A retinotopy with the files that it came from."""

    retinotopy: Retinotopy
    files: Mapping[str, Path]
    label_used: bool = False
    given: bool = False
    """Whether it was measured or inferred for this subject, so that an atlas can be compared with it."""


def choose_retinotopy(sheet: Sheet, folders: Sequence[Path], least_variance: float) -> Chosen:
    """Choose the best retinotopy of a hemisphere.

    Parameters
    ----------
    sheet : Sheet
    folders : sequence of Path
        Where maps may lie, best first.
    least_variance : float
        Where maps come with variance explained, vertices below this are not believed.

    Raises
    ------
    InputError
        Where there is no source at all, a file is broken or of another surface, or the map contradicts the
        hemisphere's name.
    """
    _check(sheet)
    fallback = _Fallback(sheet)
    notes: list[str] = []
    passed_over: list[Finding] = []
    for folder in folders:
        sets = find_maps(folder, sheet.name)
        if not any(maps.complete for maps in sets):
            passed_over.append(Finding(f"{sheet.name} retinotopic maps", "missing", str(folder)))
        for maps in sets:
            doubt = "lacks eccentricity and angle, or x and y, together"
            if maps.complete:
                found = _from_maps(sheet, maps, fallback, least_variance)
                if isinstance(found, _Found):
                    return _chosen(sheet, found, fallback, notes, passed_over)
                doubt = found
                notes.append(f"{maps.source} of {sheet.name} are not used: {doubt}.")
            passed_over += [
                Finding(f"{sheet.name} {key}", "unused", str(path), detail=doubt) for key, path in maps.named.items()
            ]
    if fallback.best is None:
        raise InputError(
            f"{sheet.name} has neither retinotopic maps that can be used nor a registration sphere",
            source=folders[-1] if folders else None,
            remedy=f"put {sheet.name}.sphere.reg, or maps such as {sheet.name}.benson14_*.mgz, into surf/",
        )
    return _chosen(sheet, fallback.best, fallback, notes, passed_over)


class _Fallback:
    """What there is without any maps of the subject, made when it is first asked for."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @cached_property
    def best(self) -> _Found | None:
        """Benson's atlas, or else the wedge-dipole; None where the sheet is not registered."""
        sheet = self._sheet
        sphere_file = {"fsaverage5_sphere": template_file(sheet.name, "sphere")}
        if sheet.on_fsaverage:
            atlas, files = benson.fsaverage_retinotopy(sheet.name)
            if atlas is not None:
                return _Found(atlas, files)
            sphere, _ = benson.fsaverage_sphere(sheet.name)
            wedge = wedge_dipole.wedge_dipole_retinotopy(sphere, sheet.name)
            return _Found(wedge, {"wedge_dipole": wedge_dipole.PARAMETERS} | sphere_file)
        if sheet.registration is None:
            return None
        atlas, files = benson.carried_retinotopy(sheet.registration, sheet.name)
        if atlas is not None:
            return _Found(atlas, files | sphere_file)
        wedge = wedge_dipole.wedge_dipole_retinotopy(sheet.registration, sheet.name)
        return _Found(wedge, {"wedge_dipole": wedge_dipole.PARAMETERS})


def _from_maps(sheet: Sheet, maps: MapFiles, fallback: _Fallback, least_variance: float) -> _Found | str:
    """The retinotopy of a set of maps, gaps in V1 filled; or, in a few words, why it will not do."""
    vertices = len(sheet.white_mm)
    area, words, files = read_area(maps, vertices), [maps.source], dict(maps.named)
    label_used = area is None and sheet.v1_label is not None
    if area is None and sheet.v1_label is not None:
        area = np.zeros(vertices, np.int64)
        area[sheet.v1_label] = V1
        words.append("V1 from its label")
    if area is None and fallback.best is not None:
        area, files = fallback.best.retinotopy.area, {**files, **fallback.best.files}
        words.append(f"V1 from the {fallback.best.retinotopy.source}")
    if area is None:
        return f"nothing says where V1 is; put {sheet.name}.varea.mgz beside them"
    given = read_given(maps, sheet.name, area, least_variance)
    v1 = area == V1
    believed = float(given.believed[v1].mean()) if v1.any() else 0.0
    if believed < LEAST_BELIEVED:
        return f"only {believed:.0%} of V1 has a measurement that is believed"
    position, area, filled = given.position, np.where(given.believed, area, 0), None
    if believed < 1.0:
        course = None
        if fallback.best is not None:
            course, files = _position(fallback.best.retinotopy, V1), {**files, **fallback.best.files}
            words.append(f"gaps follow the {fallback.best.retinotopy.source}")
        in_v1, reached = fill_gaps(sheet.faces, position, given.believed & v1, v1, course)
        position, area = np.where(reached, in_v1, position), np.where(reached, V1, area)
        filled = reached & ~given.believed
    position = np.where(area > 0, position, 0.0)
    retinotopy = Retinotopy(
        eccentricity_deg=np.abs(position),
        polar_angle_deg=np.rad2deg(np.arctan2(position.real, position.imag)),
        area=area,
        source="; ".join(words),
        filled=filled,
        variance=given.variance,
        receptive_field_deg=given.size_deg,
    )
    return _Found(retinotopy, files, label_used, given=True)


def _chosen(
    sheet: Sheet, found: _Found, fallback: _Fallback, notes: Sequence[str], passed_over: Sequence[Finding]
) -> Chosen:
    """Check what was chosen and describe it."""
    retinotopy = found.retinotopy
    v1 = retinotopy.area == V1
    position = _position(retinotopy, V1)
    share = field_sign(sheet.name, sheet.white_mm, sheet.faces, position, v1)
    words = [*notes, *filter(None, [check_field_sign(sheet.name, share, retinotopy.source)])]
    boundary = trace_boundary(sheet.white_mm, sheet.faces, v1)
    if found.given:
        measured = np.where(retinotopy.filled, np.nan, position) if retinotopy.filled is not None else position
        template = _position(fallback.best.retinotopy, V1) if fallback.best is not None else None
        area_mm2 = float(boundary.area_mm2.sum() * np.isfinite(measured).sum() / v1.sum())
        words += check_scale(sheet.name, measured, area_mm2, template, retinotopy.source)
    if retinotopy.filled is not None:
        words.append(
            f"{retinotopy.filled.sum() / v1.sum():.0%} of {sheet.name} V1 had no measurement that is believed and was "
            f"filled in ({retinotopy.source})."
        )
    label_words = ""
    if sheet.v1_label is not None:
        overlap = _overlap(sheet.v1_label, v1)
        label_words = f"overlaps with the V1 in use by {overlap:.0%} (Dice)"
        if overlap < LEAST_OVERLAP:
            words.append(f"The label V1_exvivo of {sheet.name} {label_words}: one of the two is not where V1 is.")
    coverage = measure_coverage(sheet.faces, position, v1)
    findings = [
        Finding(f"{sheet.name} retinotopy", "used", detail=retinotopy.source),
        *(Finding(f"{sheet.name} {key}", "used", str(path), sha256=sha256(path)) for key, path in found.files.items()),
        Finding(
            f"{sheet.name} V1",
            "used",
            detail=f"{v1.sum()} vertices, {boundary.text}; field sign right in {share:.1%}; {coverage.text}",
        ),
        *passed_over,
    ]
    return Chosen(retinotopy, found.files, found.label_used, label_words, tuple(words), tuple(findings))


def _overlap(label: IntArray, v1: BoolArray) -> float:
    """Dice's coefficient of a label and V1."""
    label = np.unique(label)
    return float(2 * v1[label].sum() / (len(label) + v1.sum()))


def _position(retinotopy: Retinotopy, area: int) -> ComplexArray:
    """Visual field ``x + iy``, x towards the side that the hemisphere sees; NaN outside the area."""
    angle = np.deg2rad(90.0 - retinotopy.polar_angle_deg)
    position = retinotopy.eccentricity_deg * np.exp(1j * angle)
    return np.asarray(np.where(retinotopy.area == area, position, np.nan))


def _check(sheet: Sheet) -> None:
    """Refuse a sphere or a label of another surface, and a sphere turned inside out."""
    vertices = len(sheet.white_mm)
    if sheet.registration is not None:
        if len(sheet.registration) != vertices:
            raise InputError(
                f"the registration sphere of {sheet.name} has {len(sheet.registration)} vertices for {vertices} of its "
                "surfaces",
                remedy=f"give the {sheet.name}.sphere.reg of this subject",
            )
        a, b, c = unit(sheet.registration)[sheet.faces].transpose(1, 0, 2)
        if (a * np.cross(b, c)).sum() < 0:
            raise InputError(
                f"the registration sphere and the faces disagree: {sheet.name}.sphere.reg is turned inside out, as a "
                "mirror would do",
                remedy="check whether x was negated",
            )
    label = sheet.v1_label
    if label is not None and len(label) and (label.min() < 0 or label.max() >= vertices):
        raise InputError(
            f"the V1 label of {sheet.name} names vertex {label.max()} of {vertices}",
            remedy=f"give the {sheet.name}.V1_exvivo.label of this subject",
        )
