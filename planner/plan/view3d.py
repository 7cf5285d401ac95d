"""A picture of a plan in the cortex: from behind and from the midline, drawn off screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import numpy as np
import pyvista as pv
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.vessels.tree import VesselKind
from planner.frames import FloatArray, HemisphereName
from planner.plan.export.vtp import trees_of, vessel_mesh, wall_mesh, walls_of
from planner.plan.pictures import DPI, notice_lines, title, title_size
from planner.plan.plan import Plan
from planner.plan.stamp import limits_words, unknown_threads, unsafe_threads

VESSEL_COLOURS: Final[dict[VesselKind, str]] = {"artery": "#D8654F", "vein": "#0097CE", "vessel": "#8E6BB0"}
CORTEX: Final = (0.86, 0.83, 0.79)
MAP: Final = "Greens"
ECCENTRICITY_DEG: Final = (0.5, 40.0)
SAFE, UNKNOWN, UNSAFE, CONTACT = "#111111", "#FF7A00", "#FF00C8", "#FFD400"
PANE: Final = 900  # pixels
REACH_MM: Final = 25.0  # of cortex drawn around V1
VESSEL_REACH_MM: Final = 4.0  # vessels farther from the cortex shown are left out
MARGIN_MM: Final = 6.0
PALER: Final = 0.7  # of the anatomy's ink is kept under the threads
AMBIENT: Final = 0.5  # so that threads keep their colours in the shade
PANE_WIDTH = 4.6  # inches
HEIGHT, LINE, LINES = 6.4, 0.17, 3  # inches without and of a further line below; how many lines have room anyway
THREAD_RADIUS_MM: Final = 0.2  # ours: a real shaft would be thinner than a pixel
LETTERS: Final = (("L", "R"), ("P", "A"), ("I", "S"))


@dataclass(frozen=True)
class View:
    """One pane: its title, the direction that it looks in (up is superior) and the hemispheres that it shows."""

    title: str
    looking: tuple[float, float, float]
    hemispheres: tuple[HemisphereName, ...]


VIEWS: Final = (
    View("Left hemisphere from the midline", (-1.0, 0.0, 0.0), ("lh",)),
    View("From behind", (0.0, 1.0, 0.0), ("lh", "rh")),
    View("Right hemisphere from the midline", (1.0, 0.0, 0.0), ("rh",)),
)


def view3d_picture(plan: Plan, anatomy: Anatomy, file: Path) -> None:
    """Write a PNG of the threads in the cortex around V1.

    Pial is translucent and V1 tinted by eccentricity. A thread that breaks a limit has another colour and a cube at its
    entry, one around which vessels are unknown a third colour and an octahedron. Every pane has its orientation letters
    and a scale bar.

    Parameters
    ----------
    plan : Plan
    anatomy : Anatomy
        The one that the plan was made on.
    file : Path
        Ends in ``.png``.
    """
    view3d_figure(plan, anatomy).savefig(file, dpi=DPI)


def view3d_figure(plan: Plan, anatomy: Anatomy) -> Figure:
    """The same as a figure."""
    views = [view for view in VIEWS if any(name in anatomy.hemispheres for name in view.hemispheres)]
    limits, warned = "\n".join(wrap(limits_words(plan), 62 * len(views))), notice_lines(plan, 62 * len(views))
    more = LINE * max(0, limits.count("\n") + warned.count("\n") + 2 - LINES)
    width = PANE_WIDTH * len(views)
    whole = Figure(figsize=(width, HEIGHT + more), facecolor="white")
    FigureCanvasAgg(whole)
    # a subfigure heeds the ratios of its grid, and none of its edges
    figure = whole.add_subfigure(GridSpec(2, 1, whole, height_ratios=(HEIGHT, more))[0])
    words = title(plan)
    size = title_size(words, 0.97 * width, 13)
    figure.suptitle(words, x=0.015, y=0.975, ha="left", fontsize=size, weight="bold")
    for column, view in enumerate(views):
        picture, millimetres = _pane(plan, anatomy, view)
        axes = figure.add_axes((column / len(views) + 0.004, 0.26, 1 / len(views) - 0.008, 0.64))
        axes.imshow(picture)
        axes.set_axis_off()
        axes.set_title(view.title, fontsize=11)
        _letters(axes, view)
        _scale_bar(axes, PANE / millimetres)
    _legend(figure, plan, anatomy, len(views) + 1)
    above = 0.12 + LINE * (1 + warned.count("\n"))
    whole.text(0.015, above / (HEIGHT + more), limits, fontsize=9, color="#333333")
    whole.text(0.015, 0.08 / (HEIGHT + more), warned, fontsize=9, color="#a01010")
    return whole


def right_of(looking: tuple[float, float, float]) -> FloatArray:
    """The direction in scanner RAS that a view shows to the right, superior being up."""
    return np.cross(np.array(looking), [0.0, 0.0, 1.0])


def letter_of(direction: FloatArray) -> str:
    """The orientation letter of a direction along one axis: L, R, P, A, I or S."""
    axis = int(np.abs(direction).argmax())
    return LETTERS[axis][int(direction[axis] > 0)]


def _pane(plan: Plan, anatomy: Anatomy, view: View) -> tuple[FloatArray, float]:
    """The picture (H, W, 3) of a view in 0…1, and how many millimetres its side is.

    Threads are drawn by themselves and laid over the paler anatomy, so that those deep in a fold are seen too.
    """
    shown = [anatomy.hemispheres[name] for name in view.hemispheres if name in anatomy.hemispheres]
    centre_mm, millimetres = _framed(plan, view, shown)
    with _plotter(view, centre_mm, millimetres) as plotter:
        cortex = [_add_cortex(plotter, hemisphere) for hemisphere in shown]
        _add_vessels(plotter, anatomy, np.concatenate(cortex))
        below = np.asarray(plotter.screenshot(return_img=True), dtype=np.float64) / 255
    with _plotter(view, centre_mm, millimetres) as plotter:
        _add_threads(plotter, plan, view.hemispheres)
        above = np.asarray(plotter.screenshot(return_img=True, transparent_background=True), dtype=np.float64) / 255
    cover = above[..., 3:]
    return (1 - cover) * (1 - PALER * (1 - below)) + cover * above[..., :3], millimetres


@contextmanager
def _plotter(view: View, centre_mm: FloatArray, millimetres: float) -> Iterator[pv.Plotter]:
    """An off-screen plotter that looks at a point, so many millimetres high."""
    with pv.vtk_verbosity("off"):  # without a display VTK says that it turns to EGL
        plotter = pv.Plotter(off_screen=True, window_size=[PANE, PANE], lighting="light kit")
        try:
            plotter.background_color = pv.Color("white")
            camera = plotter.camera
            camera.focal_point = tuple(centre_mm)
            camera.position = tuple(centre_mm - 500.0 * np.array(view.looking))
            camera.up = (0.0, 0.0, 1.0)
            camera.parallel_projection = True
            camera.parallel_scale = millimetres / 2
            camera.clipping_range = (1.0, 1000.0)
            yield plotter
        finally:
            plotter.close()


def _add_cortex(plotter: pv.Plotter, hemisphere: Hemisphere) -> FloatArray:
    """Add pial around V1, V1 itself tinted and less translucent; the vertices drawn, in mm."""
    v1 = hemisphere.retinotopy.area == V1
    near = np.isfinite(cKDTree(hemisphere.pial_mm[v1]).query(hemisphere.pial_mm, distance_upper_bound=REACH_MM)[0])
    faces = hemisphere.faces[near[hemisphere.faces].all(axis=1)]
    inside = v1[faces].all(axis=1)
    shade = LogNorm(*ECCENTRICITY_DEG, clip=True)(np.where(v1, hemisphere.retinotopy.eccentricity_deg, 1.0))
    cells: Any = faces  # pyvista's own types allow no int64
    whole = pv.PolyData.from_regular_faces(hemisphere.pial_mm, cells)
    whole.point_data["colour"] = (255 * colormaps[MAP](np.asarray(shade))[:, :3]).round().astype(np.uint8)
    rest = whole.extract_cells(np.flatnonzero(~inside)).extract_surface(algorithm=None)
    mapped = whole.extract_cells(np.flatnonzero(inside)).extract_surface(algorithm=None)
    plotter.add_mesh(rest, color=CORTEX, opacity=0.25, smooth_shading=True)
    plotter.add_mesh(mapped, scalars="colour", rgb=True, opacity=0.7, smooth_shading=True)
    vertices_mm: FloatArray = hemisphere.pial_mm[near]
    return vertices_mm


def _add_vessels(plotter: pv.Plotter, anatomy: Anatomy, cortex_mm: FloatArray) -> None:
    cortex = cKDTree(cortex_mm)
    for kind, colour in VESSEL_COLOURS.items():
        trees = [tree for tree in trees_of(anatomy.vessels, kind) if len(tree.edges)]
        walls = [wall for wall in walls_of(anatomy.vessels, kind) if len(wall.faces)]
        if trees and (part := _near(vessel_mesh(trees), cortex)).n_cells:
            tubes = part.tube(scalars="Radius", absolute=True, n_sides=10)
            plotter.add_mesh(tubes, color=colour, scalars=None, smooth_shading=True)
        if walls and (part := _near(wall_mesh(walls), cortex)).n_cells:
            plotter.add_mesh(part, color=colour, scalars=None, smooth_shading=True)


def _near(mesh: pv.PolyData, cortex: cKDTree) -> pv.PolyData:
    """The cells of a mesh of lines or of triangles whose points all lie near the cortex."""
    near = np.isfinite(cortex.query(mesh.points, distance_upper_bound=VESSEL_REACH_MM)[0])
    cells = mesh.faces.reshape(-1, 4) if len(mesh.faces) else mesh.lines.reshape(-1, 3)
    kept = near[cells[:, 1:]].all(axis=1)
    part: pv.PolyData = mesh.extract_cells(kept).extract_surface(algorithm=None)
    return part


def _add_threads(plotter: pv.Plotter, plan: Plan, hemispheres: Sequence[HemisphereName]) -> None:
    unknown, unsafe = unknown_threads(plan), unsafe_threads(plan)
    rows_of: dict[str, list[int]] = {SAFE: [], UNKNOWN: [], UNSAFE: []}
    for i, thread in enumerate(plan.threads):
        if thread.hemisphere in hemispheres:
            rows_of[UNSAFE if thread.name in unsafe else UNKNOWN if thread.name in unknown else SAFE].append(i)
    contacts_mm, shafts = plan.implant.contacts_by_thread(), plan.implant.shafts()
    for colour, rows in rows_of.items():
        if not rows:
            continue
        of_colour = np.isin(shafts.thread, rows)
        drawn = shaft_tubes(shafts.start_mm[of_colour], shafts.tip_mm[of_colour])
        if drawn.n_points:
            plotter.add_mesh(drawn, color=colour, ambient=AMBIENT)
        points = pv.PolyData(np.concatenate([contacts_mm[row] for row in rows]))
        plotter.add_mesh(
            points.glyph(geom=pv.Sphere(radius=1.4 * THREAD_RADIUS_MM), scale=False, orient=False),
            color=CONTACT,
            ambient=AMBIENT,
        )
        entries = pv.PolyData(np.array([plan.threads[row].entry_mm for row in rows]))
        plotter.add_mesh(entries.glyph(geom=_mark(colour), scale=False, orient=False), color=colour, ambient=AMBIENT)


def shaft_tubes(start_mm: FloatArray, tip_mm: FloatArray) -> pv.PolyData:
    """Tubes along shafts ``(S, 3)``–``(S, 3)``, as wide as they can be seen; discs, of no length, have none."""
    long = np.linalg.norm(tip_mm - start_mm, axis=1) > 0
    if not long.any():
        return pv.PolyData()
    points = np.stack([start_mm[long], tip_mm[long]], axis=1).reshape(-1, 3)
    lines = np.insert(np.arange(len(points)).reshape(-1, 2), 0, 2, axis=1).ravel()
    tubes: pv.PolyData = pv.PolyData(points, lines=lines).tube(radius=THREAD_RADIUS_MM)
    return tubes


def _mark(colour: str) -> pv.PolyData:
    """What stands at the entries of threads of a colour: a ball, a cube or an octahedron."""
    if colour == SAFE:
        return pv.Sphere(radius=1.7 * THREAD_RADIUS_MM)
    side = 8 * THREAD_RADIUS_MM
    if colour == UNSAFE:
        return pv.Cube(x_length=side, y_length=side, z_length=side)
    mark: pv.PolyData = pv.PlatonicSolid("octahedron", radius=0.9 * side)
    mark.clear_data()
    return mark


def _framed(plan: Plan, view: View, shown: Sequence[Hemisphere]) -> tuple[FloatArray, float]:
    """The middle of V1 and the threads as a view sees them, and the side of a square around them, in mm."""
    points = [hemisphere.pial_mm[hemisphere.retinotopy.area == V1] for hemisphere in shown]
    points += [np.array([t.entry_mm, t.tip_mm]) for t in plan.threads if t.hemisphere in view.hemispheres]
    across = np.stack([right_of(view.looking), np.array([0.0, 0.0, 1.0])])
    seen = np.concatenate(points) @ across.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    return (low + high) / 2 @ across, float((high - low).max()) + 2 * MARGIN_MM


def _letters(axes: Any, view: View) -> None:
    right = right_of(view.looking)
    for (x, y), direction in [
        ((0.97, 0.5), right),
        ((0.03, 0.5), -right),
        ((0.5, 0.97), np.array([0.0, 0.0, 1.0])),
        ((0.5, 0.03), np.array([0.0, 0.0, -1.0])),
    ]:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.8}
        style: Any = {"ha": "center", "va": "center", "fontsize": 13, "weight": "bold", "bbox": box}
        axes.text(x, y, letter_of(direction), transform=axes.transAxes, **style)


def _scale_bar(axes: Any, pixels_per_mm: float) -> None:
    start, height = 0.05 * PANE, 0.955 * PANE
    axes.plot(
        [start, start + 10 * pixels_per_mm], [height, height], color="black", linewidth=2.5, solid_capstyle="butt"
    )
    axes.text(start, height - 0.015 * PANE, "10 mm", fontsize=9)


def _legend(figure: FigureBase, plan: Plan, anatomy: Anatomy, columns: int) -> None:
    bar = figure.add_axes((0.72, 0.185, 0.25, 0.022))
    scale = ScalarMappable(LogNorm(*ECCENTRICITY_DEG), MAP)
    figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=[0.5, 1, 2, 5, 10, 20, 40])
    bar.xaxis.set_major_formatter("{x:g}°")
    bar.xaxis.minorticks_off()
    bar.set_title("eccentricity on V1", fontsize=9)
    bar.tick_params(labelsize=8)
    synthetic = {tree.kind for tree in anatomy.vessels if tree.synthetic}
    kinds = [kind for kind in VESSEL_COLOURS if any(tree.kind == kind for tree in anatomy.vessels)]
    entries = [Line2D([], [], color=SAFE, linewidth=3, marker="o", markersize=7, label="thread, entry end")]
    for colour, marker, label, named in (
        (UNSAFE, "s", "thread that breaks a limit", unsafe_threads(plan)),
        (UNKNOWN, "D", "vessels unknown around it", unknown_threads(plan)),
    ):
        if named:
            entries.append(Line2D([], [], color=colour, linewidth=3, marker=marker, markersize=10, label=label))
    entries.append(
        Line2D([], [], color="none", marker="o", markerfacecolor=CONTACT, markeredgecolor="none", label="contact")
    )
    entries += [
        Line2D([], [], color=VESSEL_COLOURS[k], linewidth=4, label=f"{k}{' (synthetic)' if k in synthetic else ''}")
        for k in kinds
    ]
    place: Any = {"loc": "lower left", "bbox_to_anchor": (0.01, 0.145), "ncols": columns}
    figure.legend(handles=entries, **place, fontsize=9, frameon=False)
    figure.text(0.015, 0.128, "Threads and contacts are drawn thicker than they are.", fontsize=8.5, color="#333333")
