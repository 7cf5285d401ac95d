from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import RESEARCH_NOTICE
from planner.anatomy.request import CaseRequest, VesselFile
from planner.design.limits import CONSTRAINTS, Limits, ThreadMargins, Verdict, Violation
from planner.errors import InputError
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.percept.parameters import CorticalSheet, Dynaphos, Scoreboard
from planner.percept.settings import ENCODERS, Seeing, Stimulus, Variation
from planner.plan.document import SCHEMA_VERSION, seeing_values, task_values
from planner.plan.files import InvalidPlanError, NewerPlanError, load_plan, save_plan, schema
from planner.plan.plan import CaseRecord, GridRecord, Plan, TaskRecord, VesselRecord
from planner.tasks.goal import Goal
from planner.tasks.record import CONTRASTS, ENCODINGS, POLARITIES, Stroke, UsedFile

Json = dict[str, Any]

coordinate = st.floats(-900, 900, allow_nan=False)
length = st.floats(0, 50, allow_nan=False)
positive = st.floats(1e-9, 50, allow_nan=False)
text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
line = name.filter(lambda words: bool(words.strip()) and words.isprintable())


matrix = st.tuples(*[st.tuples(*[coordinate] * 4)] * 4)
measures = st.dictionaries(name, st.floats(allow_nan=False, allow_infinity=False), max_size=3)


@st.composite
def directions(draw: st.DrawFn) -> tuple[float, float, float]:
    vector = np.array([draw(st.floats(-1, 1)) for _ in range(3)])
    norm = np.linalg.norm(vector)
    if norm < 1e-3:
        return (0.0, 0.0, -1.0)
    x, y, z = (vector / norm).tolist()
    return (x, y, z)


@st.composite
def verdicts(draw: st.DrawFn, threads: tuple[Thread, ...]) -> Verdict:
    broken = draw(st.booleans())
    number = st.floats(0, 100) | st.just(math.inf)
    if broken:
        number |= st.floats(-100, 0) | st.just(-math.inf)
    kinds = st.sampled_from([(), ("vein",), ("artery", "vessel")])
    margins = {
        t.name: ThreadMargins(
            {c: draw(number) for c in CONSTRAINTS},
            draw(text),
            draw(st.sampled_from(["", "T"])),
            draw(kinds),
        )
        for t in threads
    }
    violations = (Violation("", "budget", draw(st.floats(-9, -1) | st.just(-math.inf)), draw(text)),) if broken else ()
    return Verdict(not broken, margins, violations)


def seeings() -> st.SearchStrategy[Seeing]:
    small = st.floats(0, 0.9)
    models = st.one_of(
        st.builds(
            Dynaphos, k_mm=st.floats(1, 99), moment=st.sampled_from(["peak", "steady", 7]), window_frames=st.just(9)
        ),
        st.builds(Scoreboard, st.floats(0.01, 10)),
        st.builds(CorticalSheet, reach_mm=st.floats(0.1, 20), edge_mm=small),
    )
    limit, count = st.none() | st.floats(1, 1e6), st.none() | st.integers(1, 999)
    stimuli = st.builds(Stimulus, st.sampled_from(ENCODERS), limit, count, small)
    variations = st.builds(Variation, small, small, small, draws=st.integers(1, 99), seed=st.integers(0, 2**63 - 1))
    return st.builds(Seeing, models, stimuli, variations)


@st.composite
def tasks(draw: st.DrawFn) -> TaskRecord:
    word = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9)
    file = st.builds(UsedFile, word, st.text("0123456789abcdef", min_size=64, max_size=64))
    heights = draw(st.lists(positive, min_size=1, max_size=3, unique=True))
    task = TaskRecord(
        draw(st.sampled_from(["reading", "words", "symbols"])),
        draw(positive),
        draw(st.integers(11, 99)),
        heights[0],
        tuple(heights[1:]),
        draw(word),
        draw(st.sampled_from(POLARITIES)),
        words=tuple(draw(st.lists(word, max_size=3, unique=True))),
        files=tuple(draw(st.lists(file, max_size=1))),
        orientations=draw(st.sampled_from([4, 8])),
    )
    images = TaskRecord(
        "images",
        pictures=tuple(draw(st.lists(word, max_size=3, unique=True))),
        encoding=draw(st.sampled_from(ENCODINGS)),
        contrast=draw(st.sampled_from(CONTRASTS)),
        edges=draw(st.booleans()),
    )
    used = draw(st.lists(file, min_size=1, max_size=3, unique_by=lambda f: f.name))
    folder = replace(images, pictures=(), folder="/" + draw(word), files=tuple(used))
    points = st.lists(st.tuples(*[st.floats(-180, 180)] * 2), min_size=1, max_size=4).map(tuple)
    strokes = st.lists(st.builds(Stroke, points, positive, st.booleans()), min_size=1, max_size=3)
    drawing = TaskRecord("drawing", strokes=tuple(draw(strokes)))
    return draw(st.sampled_from([task, images, folder, drawing, TaskRecord("symbols", symbol="tumbling-e")]))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    names = draw(st.lists(name, max_size=4, unique=True))
    device = draw(
        st.builds(
            Device,
            name=line,
            title=line,
            contacts=st.integers(1, 6),
            pitch_mm=length,
            tip_mm=length,
            shaft_radius_mm=length,
            max_depth_mm=st.floats(301, 900),
            spacing_mm=length,
            clearance_mm=length,
            contact_area_mm2=positive,
            working_current_ua=positive,
            max_current_ua=st.floats(50, 100),
            source=line,
        )
    )
    threads = tuple(
        Thread(
            n,
            draw(st.sampled_from(["lh", "rh"])),
            (draw(coordinate) / 2, draw(coordinate) / 2, draw(coordinate) / 2),
            draw(directions()),
            draw(length),
            draw(st.booleans()),
        )
        for n in names
    )
    kind = st.sampled_from(["artery", "vein", "vessel"])
    record = st.builds(VesselRecord, text, kind, text, st.booleans(), length, length, st.booleans())
    vessel = st.builds(
        VesselFile,
        name,
        text,
        st.sampled_from(["artery", "vein", "vessel", None]),
        st.sampled_from(["scanner_ras", "lps", "tkras", None]),
        axes=st.just("-x,z,y"),
        offset_mm=st.tuples(coordinate, coordinate, coordinate),
        error_mm=length,
    )
    case = CaseRecord(
        CaseRequest(draw(text), tuple(draw(st.lists(vessel, max_size=2))), draw(text), draw(st.floats(0, 1))),
        draw(st.dictionaries(name, st.text("0123456789abcdef", min_size=64, max_size=64), max_size=3)),
        draw(text),
        tuple(draw(st.lists(record, max_size=2))),
        draw(st.none() | st.builds(GridRecord, st.tuples(*[st.integers(1, 999)] * 3), matrix, matrix)),
        draw(st.none() | matrix),
    )
    return Plan(
        case,
        (device,),
        draw(st.builds(Limits, st.integers(0, 99), length, length, positive, length)),
        threads,
        draw(tasks()),
        draw(st.sampled_from(["manual", "percept", "coverage", "random"])),
        draw(st.booleans()),
        draw(st.integers(0, 2**63 - 1)),
        draw(st.none() | measures),
        draw(st.none() | verdicts(threads)),
        draw(seeings()),
        Goal(draw(st.floats(0.1, 9)), draw(st.floats(0, 9)), draw(st.floats(0, 9))),
        draw(st.none() | st.dictionaries(st.sampled_from(["coverage", "random"]), measures)),
    )


@given(plan=plans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plan_read_back_equals_the_plan_written(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    assert load_plan(path) == plan
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def document(plan: Plan, tmp_path: Path) -> Json:
    save_plan(plan, tmp_path / "good.json")
    values: Json = json.loads((tmp_path / "good.json").read_text(encoding="utf-8"))
    return values


def load(values: Json | str, tmp_path: Path) -> Plan:
    path = tmp_path / "given.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values), encoding="utf-8")
    return load_plan(path)


def test_the_published_schema_is_itself_valid_and_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    def objects(node: Any) -> list[Json]:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        here = [node] if isinstance(node, dict) and "properties" in node and isinstance(node.get("type"), str) else []
        return here + [o for child in children for o in objects(child)]

    found = objects(schema())
    assert len(found) > 8
    assert all(o["additionalProperties"] is False for o in found)
    optional = {name: p for o in found for name, p in o["properties"].items() if name not in o["required"]}
    task = task_values(TaskRecord())
    written = {**task, "seeing": seeing_values(Seeing()), "goal": asdict(Goal()), "baselines": None}
    written |= {"grid": None, "ras2mni305": None, "versions": {}, "aside": [], "group": ""}
    assert {name: p["default"] for name, p in optional.items()} == {name: written[name] for name in optional}
    assert set(task) - set(optional) == {"name", "extent_deg", "pixels", "height_deg"}  # all that the first plans had
    assert set(optional) - set(task) == {
        *("seeing", "goal", "baselines", "grid", "ras2mni305", "versions", "aside", "group")
    }


def test_the_published_meaning_of_a_vessel_margin_of_null_is_unknown_and_of_no_other() -> None:
    margins = schema()["properties"]["verdict"]["anyOf"][1]["properties"]["margins"]["additionalProperties"][
        "properties"
    ]
    assert (
        "Null: the clearance is unknown, not safe, see vessels_unknown; or it does not apply, see exempt."
        in margins["vessel"]["description"]
    )
    assert "error_mm" in margins["vessel"]["description"]
    harmless = {name for name in CONSTRAINTS if "nothing could break it" in margins[name]["description"]}
    assert harmless == {"spacing", "hemisphere"}


def test_a_plan_from_before_there_was_a_choice_of_models_is_read_with_the_defaults(
    document: Json, tmp_path: Path
) -> None:
    del document["seeing"], document["goal"], document["baselines"]
    plan = load(document, tmp_path)
    assert (plan.seeing, plan.goal, plan.baselines) == (Seeing(), Goal(), None)


def test_a_plan_from_before_there_were_more_tasks_is_read_with_the_defaults(document: Json, tmp_path: Path) -> None:
    document["task"] = {"name": "reading", "extent_deg": 16.0, "pixels": 64, "height_deg": 9.0}
    assert load(document, tmp_path).task == TaskRecord()


def test_a_task_that_cannot_be_is_refused_in_a_sentence(document: Json, tmp_path: Path) -> None:
    for change, words in [
        ({"name": "images", "folder": "/p"}, "its task is none: no picture of the folder is named"),
        ({"words": ["A B"]}, "no word that can be drawn"),
        ({"symbol": "tumbling-e", "orientations": 8}, "no 8 orientations"),
        ({"files": [{"name": "../x", "sha256": "a" * 64}]}, "no name of a file"),
        ({"name": "singing"}, "task.name"),
        ({"pixels": 4}, "task.pixels"),
        ({"words": ["A", "A"]}, "task.words"),
        ({"voice": "low"}, "voice"),
    ]:
        changed = {**document, "task": {**document["task"], **change}}
        with pytest.raises(InvalidPlanError, match=words):
            load(changed, tmp_path)


def test_a_file_says_space_units_notice_and_every_contact(document: Json) -> None:
    jsonschema.validate(document, schema())
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["space"] == "scanner_ras"
    assert document["notice"] == RESEARCH_NOTICE
    assert document["created"].endswith("Z")
    first = document["threads"][0]["contacts_mm"]
    np.testing.assert_allclose(first, [[-12, -90, 0.6], [-12, -90, 0.9], [-12, -90, 1.2], [-12, -90, 1.5]], atol=1e-12)


def test_an_infinite_margin_is_null_in_the_file_and_infinite_again(plan: Plan, tmp_path: Path) -> None:
    margins = {t.name: ThreadMargins(dict.fromkeys(CONSTRAINTS, math.inf)) for t in plan.threads}
    path = tmp_path / "plan.json"
    save_plan(replace(plan, verdict=Verdict(True, margins, ())), path)
    assert json.loads(path.read_text())["verdict"]["margins"]["T01"]["vessel"] is None
    verdict = load_plan(path).verdict
    assert verdict is not None
    assert verdict.margins["T01"].margins["vessel"] == math.inf


def test_a_hemisphere_without_a_window_has_no_number_though_files_gave_it_one_once(plan: Plan, tmp_path: Path) -> None:
    closed = {**dict.fromkeys(CONSTRAINTS, 0.5), "access": -math.inf}
    margins = {t.name: ThreadMargins(closed) for t in plan.threads}
    violation = Violation("T01", "access", -math.inf, "Thread T01: far outside.")
    path = tmp_path / "plan.json"
    save_plan(replace(plan, verdict=Verdict(False, margins, (violation,))), path)
    path.write_text(path.read_text(encoding="utf-8").replace('"-inf"', "-1000.0"), encoding="utf-8")
    verdict = load_plan(path).verdict
    assert verdict is not None
    assert verdict.margins["T01"].margins["access"] == verdict.violations[0].margin == -math.inf
    assert verdict.margins["T01"].margins["gray"] == 0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["threads"][0].update(direction=[0, 0, -0.99]), "direction of thread T01 has length 0.99"),
        (lambda d: d["threads"][1].update(name="T01"), "two threads are named T01"),
        (
            lambda d: d["threads"][0]["contacts_mm"][2].__setitem__(0, -12.00001),
            "contacts of thread T01 lie up to 1e-05 mm",
        ),
        (lambda d: d["threads"][0]["contacts_mm"].pop(), "has 3 contacts, its device has 4"),
        (lambda d: d["threads"][0].update(entry_mm=[12.0, -90.0, 2.0]), "contacts of thread T01 lie up to 24 mm"),
        (
            lambda d: d.update(verdict={"feasible": True, "vessels_unknown": [], "margins": {}, "violations": []}),
            "margins are not those",
        ),
        (
            lambda d: d.update(verdict={"feasible": False, "vessels_unknown": [], "margins": {}, "violations": []}),
            "feasible = False and lists 0 violations",
        ),
        (lambda d: d["devices"][0].update(pitch_mm=9.0), "its contacts span"),
        (lambda d: d["devices"][0].update(working_current_ua=101), "working_current_ua"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    document: Json, tmp_path: Path, change: Any, words: str
) -> None:
    change(document)
    with pytest.raises(InvalidPlanError, match=words):
        load(document, tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("seed"), "seed"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d.update(space="tkras"), "space"),
        (lambda d: d["units"].update(length="um"), "units.length"),
        (lambda d: d["threads"][0].update(hemisphere="left"), r"threads\[0\].hemisphere"),
        (lambda d: d["threads"][0].update(entry_mm=[1e9, 0, 0]), r"threads\[0\].entry_mm\[0\]"),
        (lambda d: d["threads"][0].update(entry_mm=["1", 0, 0]), r"threads\[0\].entry_mm\[0\]"),
        (lambda d: d["threads"][0].update(name="T\n1"), r"threads\[0\].name"),
        (lambda d: d["threads"][0].update(name="T1\n"), r"threads\[0\].name"),
        (lambda d: d.update(threads=d["threads"] * 600), "threads"),
        (lambda d: d["case"]["hashes"].update({"lh.white": "abc"}), "hashes"),
        (lambda d: d["devices"][0].update(contacts=True), "contacts"),
        (lambda d: d["devices"][0].update(contacts=10**9), "contacts"),
        (lambda d: d.update(seed=-1), "seed"),
        (lambda d: d.update(threads=None), "threads"),
    ],
)
def test_what_the_schema_does_not_know_is_refused_and_named(
    document: Json, tmp_path: Path, change: Any, words: str
) -> None:
    change(document)
    with pytest.raises(InvalidPlanError, match=words) as caught:
        load(document, tmp_path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"schema_version": 1, "schema_version": 1}', "appears twice"),
        ('{"schema_version": 1, "seed": NaN}', "NaN"),
        ('{"schema_version": 1, "seed": -Infinity}', "Infinity"),
        ('{"schema_version": 1, "seed": 1e999}', "too large"),
        ('{"schema_version": 1, "method": "\\ud800"}', "surrogates"),
        ("[" * 100_000, "nested too deeply"),
        ('{"schema_version": ' + "9" * 5000 + "}", "digits"),
        ("", "JSON"),
        ("solid nonsense", "JSON"),
        ("[]", "not a Calcarine plan"),
        ('{"@schema": "x", "markups": []}', "not a Calcarine plan"),
        ('{"schema_version": true}', "not a Calcarine plan"),
        ('{"schema_version": 0}', "not a Calcarine plan"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_a_sentence(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(InvalidPlanError, match=words) as caught:
        load(content, tmp_path)
    assert "given.json" in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_newer_plan_is_told_from_an_invalid_one(document: Json, tmp_path: Path) -> None:
    document["schema_version"] = SCHEMA_VERSION + 1
    document["unheard_of"] = {}
    with pytest.raises(NewerPlanError, match="newer Calcarine"):
        load(document, tmp_path)
    assert not issubclass(NewerPlanError, InvalidPlanError)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100])
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InvalidPlanError):
        load_plan(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_plan(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        load_plan(tmp_path)


def test_a_plan_that_cannot_be_written_leaves_the_old_file(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    before = path.read_bytes()
    twins = replace(plan, threads=(plan.threads[0], plan.threads[0]))
    with pytest.raises(InvalidPlanError):
        save_plan(twins, path)
    with pytest.raises(ValueError, match="nan"):
        save_plan(replace(plan, measures={"mse": math.nan}), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_saving_through_a_link_keeps_the_link(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "real.json").touch()
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    save_plan(plan, tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert load_plan(tmp_path / "real.json") == plan


def test_a_place_that_cannot_be_written_is_an_input_error(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        save_plan(plan, tmp_path / "no" / "folder" / "plan.json")
    with pytest.raises(InputError, match="is a folder"):
        save_plan(plan, tmp_path)


def test_threads_that_are_not_used_and_groups_are_kept_beside_those_that_count(plan: Plan, tmp_path: Path) -> None:
    first, second = plan.threads
    kept = replace(plan, threads=(replace(first, group="foveal"),), aside=(second,))
    save_plan(kept, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == kept
    written = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert [values["name"] for values in written["threads"]] == ["T01"]  # whoever knows of no others reads what counts
    assert [values["name"] for values in written["aside"]] == ["T02"]


def test_a_plan_without_them_says_nothing_of_them(document: Json) -> None:
    assert "aside" not in document
    assert all("group" not in values for values in document["threads"])


def test_threads_that_are_not_used_contradict_nothing_either(document: Json, tmp_path: Path) -> None:
    spare = {**document["threads"][1], "name": "T03"}
    assert load({**document, "aside": [spare]}, tmp_path).aside[0].name == "T03"
    for bad, words in [
        ({**spare, "name": "T01"}, "two threads are named T01"),
        ({**spare, "depth_mm": 2.0}, "contacts of thread T03 lie up to"),
        ({**spare, "device": "none"}, "which is none of the plan's devices"),
        ({**spare, "use": False}, "use"),
    ]:
        with pytest.raises(InvalidPlanError, match=words):
            load({**document, "aside": [bad]}, tmp_path)
