from __future__ import annotations

from pathlib import Path

import pytest

from planner.anatomy.vessels.files import guess_kind, read_vessels
from planner.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lh_pial_artery", "artery"),
        ("corticalVeins-2", "vein"),
        ("MRV", "vein"),
        ("heart", "vessel"),
        ("artery+vein", "vessel"),
    ],
)
def test_the_words_of_a_name_say_the_kind(name: str, kind: str) -> None:
    assert guess_kind(name) == kind


def test_the_suffix_chooses_the_reader(shared_data: Path) -> None:
    for suffix in ("swc", "vtp"):
        tree = read_vessels(shared_data / "vessels" / f"lh_pial_artery.{suffix}")
        assert (tree.kind, len(tree.edges)) == ("artery", 3960)


def test_another_kind_of_file_is_refused_with_the_accepted_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"vessels\.obj.*\.swc, \.vtp, \.vtk"):
        read_vessels(tmp_path / "vessels.obj")
