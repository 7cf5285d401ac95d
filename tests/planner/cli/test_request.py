from __future__ import annotations

import argparse

import pytest

from planner.anatomy.request import CaseRequest, VesselFile
from planner.cli.parser import Parser
from planner.cli.request import add_case_arguments, request_of
from planner.errors import InputError


def request(*options: str) -> CaseRequest:
    parser = Parser(allow_abbrev=False)
    add_case_arguments(parser)
    return request_of(parser.parse_args(options))


def test_nothing_asked_is_the_demo() -> None:
    assert request() == CaseRequest()


def test_options_are_about_the_vessel_file_before_them() -> None:
    asked = request(
        *("bert", "--vessels", "a b.swc", "--vessel-axes=-x,z,y", "--vessel-offset=-1.5,0,20", "--vessel-scale", "0.5"),
        *("--vessels", "c.nii.gz", "--vessel-labels", "1=artery,2=vein", "--vessel-error", "0.4"),
        *("--vessel-kind", "vein", "--vessel-name", "SWI", "--vessel-threshold", "0.3", "--vessel-imaged", "t.nii"),
        *("--retinotopy", "maps", "--least-variance", "0.2"),
    )
    assert asked == CaseRequest(
        "bert",
        (
            VesselFile("a b.swc", axes="-x,z,y", offset_mm=(-1.5, 0.0, 20.0), scale=0.5),
            VesselFile(
                "c.nii.gz", "SWI", "vein", threshold=0.3, labels="1=artery,2=vein", error_mm=0.4, imaged="t.nii"
            ),
        ),
        "maps",
        0.2,
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vessel-kind", "vein"], "about no vessel file"),
        (["--vessels", "a.swc", "--vessel-kind", "nerve"], "nerve"),
        (["--vessels", "a.swc", "--vessel-offset=1,2"], "three numbers"),
        (["--vessels", "a.swc", "--vessel-offset=1,2,nan"], "not a number"),
        (["--vessels", "a.swc", "--vessel-scale", "0"], "not a number"),
        (["--vessels", "a.swc", "--vessel-error", "-1"], "not a number"),
        (["--least-variance", "2"], "not a number from 0 to 1"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_a_sentence(options: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        request(*options)


def test_every_field_of_a_vessel_file_can_be_asked_for() -> None:
    parser = argparse.ArgumentParser()
    add_case_arguments(parser)
    asked = {action.dest.removeprefix("vessel_") for action in parser._actions if action.dest.startswith("vessel_")}
    assert asked == set(VesselFile.__dataclass_fields__) - {"file"}
