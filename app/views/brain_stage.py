"""What is drawn in the 3D view: a case's cortex and vessels, a plan's threads, the crosshair, and which are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from app.case import Case
from app.cortex import UNFOLDED, Carrier, SurfaceName, SurfacePoint, surface_point
from app.preview import Preview
from app.views.brain_camera import pixel_mm
from app.views.brain_clip import Clip, ClipPlane
from app.views.brain_cross import CrossActor
from app.views.brain_room import RoomActors
from app.views.brain_scene import CortexActors
from app.views.brain_threads import ThreadActors
from app.views.brain_vessels import VesselActors, add_vessels
from app.views.overlays import Colours
from app.views.thread_look import ThreadLook, thread_look
from planner.anatomy.hemisphere import V1, Hemisphere
from planner.anatomy.vessels.wall import Vessel
from planner.frames import FloatArray, HemisphereName
from planner.implant.thread import Vector
from planner.plan.plan import Plan


class Stage:
    """The actors of a plotter and of the layer over its scene.

    Attributes
    ----------
    surface : SurfaceName
        The surface that is shown.
    cortices : dict of hemisphere name to CortexActors
    vessels : list of VesselActors
    threads : ThreadActors
    """

    def __init__(self, plotter: Any, layer: vtkRenderer) -> None:
        self._plotter = plotter
        self.surface: SurfaceName = "pial"
        self.cortices: dict[HemisphereName, CortexActors] = {}
        self.vessels: list[VesselActors] = []
        self.threads = ThreadActors(plotter.renderer, layer)
        self._room = RoomActors(plotter.renderer, layer)
        self._cross = CrossActor(layer)
        self._clip: Clip = "off"
        self._target_mm: Vector | None = None  # that the cut is in front of, instead of the crosshair
        self._plane = ClipPlane()
        self._cross_mm: Vector | None = None
        self._light = False
        self._carriers: dict[tuple[HemisphereName, SurfaceName], Carrier] = {}

    @property
    def placed(self) -> bool:
        """Whether the surface that is shown has its place in the scanner."""
        return self.surface not in UNFOLDED

    @property
    def visible(self) -> tuple[HemisphereName, ...]:
        """The hemispheres that are shown."""
        return tuple(name for name, actors in self.cortices.items() if actors.visible)

    @property
    def hemispheres(self) -> list[Hemisphere]:
        """The anatomy of those."""
        return [self.cortices[name].cortex.hemisphere for name in self.visible]

    def set_case(self, case: Case) -> None:
        """Draw another case's cortex and vessels instead."""
        for actors in self.cortices.values():
            actors.remove(self._plotter)
        for its in self.vessels:
            its.remove(self._plotter)
        self._carriers.clear()
        self.cortices = {name: CortexActors(self._plotter, cortex) for name, cortex in case.cortices.items()}
        self.vessels = add_vessels(self._plotter, case.anatomy.vessels)
        self.set_surface(self.surface)

    def set_surface(self, surface: SurfaceName) -> None:
        """Show another surface."""
        self.surface = surface
        for actors in self.cortices.values():
            actors.set_surface(surface)
        self.show_cross(self._cross_mm)

    def show_hemispheres(self, names: Collection[HemisphereName]) -> None:
        """Show these hemispheres, and no others."""
        for name, actors in self.cortices.items():
            actors.set_visible(name in names)

    def paint(self, colours_of: Callable[[Hemisphere], Colours]) -> None:
        """Colour every hemisphere's vertices."""
        for actors in self.cortices.values():
            actors.set_colours(colours_of(actors.cortex.hemisphere))

    def set_opacity(self, opacity: float) -> None:
        """Of the cortex, 0 to 1."""
        for actors in self.cortices.values():
            actors.set_opacity(opacity)

    def set_light(self, light: bool) -> None:
        """Draw light meshes, for moving pictures, or full ones."""
        self._light = light
        for actors in self.cortices.values():
            actors.set_light(light)

    def show_vessels(self, on: bool) -> None:
        """Show the vessels of the hemispheres that are shown, where the surface has a place for them; or none."""
        for its in self.vessels:
            side: Any = its.vessel.name[:2]
            sided = side in self.cortices and not self.cortices[side].visible
            its.set_visible(on and self.placed and not sided)

    def drawn_vessels(self) -> list[Vessel]:
        """The vessels that are shown."""
        return [its.vessel for its in self.vessels if its.visible]

    def show_cross(self, point_mm: Vector | None) -> None:
        """Show the crosshair at a point of scanner RAS or nowhere: an unfolded surface has no place for it."""
        self._cross_mm = point_mm
        self._cross.show(point_mm if self.placed else None)
        self._cut()

    def set_clip(self, clip: Clip, target_mm: Vector | None = None) -> None:
        """Cut the cortex open at the crosshair or a target, or with ``off`` close it; see `follow_camera`."""
        self._clip, self._target_mm = clip, target_mm
        self._cut()

    def follow_camera(self, camera: Any) -> None:
        """Lay the cut as the camera sees it now, and draw small things as large as can be seen; before every frame."""
        px_mm = pixel_mm(camera, self._plotter.height())
        self.threads.follow(px_mm)
        self._cross.follow(px_mm)
        for its in self.vessels:
            its.follow(camera, self._light)
        at_mm = self._target_mm or self._cross_mm
        if at_mm is not None:
            self._plane.follow(self._clip, camera, at_mm)

    def cut_open(self) -> bool:
        """Whether something of cortex and vessels is left out."""
        return self._clip != "off" and self.placed and (self._target_mm or self._cross_mm) is not None

    def left_out(self) -> str:
        """What is left out, and where the cut is, in words; empty for nothing."""
        if not self.cut_open():
            return ""
        place = "in front of the target" if self._target_mm is not None else "at the crosshair"
        return f"Cut {place}: cortex and vessels {self._plane.left_out(self._clip)} are left out"

    def look(
        self,
        plan: Plan,
        preview: Preview | None,
        selection: str,
        selected: frozenset[str] = frozenset(),
        changed: bool = False,
    ) -> ThreadLook:
        """How a plan's threads look on the surface that is shown."""
        look = thread_look(plan, preview, selection, selected, changed)
        if self.placed:
            return look
        return look.carried({name: self._carrier(name) for name in {t.hemisphere for t in plan.everyone.threads}})

    def shown_threads(self, plan: Plan) -> NDArray[np.bool_]:
        """Which of a plan's threads ``(T,)``, used or not, are on hemispheres that are shown."""
        return np.array([t.hemisphere in self.visible for t in plan.everyone.threads], dtype=bool)

    def contact_mm(self, plan: Plan, row: int) -> FloatArray | None:
        """Where one of a plan's contacts is drawn; None where it is not, or where there is no such one."""
        implant = plan.everyone
        owners = implant.contact_owners()
        if row >= len(owners) or implant.threads[owners[row]].hemisphere not in self.visible:
            return None
        point = implant.contacts_mm()[row]
        return point if self.placed else self._carrier(implant.threads[owners[row]].hemisphere)(point)

    def draw_threads(self, plan: Plan, look: ThreadLook, room: bool) -> None:
        """Draw a plan's threads as they look, with the room that they need around them or without it."""
        shown = self.shown_threads(plan)
        self.threads.draw(look.of(shown))
        self._room.draw(plan, look, shown & (room and self.placed))

    def hit(self, near: FloatArray, far: FloatArray) -> SurfacePoint | None:
        """The point of the shown cortex that a ray meets first."""
        found: tuple[float, SurfacePoint] | None = None
        for actors in self.cortices.values():
            hit = actors.hit(near, far) if actors.visible else None
            if hit is not None and (found is None or hit[0] < found[0]):
                found = hit[0], surface_point(actors.cortex, self.surface, hit[2], hit[1])
        return found[1] if found else None

    def v1_points(self, names: Collection[HemisphereName]) -> FloatArray:
        """V1's vertices ``(K, 3)`` on the surface that is shown."""
        return self._points(names, lambda hemisphere: hemisphere.retinotopy.area == V1)

    def all_points(self, names: Collection[HemisphereName]) -> FloatArray:
        """Every vertex ``(K, 3)`` of the surface that is shown."""
        return self._points(names, lambda hemisphere: np.ones(len(hemisphere.pial_mm), dtype=bool))

    def patches(self) -> dict[HemisphereName, FloatArray]:
        """The points ``(n, 3)`` of each flat patch that is shown."""
        shown = {name: self.cortices[name].cortex for name in self.visible}
        patches = {name: its.patch for name, its in shown.items()}
        return {n: np.asarray(shown[n].points["flat"][p.vertices]) for n, p in patches.items() if p is not None}

    def _points(self, names: Collection[HemisphereName], of: Callable[[Hemisphere], NDArray[np.bool_]]) -> FloatArray:
        cortices = [self.cortices[name].cortex for name in names]
        points = np.concatenate([cortex.points[self.surface][of(cortex.hemisphere)] for cortex in cortices])
        return np.asarray(points[~np.isnan(points[:, 0])], dtype=np.float64)

    def _cut(self) -> None:
        plane = self._plane.plane if self.cut_open() else None
        for actors in self.cortices.values():
            actors.cut(plane)
        for vessel in self.vessels:
            vessel.cut(plane)

    def _carrier(self, name: HemisphereName) -> Carrier:
        key = name, self.surface
        if key not in self._carriers:
            self._carriers[key] = Carrier(self.cortices[name].cortex, self.surface)
        return self._carriers[key]
