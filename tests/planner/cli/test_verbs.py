from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import planner.design.optimise
from planner import RESEARCH_NOTICE, __version__
from planner.anatomy.brush import Brush
from planner.anatomy.hemisphere import V1, Anatomy
from planner.anatomy.regions import painted_region
from planner.anatomy.subject import load_anatomy
from planner.cli import main
from planner.design.exact_currents import Driven
from planner.plan.files import load_plan, save_plan

pytestmark = pytest.mark.usefixtures("once")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_plan_writes_the_plan_and_two_pictures(demo_plan: Path) -> None:
    assert sorted(p.name for p in demo_plan.parent.iterdir()) == ["percepts.png", "plan.json", "view3d.png"]
    plan = load_plan(demo_plan)
    assert (len(plan.threads), plan.method, plan.device.name, plan.case.source) == (3, "coverage", "thread", "demo")
    assert plan.verdict is not None
    assert plan.verdict.feasible
    assert plan.measures is not None
    assert 0 < plan.measures["mse"] < 1
    for name in ("percepts.png", "view3d.png"):
        with Image.open(demo_plan.parent / name) as picture:
            assert picture.width > 1500
            assert len(picture.getcolors(picture.width * picture.height)) > 50


def test_verify_says_feasible_with_0(demo_plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "verify", demo_plan)
    assert code == 0
    assert "feasible; 3 threads" in out
    assert RESEARCH_NOTICE in out
    assert "synthetic" in out
    assert err == ""


def test_verify_says_infeasible_with_1_and_a_sentence_for_each_violation(
    broken_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "verify", broken_plan)
    assert code == 1
    assert "NOT FEASIBLE (3 violations)" in out
    assert out.count("short of its clearance") == 3
    assert "The file calls the plan feasible, which does not hold." in out
    assert "20 mm from vessels" in out
    code, out, _ = run(capsys, "verify", broken_plan, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["feasible"] is False
    assert {v["constraint"] for v in found["violations"]} == {"vessel"}
    assert all(found["margins"][t]["vessel"] < -10 for t in ("T01", "T02", "T03"))


def test_verify_checks_currents_as_an_examination_does(
    demo_plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads(run(capsys, "verify", demo_plan, "--json")[1])
    contacts = json.loads(run(capsys, "phosphenes", demo_plan, "--json")[1])
    assert found["currents_checked"] is True
    for contact in contacts:
        assert found["margins"][contact["thread"]]["current"] == contact["margins"]["current"]
    contacts_of_all = len(contacts)
    monkeypatch.setattr(
        "planner.plan.make.driven", lambda *_: Driven(np.full((1, contacts_of_all), 101.5, dtype=np.float32))
    )
    code, out, _ = run(capsys, "verify", demo_plan)  # the device allows 100 µA
    assert code == 1
    assert out.count("a contact is driven with 1.500 µA more than the device allows") == 3
    assert "current -1.500 µA" in out


def test_verify_says_where_currents_could_not_be_checked(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(demo_plan.read_text(encoding="utf-8"))
    gone = {"name": "a.png", "sha256": "0" * 64}
    document["task"] |= {"name": "images", "folder": str(tmp_path / "gone"), "pictures": [], "files": [gone]}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run(capsys, "verify", path)
    assert code == 0
    assert "Currents were not checked, as the plan's task cannot be made: " in out
    assert "current" not in out.partition("Least margins: ")[2].partition("\n")[0]
    assert "The file" not in out  # what was not checked contradicts nothing
    found = json.loads(run(capsys, "verify", path, "--json")[1])
    assert (found["currents_checked"], found["margins"]["T01"]["current"]) == (False, None)


def test_verify_says_where_the_file_gives_itself_other_margins(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(demo_plan.read_text(encoding="utf-8"))
    document["verdict"]["margins"]["T01"]["vessel"] = 9.0
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run(capsys, "verify", forged)
    assert code == 0
    assert "The file gives thread T01 a vessel margin of +9.000 mm" in out
    _, out, _ = run(capsys, "verify", forged, "--json")
    found = json.loads(out)
    assert len(found["disagreements"]) == 1
    assert found["notice"].startswith(RESEARCH_NOTICE)
    assert found["constraints"]["clearance_mm"] == document["constraints"]["clearance_mm"]
    assert json.loads(run(capsys, "verify", demo_plan, "--json")[1])["disagreements"] == []


def test_forged_measures_are_named_where_they_are_taken_anew(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(demo_plan.read_text(encoding="utf-8"))
    document["measures"]["mse"] = 0.0001
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document), encoding="utf-8")
    assert "The file gives mse as 0.0001; it is " in run(capsys, "phosphenes", forged, "--json")[2]
    assert "The file gives mse" in run(capsys, "export", forged, "--format", "csv", "--out", tmp_path / "out")[2]
    assert f"{forged}: The file gives mse" in run(capsys, "compare", demo_plan, forged)[2]
    assert "The measures in the file were not checked." in run(capsys, "verify", forged)[1]
    assert run(capsys, "phosphenes", demo_plan)[2] == ""


def test_a_plan_that_is_in_the_way_is_kept_beside_the_new_one(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = json.loads(demo_plan.read_text(encoding="utf-8"))
    (tmp_path / "plan.json").write_text(json.dumps(old), encoding="utf-8")
    again = ("plan", "--method", "random", "--threads", "2", "--device", "thread", "--out", tmp_path)
    code, _, err = run(capsys, *again)
    assert code == 0
    assert "plan-1.json" in err
    assert json.loads((tmp_path / "plan-1.json").read_text(encoding="utf-8")) == old
    code, _, err = run(capsys, *again)  # the very same plan: nothing would be lost
    assert (code, err) == (0, "")
    assert not (tmp_path / "plan-2.json").exists()


def test_verify_refuses_a_case_that_has_changed_with_2(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(demo_plan.read_text(encoding="utf-8"))
    name = next(iter(document["case"]["hashes"]))
    document["case"]["hashes"][name] = "0" * 64
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    for verb in (["verify"], ["phosphenes"], ["export", "--format", "csv", "--out", str(tmp_path / "out")]):
        code, out, err = run(capsys, verb[0], path, *verb[1:])
        assert code == 2
        assert out == ""
        assert f"{name} has changed since the plan was made" in err
    assert not (tmp_path / "out").exists()


def test_phosphenes_lists_every_contact_where_the_template_says_that_it_sees(
    demo_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "phosphenes", demo_plan, "--json")
    assert code == 0
    records: list[dict[str, Any]] = json.loads(out)
    plan = load_plan(demo_plan)
    assert len(records) == 3 * plan.device.contacts
    xyz = np.array([[r["x_mm"], r["y_mm"], r["z_mm"]] for r in records])
    np.testing.assert_array_equal(xyz, plan.implant.contacts_mm())
    anatomy: Anatomy = load_anatomy()
    for record, point in zip(records, xyz, strict=True):
        assert record["depth"] == pytest.approx(0.5, abs=0.5)
        # left hemisphere, right field
        assert (record["field_x_deg"] > 0) == (record["hemisphere"] == "lh")
        hemisphere = anatomy.hemispheres[record["hemisphere"]]
        area = hemisphere.retinotopy.area == V1
        middle = (hemisphere.white_mm + hemisphere.pial_mm)[area] / 2
        near = np.linalg.norm(middle - point, axis=1).argsort()[:4]
        seen = hemisphere.field_deg[area][near]
        slack = 0.5 + 0.25 * record["eccentricity_deg"]  # as far as neighbouring vertices see apart
        assert np.linalg.norm(seen - [record["field_x_deg"], record["field_y_deg"]], axis=1).min() < slack
    code, out, _ = run(capsys, "phosphenes", demo_plan)
    assert code == 0
    assert len(out.splitlines()) == 2 + len(records)
    assert "Verdict: feasible." in out


@pytest.mark.parametrize(
    ("format", "names"),
    [
        ("csv", {"contacts.csv"}),
        ("mrk.json", {"plan.mrk.json"}),
        (
            "vtp",
            {
                f"{n}.vtp"
                for n in ("threads", "contacts", "lh_white", "lh_pial", "rh_white", "rh_pial", "arteries", "veins")
            },
        ),
        ("stl", {f"{n}.stl" for n in ("threads", "contacts", "lh_white", "lh_pial", "rh_white", "rh_pial")}),
    ],
)
def test_export_writes_and_names_its_files(
    demo_plan: Path, tmp_path: Path, format: str, names: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "export", demo_plan, "--format", format, "--out", tmp_path / "new", "--json")
    assert code == 0
    assert {Path(file).name for file in json.loads(out)["files"]} == names
    assert {p.name for p in (tmp_path / "new").iterdir()} == names


def test_export_stamps_what_holds_now_not_what_the_file_claims(
    broken_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = load_plan(broken_plan)
    assert plan.verdict is not None
    assert plan.verdict.feasible  # a claim: the clearance was edited by hand
    assert run(capsys, "export", broken_plan, "--format", "csv", "--out", tmp_path)[0] == 0
    with (tmp_path / "contacts.csv").open(encoding="utf-8", newline="") as file:
        assert {row["verdict"] for row in csv.DictReader(file)} == {"NOT FEASIBLE (3 violations)"}


def test_compare_shows_differences_to_the_first(
    demo_plan: Path, broken_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "compare", demo_plan, broken_plan, "--json")
    assert code == 0
    first, second = json.loads(out)
    assert first["difference"]["mse"] == 0
    assert second["mse"] == first["mse"]
    assert second["difference"]["violations"] == 3
    assert second["difference"]["worst_vessel_mm"] == pytest.approx(-19.9)
    assert (first["checked_differently"], second["checked_differently"]) == ([], ["limits"])
    assert (second["case"], second["devices"], second["constraints"]["clearance_mm"]) == ("demo", ["thread"], 20.0)
    code, out, _ = run(capsys, "compare", demo_plan, broken_plan)
    assert code == 0
    assert "NOT FEASIBLE" in out
    assert "3 (+3)" in out
    assert "checked under different limits" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["limit", "of", "clearance", "mm", "0.1", "20"] in rows
    assert ["limit", "of", "angle", "°", "90", "90"] in rows
    assert ["limit", "of", "clearance", "to", "veins", "mm", "as", "others", "as", "others"] in rows
    assert ["forbidden", "nothing", "nothing"] in rows
    assert any(row[:3] == ["worst", "current", "µA"] for row in rows)
    assert not any(row[:2] == ["worst", "angle"] for row in rows)  # none is set
    _, out, _ = run(capsys, "compare", demo_plan, demo_plan)
    assert "different" not in out


def test_devices_lists_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "devices", "--json")
    assert code == 0
    assert {"long-thread", "thread"} <= {device["name"] for device in json.loads(out)}
    assert "long-thread" in run(capsys, "devices")[1]


def test_profiles_are_listed_with_all_that_they_set(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "profiles", "--json")
    assert code == 0
    found = {profile["name"]: profile for profile in json.loads(out)}
    assert found["threads"]["clearance_mm"] == 0.3
    assert found["threads"]["angle_deg"] is None
    _, out, _ = run(capsys, "profiles")
    assert set(found) == {line.partition(":")[0] for line in out.splitlines() if not line.startswith(" ")}
    cautious = out.partition("cautious:")[2].splitlines()[1]
    assert cautious.split(", ")[-1] == f"angle {found['cautious']['angle_deg']:g}°"
    assert f"vein clearance {found['cautious']['vein_clearance_mm']:g} mm" in cautious


def test_plan_with_percepts_says_what_the_start_was_worth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "plan", "--threads", "2", "--steps", "1", "--out", tmp_path / "p", "--device", "thread", "--json"
    )
    found = json.loads(out)
    assert code == 0
    assert err == ""  # no progress where nobody watches
    assert found["measures"]["mse"] < found["baselines"]["coverage"]["mse"]
    assert found["verdict"]["feasible"] is True
    assert {Path(file).name for file in found["files"]} == {"plan.json", "percepts.png", "view3d.png"}


def test_a_plan_that_goes_on_keeps_the_painted_regions_and_names_a_locked_thread_inside_one(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = load_plan(demo_plan)
    first = replace(plan.threads[0], locked=True)
    side = load_anatomy().hemispheres[first.hemisphere]
    region = painted_region(side.name, Brush(side).painted(np.array([first.entry_mm]), 0.5))
    limits = replace(plan.limits, angle_deg=80.0, regions=(region,))
    given = tmp_path / "given.json"
    save_plan(replace(plan, threads=(first,), limits=limits, verdict=None, measures=None, baselines=None), given)
    code, out, _ = run(
        capsys, "plan", "--from", given, "--steps", "1", "--clearance", "0.2", "--json", "--out", tmp_path / "p"
    )
    assert code == 1
    found = json.loads(out)
    assert {(v["thread"], v["constraint"]) for v in found["verdict"]["violations"]} == {(first.name, "region")}
    written = load_plan(tmp_path / "p" / "plan.json")
    assert written.limits == replace(limits, clearance_mm=0.2)  # all else as the plan had it
    assert (written.devices, len(written.threads), found["budget"]) == (plan.devices, 3, 3)


def test_a_plan_that_is_refined_keeps_its_threads_and_gets_no_more(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = load_plan(demo_plan)
    two, room, given = plan.threads[:2], replace(plan.limits, threads=5), tmp_path / "given.json"
    save_plan(replace(plan, threads=two, limits=room, verdict=None, measures=None, baselines=None), given)
    run(capsys, "plan", "--from", given, "--start", "refine", "--steps", "1", "--out", tmp_path / "p")
    written = load_plan(tmp_path / "p" / "plan.json").threads
    assert [thread.name for thread in written] == [thread.name for thread in two]
    moved = [np.linalg.norm(np.subtract(a.entry_mm, b.entry_mm)) for a, b in zip(two, written, strict=True)]
    assert max(moved) < 3.0


def test_a_start_that_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, words in (
        (("--start", "refine"), "no threads to refine"),
        (("--start", "coverage", "--method", "grid"), "--start says nothing of --method grid"),
    ):
        code, _, err = run(capsys, "plan", *options, "--threads", "2", "--out", tmp_path / "p")
        assert code == 2
        assert words in err


def test_a_plan_that_ignores_vessels_and_meets_them_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = (
        "--no-vessels",
        "--method",
        "random",
        "--threads",
        "8",
        "--device",
        "thread",
        "--clearance",
        "5",
        "--json",
    )
    code, out, _ = run(capsys, "plan", *options, "--out", tmp_path / "p")
    assert {v["constraint"] for v in json.loads(out)["verdict"]["violations"]} == {"vessel"}
    assert code == 1
    assert (tmp_path / "p" / "plan.json").exists()


def test_an_interrupted_plan_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(planner.design.optimise, "optimise", interrupt)
    code, out, err = run(capsys, "plan", "--threads", "2", "--device", "thread", "--out", tmp_path / "new")
    assert (code, out) == (130, "")
    assert "nothing was written" in err
    assert list(tmp_path.iterdir()) == []


def test_a_bug_keeps_its_traceback_and_does_not_look_infeasible(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(planner.design.optimise, "optimise", fail)
    code, _, err = run(capsys, "plan", "--threads", "2", "--device", "thread", "--out", tmp_path / "new")
    assert code == 3
    assert "Traceback" in err
    assert "ZeroDivisionError: a bug" in err
    assert list(tmp_path.iterdir()) == []


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"calcarine {__version__}\n"
