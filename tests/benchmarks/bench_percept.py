"""How long the percept and its gradient in position take: ``python tests/benchmarks/bench_percept.py [--quick]``.

Contacts lie in the demo's V1 where it sees the picture. Everything is measured in one run, turn by turn, so that ratios
hold on a busy machine. "three matrix products" are those that no exact separable rendering can avoid (the pictures, and
the gradients of the two factors); "dense" draws every phosphene on every pixel, as plain torch does it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.subject import load_anatomy
from planner.design.site import Site, prepare_site
from planner.percept.dynaphos import sigma_deg
from planner.percept.field import VisualField
from planner.percept.footprints import SeparableFootprints
from planner.percept.forward import forward
from planner.percept.magnification import eccentricity
from planner.percept.model import view_of
from planner.percept.parameters import MODELS, Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus

WORKING_UA, MAX_UA = 80.0, 100.0
MODEL = Dynaphos()


def in_v1(site: Site, contacts: int, reach_deg: float) -> Phosphenes:
    """So many contacts at random places of V1 whose phosphenes lie in the picture."""
    sheet = site.sheet(0.5)
    rows = np.flatnonzero(np.abs(sheet.field_deg).max(axis=1) < reach_deg)
    rows = np.random.default_rng(0).choice(rows, contacts, p=sheet.area_mm2[rows] / sheet.area_mm2[rows].sum())
    place, position = (torch.from_numpy(values[rows]) for values in (sheet.field_deg, sheet.position_mm))
    return Phosphenes(place.float(), torch.ones(contacts), position, torch.from_numpy(sheet.right[rows]))


def cases(site: Site, contacts: int, pixels: int, batch: int) -> dict[str, Callable[[], object]]:
    """The competitors, by name, all of one size."""
    generator = torch.Generator().manual_seed(0)
    field = VisualField(16.0, pixels)
    phosphenes = in_v1(site, contacts, field.extent_deg / 2)
    centres = phosphenes.field_deg
    bright = torch.rand(batch, contacts, generator=generator)
    targets = torch.rand(batch, pixels, pixels, generator=generator)
    upstream = torch.rand(batch, pixels, pixels, generator=generator)
    weight = torch.ones(contacts)
    views = {name: view_of(kind(), field, WORKING_UA, site.sheet) for name, kind in MODELS.items()}
    factor, folded = torch.rand(contacts, pixels), torch.rand(batch * pixels, contacts)

    def products() -> None:
        flat = upstream.flatten(0, 1)
        folded @ factor
        flat @ factor.T
        folded.T @ flat

    def rendering() -> Tensor:
        moved = centres.clone().requires_grad_()
        size = sigma_deg(eccentricity(moved), WORKING_UA, MODEL)
        return _gradient(SeparableFootprints(moved, size, field).spread(bright), moved)

    def whole(name: str) -> Tensor:
        place = centres.clone().requires_grad_()
        position = phosphenes.position_mm.clone().requires_grad_()
        moved = Phosphenes(place, weight, position, phosphenes.right)
        percept = forward(moved, targets, views[name], Stimulus(), WORKING_UA, MAX_UA)
        return _gradient(percept.images, place if name == "dynaphos" else position)

    def dense() -> Tensor:
        moved = centres.clone().requires_grad_()
        edges = field.edges(moved.dtype)
        middle = (edges[1:] + edges[:-1]) / 2
        size = sigma_deg(eccentricity(moved), WORKING_UA, MODEL)
        seen = field.seen_sigma_deg(size)[:, None, None]
        across = (middle - moved[:, 0, None, None]) ** 2
        down = (-middle[:, None] - moved[:, 1, None, None]) ** 2
        pictures = (size[:, None, None] / seen) ** 2 * torch.exp(-(across + down) / (2 * seen**2))
        return _gradient((bright @ pictures.flatten(1)).view(batch, pixels, pixels), moved)

    def _gradient(images: Tensor, moved: Tensor) -> Tensor:
        return torch.autograd.grad(images, moved, upstream)[0]

    return {
        "three matrix products": products,
        "rendering, forward and backward": rendering,
        **{f"{name} with the encoder, both ways": partial(whole, name) for name in views},
        "dense rendering, forward and backward": dense,
    }


def medians_ms(competitors: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median time of each, in ms, over rounds in which all take their turn; a round before them is not counted."""
    times: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds + 1):
        for name, run in competitors.items():
            start = perf_counter()
            run()
            if turn > 0:
                times[name].append((perf_counter() - start) * 1e3)
    return {name: median(values) for name, values in times.items()}


def growth(site: Site) -> None:
    """Time and memory as contacts, pixels and the batch grow, once each; the peak is the process's so far."""
    from resource import RUSAGE_SELF, getrusage  # not on Windows

    print("dynaphos with the encoder, forward and backward:")
    for contacts, pixels, batch in ((2048, 128, 32), (4096, 128, 32), (8192, 128, 32), (8192, 256, 64)):
        run = cases(site, contacts, pixels, batch)["dynaphos with the encoder, both ways"]
        start = perf_counter()
        run()
        peak_gib = getrusage(RUSAGE_SELF).ru_maxrss / 2**20
        size = f"{contacts} contacts, {pixels} × {pixels}, batch {batch}"
        print(f"    {size:40s}{perf_counter() - start:8.2f} s{peak_gib:8.2f} GiB")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time the percept and its gradient in position.")
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    quick = parser.parse_args(arguments).quick
    site = prepare_site(load_anatomy())
    contacts, pixels, batch, rounds = (64, 32, 4, 2) if quick else (1024, 128, 32, 15)
    threads = torch.get_num_threads()
    for stimuli, used in ((batch, threads), (1, 1)):
        torch.set_num_threads(used)
        measured = medians_ms(cases(site, contacts, pixels, stimuli), rounds)
        unit = measured["three matrix products"]
        size = f"{contacts} contacts, {pixels} × {pixels} pixels, batch {stimuli}"
        print(f"{size}, float32, threads: {used}; median of {rounds} rounds")
        for name, time_ms in measured.items():
            print(f"    {name:40s} {time_ms:8.2f} ms {time_ms / unit:7.2f} ×")
    torch.set_num_threads(threads)
    if not quick:
        growth(site)


if __name__ == "__main__":
    main()
