"""Which anatomy a plan was made on, as plain JSON values and back."""

from __future__ import annotations

from dataclasses import replace

from planner.anatomy.request import CaseRequest, VesselFile
from planner.implant.thread import vector
from planner.plan.json_values import Json, finite, record_of, values_of
from planner.plan.plan import CaseRecord, GridRecord, Matrix, VesselRecord


def case_values(case: CaseRecord) -> Json:
    """The JSON values of a case."""
    return {
        "source": case.source,
        "vessel_files": [{**values_of(v), "offset_mm": list(v.offset_mm)} for v in case.request.vessels],
        "retinotopy_folder": case.request.retinotopy,
        "least_variance": finite(case.request.least_variance),
        "hashes": dict(case.hashes),
        "retinotopy": case.retinotopy,
        "vessels": [values_of(v) for v in case.vessels],
        "grid": None if case.grid is None else _grid_values(case.grid),
        "ras2mni305": None if case.ras2mni305 is None else _rows(case.ras2mni305),
    }


def case_of(values: Json) -> CaseRecord:
    """The case that JSON values hold; plans from before matrices were recorded say nothing of them."""
    request = CaseRequest(
        values["source"],
        tuple(_vessel_file(file) for file in values["vessel_files"]),
        values["retinotopy_folder"],
        float(values["least_variance"]),
    )
    grid, ras2mni305 = values.get("grid"), values.get("ras2mni305")
    return CaseRecord(
        request=request,
        hashes=values["hashes"],
        retinotopy=values["retinotopy"],
        vessels=tuple(record_of(VesselRecord, vessel) for vessel in values["vessels"]),
        grid=None if grid is None else _grid(grid),
        ras2mni305=None if ras2mni305 is None else _matrix(ras2mni305),
    )


def _vessel_file(values: Json) -> VesselFile:
    return replace(record_of(VesselFile, values), offset_mm=vector(values["offset_mm"]))


def _grid_values(grid: GridRecord) -> Json:
    return {"shape": list(grid.shape), "vox2ras": _rows(grid.vox2ras), "vox2ras_tkr": _rows(grid.vox2ras_tkr)}


def _grid(values: Json) -> GridRecord:
    x, y, z = map(int, values["shape"])
    return GridRecord((x, y, z), _matrix(values["vox2ras"]), _matrix(values["vox2ras_tkr"]))


def _rows(matrix: Matrix) -> list[list[float]]:
    return [[finite(value) for value in row] for row in matrix]


def _matrix(rows: list[list[float]]) -> Matrix:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in rows)
