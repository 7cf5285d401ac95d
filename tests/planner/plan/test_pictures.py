from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.figure
import numpy as np
import pytest
import trimesh
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image

from planner.anatomy.vessels.tree import VesselKind
from planner.anatomy.vessels.wall import VesselWall
from planner.design.limits import CONSTRAINTS, ThreadMargins, Verdict
from planner.plan import view3d
from planner.plan.make import Examined
from planner.plan.pictures import measures_line, percepts_picture, title
from planner.plan.plan import TaskRecord
from planner.plan.stamp import limits_words
from planner.plan.view3d import VIEWS, letter_of, right_of, view3d_picture
from planner.tasks.folder import listing
from planner.tasks.make import make_task


def pixels(file: Path) -> NDArray[np.int64]:
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int64)


def magenta(picture: NDArray[np.int64]) -> NDArray[np.bool_]:
    red, green, blue = picture.transpose(2, 0, 1)
    return (red > 180) & (blue > 140) & (green < 60)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[matplotlib.figure.Figure]:
    """The figures that were written, to ask them instead of their pixels."""
    figures: list[matplotlib.figure.Figure] = []
    save = matplotlib.figure.Figure.savefig

    def keep(figure: matplotlib.figure.Figure, *args: object, **kwargs: object) -> None:
        figures.append(figure)
        save(figure, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", keep)
    return figures


def words(figure: matplotlib.figure.Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_percepts_stand_below_their_targets_in_one_gray_scale(
    examined: Examined, tmp_path: Path, drawn: list[matplotlib.figure.Figure]
) -> None:
    task = replace(examined.plan.task, pixels=16, height_deg=8.0)
    percepts_picture(replace(examined, plan=replace(examined.plan, task=task)), tmp_path / "percepts.png")
    (figure,) = drawn
    axes = {str(ax.get_gid()): ax for ax in figure.axes}
    assert len(axes) == 52
    for index, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        above, below = axes[f"target {letter}"], axes[f"percept {letter}"]
        assert above.get_position().y0 > below.get_position().y1
        assert above.get_position().x0 == pytest.approx(below.get_position().x0)
        np.testing.assert_array_equal(below.images[0].get_array(), examined.assessment.percept_images[index])
    assert {image.get_clim() for ax in axes.values() for image in ax.images} == {(0.0, 1.0)}
    said = words(figure)
    assert "NOT FEASIBLE (1 violation)" in said
    assert "MSE 0.0400" in said
    assert "Research use only" in said
    assert "synthetic" in said
    assert pixels(tmp_path / "percepts.png").shape[1] == 1950


@pytest.mark.parametrize(
    ("task", "columns"),
    [
        (TaskRecord("words", pixels=16, height_deg=4.0), 8),
        (TaskRecord("images", pixels=16), 8),
        (TaskRecord("symbols", pixels=16), 4),
        (TaskRecord("symbols", pixels=16, further_heights_deg=(6.0, 4.0, 3.0), orientations=8), 11),
        (TaskRecord("words", pixels=16, height_deg=2.0, words=("IT",)), 1),
    ],
)
def test_any_number_of_pictures_is_drawn_side_by_side_under_their_names(
    examined: Examined, tmp_path: Path, drawn: list[matplotlib.figure.Figure], task: TaskRecord, columns: int
) -> None:
    targets = make_task(task)
    seen: Any = SimpleNamespace(percept_images=targets.targets.numpy())
    percepts_picture(Examined(replace(examined.plan, task=task), examined.anatomy, seen), tmp_path / "percepts.png")
    (figure,) = drawn
    assert len(figure.axes) == 2 * len(targets.labels)
    boxes = [ax.get_position() for ax in figure.axes]
    assert all(0 < b.x0 < b.x1 < 1 and 0 < b.y0 < b.y1 < 1 for b in boxes)
    for index, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[:index])
    assert len({round(b.x0, 6) for b in boxes}) == columns
    named = {str(ax.get_gid()): ax.get_title().replace("\n", " ") for ax in figure.axes}
    assert all(named[f"target {label}"] == label for label in targets.labels)


def test_names_of_files_are_shortened_and_never_taken_for_formulas(
    examined: Examined, tmp_path: Path, drawn: list[matplotlib.figure.Figure]
) -> None:
    names = ["$x", "word " * 40, "x" * 200, "\u65e5\u672c"]
    for name in names:
        Image.new("L", (16, 16), 128).save(tmp_path / f"{name}.png")
    found = listing(tmp_path)
    task = TaskRecord("images", pixels=16, folder=found.folder, files=found.files)
    seen: Any = SimpleNamespace(percept_images=np.zeros((4, 16, 16), dtype=np.float32))
    percepts_picture(Examined(replace(examined.plan, task=task), examined.anatomy, seen), tmp_path / "out.png")
    titles = [ax.get_title() for ax in drawn[0].axes if ax.get_title()]
    assert titles[0] == "$x"
    assert all(title.count("\n") < 2 and len(title) < 90 for title in titles)
    assert sum(title.endswith("…") for title in titles) == 2
    assert titles[3] == "\u65e5\u672c"


def test_the_title_says_what_is_to_be_seen(examined: Examined) -> None:
    begins = {
        "Reading with": TaskRecord(),
        "Reading words with": TaskRecord("words", height_deg=4.0),
        "Images with": TaskRecord("images"),
        "Edges of images with": TaskRecord("images", edges=True),
        "Landolt rings with": TaskRecord("symbols"),
        "Tumbling Es with": TaskRecord("symbols", symbol="tumbling-e"),
    }
    for words, task in begins.items():
        assert title(replace(examined.plan, task=task)).startswith(words)


def test_the_title_says_how_the_plan_was_found(examined: Examined) -> None:
    plan = replace(examined.plan, method="percept", avoid_vessels=False, verdict=None)
    assert title(plan) == "Reading with 2 threads × 4 contacts, percept-aware, vessels ignored: not verified"
    assert measures_line(replace(plan, measures=None)) == ""
    assert measures_line(replace(plan, measures={"coverage": 0.006})) == "<1 % of the field covered"
    assert measures_line(replace(plan, measures={"coverage": 0.0})) == "0 % of the field covered"


@pytest.mark.parametrize(
    ("looking", "right"),
    [((0.0, 1.0, 0.0), "R"), ((0.0, -1.0, 0.0), "L"), ((-1.0, 0.0, 0.0), "A"), ((1.0, 0.0, 0.0), "P")],
)
def test_orientation_letters_follow_from_where_one_looks(looking: tuple[float, float, float], right: str) -> None:
    # from behind, the patient's right is to the right; the left hemisphere's midline face has the front to the right
    assert letter_of(right_of(looking)) == right


def test_unsafe_threads_are_marked_and_left_is_left(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[matplotlib.figure.Figure]
) -> None:
    monkeypatch.setattr(view3d, "PANE", 240)
    view3d_picture(examined.plan, examined.anatomy, tmp_path / "view3d.png")
    (figure,) = drawn
    panes = [ax.images[0].get_array() for ax in figure.axes if ax.images]
    left, behind, right = (magenta((255 * np.asarray(pane)).astype(np.int64)) for pane in panes[: len(VIEWS)])
    assert not left.any()  # T02, the unsafe one, is in the right hemisphere
    assert right.any()
    assert np.nonzero(behind)[1].min() > 120  # seen from behind it is on the right
    said = words(figure)
    assert "thread that breaks a limit" in said
    assert "artery (synthetic)" in said
    assert "Research use only" in said
    assert "10 mm" in said
    letters = [text.get_text() for text in figure.axes[1].texts]
    assert letters[:4] == ["R", "L", "S", "I"]


def test_threads_around_which_vessels_are_unknown_are_neither_safe_nor_unsafe(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[matplotlib.figure.Figure]
) -> None:
    monkeypatch.setattr(view3d, "PANE", 240)
    plan = examined.plan
    assert plan.verdict is not None
    known = replace(plan.verdict.margins["T01"], margins={**plan.verdict.margins["T01"].margins, "vessel": 0.4})
    orange = []
    for margins in (plan.verdict.margins, {**plan.verdict.margins, "T01": known}):
        view3d_picture(
            replace(plan, verdict=replace(plan.verdict, margins=margins)), examined.anatomy, tmp_path / "a.png"
        )
        left = np.asarray(next(ax.images[0].get_array() for ax in drawn[-1].axes if ax.images))
        orange.append(int(((left[..., 0] > 0.8) & (abs(left[..., 1] - 0.45) < 0.15) & (left[..., 2] < 0.2)).sum()))
        assert ("vessels unknown around it" in words(drawn[-1])) == (margins is plan.verdict.margins)
    assert orange[0] > 20
    assert orange[1] == 0


def test_the_notice_stays_on_the_picture(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[matplotlib.figure.Figure]
) -> None:
    monkeypatch.setattr(view3d, "PANE", 120)
    view3d_picture(examined.plan, examined.anatomy, tmp_path / "a.png")
    percepts_picture(examined, tmp_path / "b.png")
    for figure in drawn:
        figure.draw_without_rendering()
        assert any(limits_words(examined.plan)[:40] in text.get_text() for text in figure.texts)
        (notice,) = (text for text in figure.texts if "Research use only" in text.get_text())
        box = notice.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert box.y0 >= 0
        others = [t.get_window_extent() for t in figure.texts if t is not notice] + [
            legend.get_window_extent() for whole in (figure, *figure.subfigs) for legend in whole.legends
        ]
        assert not any(box.overlaps(other) for other in others)


def much_to_say(examined: Examined) -> Examined:
    """A plan with the longest of titles, limits and notices: 32 threads, of which half are unknown."""
    plan, tree = examined.plan, examined.anatomy.vessels[0]
    kinds: tuple[VesselKind, ...] = ("artery", "vein", "vessel")
    first = replace(plan.case.vessels[0], half_voxel_mm=0.25, error_mm=0.4, sides_checked=False)
    vessels = tuple(replace(first, name=f"{kind} with a rather long name", kind=kind) for kind in kinds)
    threads = tuple(replace(plan.threads[0], name=f"thread with a long name {n:02d}") for n in range(32))
    safe = dict.fromkeys(CONSTRAINTS, 0.5)
    known, unknown = ThreadMargins(safe), ThreadMargins({**safe, "vessel": np.inf}, unknown_kinds=("vein", "vessel"))
    margins = {thread.name: unknown if n % 2 else known for n, thread in enumerate(threads)}
    said = replace(
        plan,
        threads=threads,
        case=replace(plan.case, vessels=vessels),
        limits=replace(plan.limits, clearance_mm=0.0, gray_mm=0.0),
        task=replace(plan.task, pixels=16, height_deg=8.0),
        verdict=Verdict(True, margins, ()),
        method="coverage",
        avoid_vessels=False,
    )
    trees = tuple(replace(tree, kind=kind) for kind in kinds)
    return replace(examined, plan=said, anatomy=replace(examined.anatomy, vessels=trees))


def boxes(figure: matplotlib.figure.Figure) -> list[Bbox]:
    """Where the words around the panes stand: texts, legends and the scale of colours."""
    figure.draw_without_rendering()
    found = []
    for part in (figure, *figure.subfigs):
        title = [] if part._suptitle is None else [part._suptitle]
        found += [text.get_window_extent() for text in dict.fromkeys([*part.texts, *title])]
        found += [legend.get_window_extent() for legend in part.legends]
    return found + [ax.get_tightbbox() for ax in figure.axes if ax.get_title().startswith("eccentricity")]


@pytest.mark.parametrize("picture", ["percepts", "three panes", "two panes"])
def test_however_much_there_is_to_say_all_of_it_stays_on_the_page_and_apart(
    examined: Examined,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    drawn: list[matplotlib.figure.Figure],
    picture: str,
) -> None:
    monkeypatch.setattr(view3d, "PANE", 120)
    said = much_to_say(examined)
    if picture == "percepts":
        percepts_picture(said, tmp_path / "a.png")
    else:
        left = {"lh": said.anatomy.hemispheres["lh"]}
        anatomy = replace(said.anatomy, hemispheres=left) if picture == "two panes" else said.anatomy
        view3d_picture(said.plan, anatomy, tmp_path / "a.png")
    (figure,) = drawn
    found = boxes(figure)
    for number, box in enumerate(found):
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in found[:number])


def test_a_plan_without_threads_and_a_case_with_one_hemisphere_can_be_drawn(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view3d, "PANE", 120)
    anatomy = replace(examined.anatomy, hemispheres={"lh": examined.anatomy.hemispheres["lh"]}, vessels=())
    view3d_picture(replace(examined.plan, threads=(), verdict=None), anatomy, tmp_path / "view3d.png")
    assert pixels(tmp_path / "view3d.png").shape[1] == pytest.approx(2 / 3 * 2070, abs=2)


def test_walls_are_drawn_in_their_kinds_colour_where_they_are_near_the_cortex(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: list[matplotlib.figure.Figure]
) -> None:
    monkeypatch.setattr(view3d, "PANE", 160)
    ball = trimesh.creation.icosphere(subdivisions=2, radius=3.0)
    blue = []
    for height in (3.0, 90.0):  # over the left slab, and out of all reach
        points = np.asarray(ball.vertices) + np.array([-15.0, -90.0, height])
        wall = VesselWall("v", "vein", points, np.asarray(ball.faces), "v.ply")
        view3d_picture(examined.plan, replace(examined.anatomy, vessels=(wall,)), tmp_path / "view3d.png")
        pane = np.asarray([ax.images[0].get_array() for ax in drawn[-1].axes if ax.images][1])
        blue.append(int((pane[..., 2] > pane[..., 0] + 0.15).sum()))
        assert "vein" in words(drawn[-1])
    assert blue[0] > 50
    assert blue[1] == 0
