"""How far candidate threads are from each other, along the cortex or in the visual field, and a lattice over both."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from planner.design.objective import phosphenes_of
from planner.design.site import Side, Site
from planner.frames import FloatArray, IntArray
from planner.implant.device import Devices
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors

LOG_MAP_K_MM, LOG_MAP_A_DEG = 17.3, 0.75  # Horton & Hoyt 1991: w = k·ln(z + a)
HALVINGS = 50


class CortexDistance:
    """Distances along V1's mid-gray surface between threads, from the middle of each one's contacts."""

    def __init__(self, site: Site, pool: ThreadTensors, devices: Devices) -> None:
        contacts, owner = contact_positions(pool, devices)
        middles = _means(contacts, owner, len(pool))
        self._rows = {name: pool.rows(name).numpy() for name in site.sides}
        self._name = {int(row): name for name, rows in self._rows.items() for row in rows}
        self._graphs = {name: _graph(side) for name, side in site.sides.items()}
        self._vertex: IntArray = np.zeros(len(pool), dtype=np.int64)
        for name, (_, points) in self._graphs.items():
            self._vertex[self._rows[name]] = cKDTree(points).query(middles[self._rows[name]])[1]

    def from_thread(self, index: int) -> FloatArray:
        """Distance in mm from one thread to every other; infinite to the other hemisphere."""
        name = self._name[index]
        reach = dijkstra(self._graphs[name][0], directed=False, indices=int(self._vertex[index]))
        distance = np.full(len(self._vertex), np.inf)
        distance[self._rows[name]] = reach[self._vertex[self._rows[name]]]
        return distance

    def rank(self, far: FloatArray) -> FloatArray:
        """The farther the better."""
        return far


class FieldDistance:
    """Distances in degrees between the middles of what threads show; those within the field shown go first."""

    def __init__(self, site: Site, pool: ThreadTensors, devices: Devices, extent_deg: float) -> None:
        self._seen_deg = seen_deg(site, pool, devices)
        self._outside = np.abs(self._seen_deg).max(axis=1) > extent_deg / 2

    def from_thread(self, index: int) -> FloatArray:
        """Distance in degrees from one thread to every other."""
        return np.asarray(np.linalg.norm(self._seen_deg - self._seen_deg[index], axis=1))

    def rank(self, far: FloatArray) -> FloatArray:
        """The farther the better; what lies outside the field shown comes last."""
        return np.where(self._outside[: len(far)], np.minimum(far, 1e3) - 1e6, np.minimum(far, 1e3))


@torch.no_grad()
def seen_deg(site: Site, pool: ThreadTensors, devices: Devices) -> FloatArray:
    """Where in the visual field the middle of each thread's contacts is seen ``(T, 2)``, degrees."""
    lit, _ = phosphenes_of(site, pool, devices)
    _, owner = contact_positions(pool, devices)
    return _means(lit.field_deg, owner, len(pool))


def grid_order(site: Site, pool: ThreadTensors, devices: Devices, wanted: IntArray) -> IntArray:
    """Rows of the pool: first those nearest to the nodes of a square lattice over V1, one a node, then the others.

    The lattice lies in the cortex unfolded by the logarithmic map (Schwartz 1977, in Horton & Hoyt's numbers), and is
    as wide as the number of threads allows.
    """
    seen = seen_deg(site, pool, devices)
    z = np.hypot(seen[:, 0], seen[:, 1]) * np.exp(1j * np.arctan2(seen[:, 1], np.abs(seen[:, 0])))
    w = LOG_MAP_K_MM * np.log(z + LOG_MAP_A_DEG)
    # The hemispheres side by side, farther from each other than either is wide.
    flat = np.stack([w.real + 1e4 * pool.right.numpy(), w.imag], axis=1)
    total = int(wanted.sum())
    if len(flat) == 0 or total == 0:
        return np.arange(len(flat))
    low, high = 1e-3, 1e3
    for _ in range(HALVINGS):
        pitch = np.sqrt(low * high)
        low, high = (pitch, high) if len(_nodes(flat, pitch)) >= total else (low, pitch)
    first = _nodes(flat, low)[:total]
    return np.concatenate([first, np.setdiff1d(np.arange(len(flat)), first)])


def _nodes(flat: FloatArray, pitch: float) -> IntArray:
    """The point nearest to each node of a lattice, of those nodes that have a point within half a pitch; sorted."""
    node = np.rint(flat / pitch)
    away = np.abs(flat / pitch - node).max(axis=1)
    order = np.lexsort((away, node[:, 1], node[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (node[order][1:] != node[order][:-1]).any(axis=1)
    return np.sort(order[first])


def _means(values: torch.Tensor, owner: torch.Tensor, count: int) -> FloatArray:
    """Mean of the values ``(N, K)`` of each of so many threads."""
    sizes = torch.bincount(owner, minlength=count).clamp_min(1)
    total = values.new_zeros((count, values.shape[1])).index_add(0, owner, values.detach())
    return np.asarray((total / sizes[:, None]).numpy())


def _graph(side: Side) -> tuple[csr_array, FloatArray]:
    """V1's mid-gray surface as a graph of edge lengths, and its vertices."""
    hemisphere = side.hemisphere
    used, numbered = np.unique(hemisphere.faces[hemisphere.v1_faces], return_inverse=True)
    faces = numbered.reshape(-1, 3)
    points = (hemisphere.white_mm[used] + hemisphere.pial_mm[used]) / 2
    edges = np.unique(np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1), axis=0)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    return csr_array((length, (edges[:, 0], edges[:, 1])), shape=(len(used), len(used))), points
