from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.anatomy.vessels.swc import read_swc
from planner.errors import InputError


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "tree.swc"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_ids_in_any_order_comments_and_several_roots_are_read(tmp_path: Path) -> None:
    text = "# made by hand\n\n7 3 1 2 3 0.5 9 # twig\n9 3 0 0 0 0.75 -1\n20 2 5 5 5 0.2 -1\n3 2 6 5 5 0.1 20\n"
    tree = read_swc(written(tmp_path, text))
    assert tree.points.tolist() == [[1, 2, 3], [0, 0, 0], [5, 5, 5], [6, 5, 5]]
    assert tree.radius.tolist() == [0.5, 0.75, 0.2, 0.1]
    assert tree.edges.tolist() == [[1, 0], [2, 3]]
    assert tree.space == ""


def test_a_comment_may_name_the_space_and_lone_points_are_mentioned(tmp_path: Path) -> None:
    tree = read_swc(
        written(tmp_path, "# made by hand SPACE=LPS; mm\n1 3 1 2 3 0.5 -1\n2 3 2 2 3 0.4 1\n3 3 9 9 9 1 -1\n")
    )
    assert tree.space == "LPS"
    assert tree.note == "1 points without a neighbour left out"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("# only words\n", "no nodes"),
        ("1 3 0 0 0 1 -1\n", "no vessel segments"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0", "line 2 has 5 of 7"),
        ("1 3 0 0 0 1 -1\n2 3 1 nan 0 1 1\n", "point 2 .* not finite"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 inf 1\n", "point 2 .* not finite"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 -0.2 1\n", "point 2 has radius -0.2"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 0 1\n", "point 2 has radius 0"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 1 8\n", "line 2 has parent 8"),
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 1 3\n3 3 1 1 0 1 2\n", "own ancestor"),
        ("1 3 0 0 0 1 1\n2 3 1 0 0 1 1\n", "own ancestor"),
        ("1 3 0 0 0 1 -1\n1 3 1 0 0 1 1\n", "repeats id 1"),
        ("1.5 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n", "whole number"),
        ("id type x y z radius parent\n", "line 1 is not numbers"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "is not text"),
        (b"1 3 0 0 0 1 -1\n\0\0\0", "is not text"),
    ],
)
def test_a_broken_file_gives_one_sentence_with_file_and_remedy(tmp_path: Path, text: str | bytes, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=says) as caught:
        read_swc(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_swc(tmp_path / "none.swc")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.integers(2, 40), st.randoms(use_true_random=False))
def test_any_random_tree_comes_back_whole(tmp_path: Path, count: int, random: object) -> None:
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    ids = rng.permutation(10 * count)[:count] + 1
    parent = [-1] + [int(ids[rng.integers(k)]) for k in range(1, count)]
    points, radius = rng.normal(size=(count, 3)), rng.uniform(0.1, 1.0, count)
    order = rng.permutation(count)
    lines = [f"{ids[k]} 3 {' '.join(map(repr, points[k].tolist()))} {float(radius[k])!r} {parent[k]}" for k in order]
    tree = read_swc(written(tmp_path, "\n".join(lines)))
    assert (tree.points == points[order]).all()
    assert (tree.radius == radius[order]).all()
    expected = set(zip(parent[1:], map(int, ids[1:]), strict=True))
    assert {(int(ids[order[u]]), int(ids[order[v]])) for u, v in tree.edges} == expected
