"""Rebuild ``assets/recogniser``: train the letter recogniser on letters seen through random phosphene maps.

    python packaging/train_recogniser.py [--steps N] [--seed S] [OUTPUT]

Needs nothing but the program: the letters come from fonts that ship with matplotlib, the percepts from the program's
forward model. The fonts are STIX and Computer Modern; the DejaVu family is held out, and the percepts are of random
maps, never of a plan. The same seed gives the same weights on the same machine and versions. What is drawn at random,
and how often, is ours.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, cross_entropy, grid_sample
from tqdm import tqdm

import planner
from planner.percept.field import VisualField
from planner.percept.forward import forward
from planner.percept.magnification import magnification
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.tasks.reading import FIELD, FONT, letters
from planner.tasks.recogniser import LETTERS, WEIGHTS, Recogniser, classes
from planner.tasks.recognition import HELD_OUT, held_out_letters

CAPITALS: Final = 0x41
# Font and code point of its A. STIX also has sans-serif and typewriter capitals, among Unicode's mathematical letters.
FONTS: Final = (
    ("STIXGeneral", CAPITALS),
    ("STIXGeneralBol", CAPITALS),
    ("STIXGeneralItalic", CAPITALS),
    ("STIXGeneralBolIta", CAPITALS),
    ("STIXGeneral", 0x1D5A0),  # sans-serif
    ("STIXGeneral", 0x1D5D4),  # sans-serif bold
    ("STIXGeneralBol", 0x1D5D4),
    ("STIXGeneral", 0x1D608),  # sans-serif italic
    ("STIXGeneral", 0x1D670),  # typewriter
    ("cmr10", CAPITALS),
    ("cmb10", CAPITALS),
    ("cmss10", CAPITALS),
    ("cmss10", CAPITALS),  # twice: the upright sans-serifs are otherwise few
    ("cmti10", CAPITALS),
    ("cmtt10", CAPITALS),
)
DRAWN: Final = VisualField(2.0, 96)  # letters are drawn one degree high, to be shrunk and stretched
PIXELS: Final = 64  # of the percepts, as in the reading task
BATCH: Final = 48  # letters a step that are seen through one phosphene map; two maps a step
PLAIN: Final = 32  # letters a step that are shown as they are
STEPS: Final = 6000
LEARNING_RATE: Final = 3e-3
EVALUATED: Final = (100, 300, 1000, 3000)  # phosphenes in the field
MAPS: Final = 8  # for each number of phosphenes
THREADS: Final = 2  # of the processor: sums in another order would give other weights


def main(argv: list[str] | None = None) -> int:
    """Train, measure on the held-out fonts, and write weights and record."""
    parser = argparse.ArgumentParser(description="Train the letter recogniser on simulated percepts.")
    parser.add_argument("output", nargs="?", type=Path, default=WEIGHTS.parent, help="folder (default: the program's)")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"default {STEPS}")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    network = train(arguments.seed, arguments.steps)
    weights = {name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()}
    network.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
    record = {
        "about": "Letter recogniser, written by packaging/train_recogniser.py; see planner/tasks/recogniser.py.",
        "seed": arguments.seed,
        "steps": arguments.steps,
        "fonts": [f"{name} from U+{first:04X}" for name, first in dict.fromkeys(FONTS)],
        "held_out_fonts": list(HELD_OUT),
        "held_out_accuracy": measure(network, arguments.seed),
        "versions": {
            "calcarine": planner.__version__,
            "torch": torch.__version__,
            "matplotlib": matplotlib.__version__,
        },
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.output / WEIGHTS.name, **weights)
    text = json.dumps(record, indent=2) + "\n"
    (arguments.output / WEIGHTS.with_suffix(".json").name).write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


def train(seed: int, steps: int) -> Recogniser:
    """Train from scratch: AdamW, its rate rising and falling once (Smith & Topin 2019)."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    pictures, labels = alphabet()
    ink = pictures.mean(dim=0)
    network = Recogniser()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=max(steps, 2))
    average = 0.0
    with tqdm(range(steps), desc="training", unit="step", mininterval=1.0) as bar:
        for step in bar:
            shown = torch.randint(len(pictures), (2 * BATCH + PLAIN,), generator=random)
            varied = vary(pictures[shown], random)
            seen = [through_random_map(part, ink, random) for part in varied[PLAIN:].split(BATCH)]
            logits = network(torch.cat([blur(varied[:PLAIN], random), *seen]))
            loss = cross_entropy(logits, labels[shown], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            average += (loss.item() - average) / min(step + 1, 100)
            bar.set_postfix(loss=f"{average:.3f}", refresh=False)
    return network.requires_grad_(False).eval()


def alphabet() -> tuple[Tensor, Tensor]:
    """Letters of the training fonts ``(L, 96, 96)``, half as high as their picture, and their classes ``(L,)``."""
    pictures = [
        letters("".join(chr(first + index) for index in range(len(LETTERS))), DRAWN, 1.0, FONT.with_name(f"{name}.ttf"))
        for name, first in FONTS
    ]
    return torch.cat(pictures), classes(tuple(LETTERS) * len(FONTS))


def vary(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Letters of other sizes, widths, slants, places and weights of stroke, ``(B, PIXELS, PIXELS)``.

    Heights are 0.3 to 0.72 of the field. Half of the letters are blurred and cut off at a random level, which makes
    their strokes bolder or finer.
    """
    count = len(pictures)
    height = torch.exp(uniform(np.log(0.3), np.log(0.72), random, count))
    aspect = torch.exp(uniform(-0.25, 0.25, random, count))
    turn, slant = uniform(-0.08, 0.08, random, count), uniform(-0.2, 0.2, random, count)
    along, across = 0.5 / height, 0.5 / (height * aspect)
    transform = torch.zeros(count, 2, 3)
    transform[:, 0, 0], transform[:, 0, 1] = across, across * (slant + turn)
    transform[:, 1, 0], transform[:, 1, 1] = -along * turn, along
    transform[:, :, 2] = uniform(-0.12, 0.12, random, count, 2)
    softened = smooth(pictures, float(uniform(0.8, 3.0, random)))
    level = uniform(0.15, 0.65, random, count, 1, 1)
    reweighted = torch.sigmoid(12 * (softened - level * softened.amax(dim=(1, 2), keepdim=True)))
    own = uniform(0, 1, random, count, 1, 1) < 0.5
    reweighted = reweighted - reweighted.amin(dim=(1, 2), keepdim=True)
    drawn = torch.where(own, pictures, reweighted)[:, None]
    points = affine_grid(transform, [count, 1, PIXELS, PIXELS], align_corners=False)
    return grid_sample(drawn, points, align_corners=False)[:, 0]


def through_random_map(targets: Tensor, ink: Tensor, random: torch.Generator) -> Tensor:
    """Percepts of the targets through one random phosphene map, by the program's own forward model."""
    extent = float(torch.exp(uniform(np.log(5.0), np.log(32.0), random)))
    visual_field = VisualField(extent, PIXELS)
    count = int(torch.exp(uniform(np.log(100.0), np.log(2500.0), random)))
    wanted = ink if uniform(0, 1, random) < 0.5 else None
    lit = random_map(count, extent, random, wanted)
    working_ua = float(uniform(30.0, 100.0, random))
    return forward(lit, targets, view_of(Dynaphos(), visual_field, working_ua), Stimulus(), working_ua, 100.0).images


def random_map(count: int, extent_deg: float, random: torch.Generator, wanted: Tensor | None = None) -> Phosphenes:
    """Phosphenes of threads scattered over V1.

    Threads are as dense as cortex is, ``M(e)²``; each contact goes on from the one before in a direction of its
    thread's own, some threads along the cortex and some straight down, where all contacts share a place. Every map has
    one to 32 contacts a thread, may lack a hemifield, a quadrant or a disc, and has contacts that are faint or dead.

    Parameters
    ----------
    count : int
        About as many phosphenes, in the field.
    extent_deg : float
        Width of the field.
    random : torch.Generator
    wanted : (P, P), optional
        A picture over the middle half of the field's area; threads are drawn in proportion to it, as a planner would.
    """
    contacts = int(torch.exp(uniform(0.0, np.log(33.0), random)))
    threads = max(10, count // contacts)
    candidates = 8 * threads
    eccentricity = np.linspace(0.02, 0.75 * extent_deg, 1000)
    density = magnification(torch.from_numpy(eccentricity)).numpy() ** 2 * eccentricity
    cumulated = np.cumsum(density) / density.sum()
    radius = torch.from_numpy(np.interp(uniform(0, 1, random, candidates).numpy(), cumulated, eccentricity)).float()
    angle = uniform(0, 2 * np.pi, random, candidates)
    entry = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
    likely = (entry.abs().amax(dim=1) < extent_deg / 2).float() + 1e-3
    likely *= 1 - missing(entry, extent_deg, random)
    if wanted is not None:
        place = (entry / (extent_deg / 2) * torch.tensor([1.0, -1.0])).view(1, 1, -1, 2)
        likely *= 0.03 + grid_sample(wanted[None, None], place, align_corners=False).flatten()
        likely *= eccentricity_weight(radius)
    entry = entry[torch.multinomial(likely + 1e-6, threads, generator=random)]
    heading = uniform(0, 2 * np.pi, random, threads)
    travel_mm = uniform(0, 0.35, random, threads) * uniform(0, 1, random).sqrt()  # from one contact to the next
    step = (travel_mm / magnification(entry.norm(dim=1)))[:, None] * torch.stack([heading.cos(), heading.sin()], dim=1)
    place = entry[:, None] + step[:, None] * (torch.arange(contacts) - (contacts - 1) / 2)[:, None]
    place = place + 0.1 * step.norm(dim=1)[:, None, None] * torch.randn(place.shape, generator=random)
    alive = uniform(0, 1, random, threads, contacts) > 0.3 * uniform(0, 1, random)
    weight = alive * (1 - uniform(0, 1, random, threads, contacts) * uniform(0, 1, random))
    return Phosphenes(place.flatten(0, 1), weight.flatten())


def eccentricity_weight(radius_deg: Tensor) -> Tensor:
    """Undo the density of cortex, as a planner does that wants a letter evenly lit."""
    return 1 / magnification(radius_deg) ** 2


def missing(place: Tensor, extent_deg: float, random: torch.Generator) -> Tensor:
    """1 where a map has no thread: a hemifield or a quadrant in one of four maps, and a disc in one of four."""
    lacks = torch.zeros(len(place), dtype=torch.bool)
    side = torch.where(uniform(0, 1, random, 2) < 0.5, -1.0, 1.0)
    if (kind := float(uniform(0, 1, random))) < 0.25:
        lacks |= (place[:, 0] * side[0] > 0) & ((place[:, 1] * side[1] > 0) | (kind < 0.08))
    if uniform(0, 1, random) < 0.25:
        centre = uniform(-0.3, 0.3, random, 2) * extent_deg
        lacks |= (place - centre).norm(dim=1) < uniform(0.05, 0.15, random) * extent_deg
    return lacks.float()


def blur(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Put the first half of the pictures out of focus, by up to five pixels."""
    half = len(pictures) // 2
    return torch.cat([smooth(pictures[:half], float(uniform(0.5, 5.0, random))), pictures[half:]])


def smooth(pictures: Tensor, sigma_pixels: float) -> Tensor:
    """Gaussian means over pixels."""
    offsets = torch.arange(pictures.shape[-1])
    window = torch.exp(-((offsets - offsets[:, None]) ** 2) / (2 * sigma_pixels**2))
    window = window / window.sum(dim=0)
    return window.T @ pictures @ window


def uniform(least: float, most: float, random: torch.Generator, *shape: int) -> Tensor:
    """Uniform random numbers."""
    return least + (most - least) * torch.rand(shape, generator=random)


@torch.no_grad()
def measure(network: Recogniser, seed: int) -> dict[str, Any]:
    """Accuracy on the held-out letters: as they are, blurred, and through random maps by number of phosphenes."""
    random = torch.Generator().manual_seed(seed + 1)
    task = held_out_letters()
    targets, truth = task.targets, classes(task.labels)

    def share(images: Tensor) -> float:
        return float((network(images).argmax(dim=1) == truth).float().mean())

    maps = {
        str(count): [share(seen_through(random_map(count, FIELD.extent_deg, random), targets)) for _ in range(MAPS)]
        for count in EVALUATED
    }
    return {
        "letters": len(truth),
        "clean": round(share(targets), 3),
        "blurred by 3 of 64 pixels": round(share(smooth(targets, 3.0)), 3),
        f"mean over {MAPS} random maps, by phosphenes": {
            count: round(sum(shares) / len(shares), 3) for count, shares in maps.items()
        },
        "black": round(share(torch.zeros_like(targets)), 3),
    }


def seen_through(lit: Phosphenes, targets: Tensor) -> Tensor:
    """Percepts in the reading task's field at the currents of the default device."""
    return forward(lit, targets, view_of(Dynaphos(), FIELD, 80.0), Stimulus(), 80.0, 100.0).images


if __name__ == "__main__":
    sys.exit(main())
