"""One demo plan for all tests of the command line, and its case loaded once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import planner.anatomy.subject
import planner.cli.case
import planner.design.site
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.cli import main


@pytest.fixture(scope="session")
def once() -> Iterator[None]:
    """Load the demo and prepare its site once, however many verbs run; other cases are loaded as always."""
    load, prepare = planner.anatomy.subject.load_anatomy, planner.design.site.prepare_site
    kept: dict[str, Any] = {}

    def load_once(request: CaseRequest | None = None, progress: Callable[[str], None] = print) -> Anatomy:
        if request not in (None, CaseRequest()):
            return load(request, progress)
        if "anatomy" not in kept:
            kept["anatomy"] = load()
        anatomy: Anatomy = kept["anatomy"]
        return anatomy

    def prepare_once(anatomy: Anatomy) -> Any:
        if anatomy is not kept.get("anatomy"):
            return prepare(anatomy)
        if "site" not in kept:
            kept["site"] = prepare(anatomy)
        return kept["site"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner.anatomy.subject, "load_anatomy", load_once)
        patch.setattr(planner.cli.case, "load_anatomy", load_once)
        patch.setattr(planner.design.site, "prepare_site", prepare_once)
        yield


@pytest.fixture(scope="session")
def demo_plan(once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of three threads spread over the demo's cortex, written by the program itself."""
    folder = tmp_path_factory.mktemp("plans") / "demo"
    assert main(["plan", "--method", "coverage", "--threads", "3", "--device", "thread", "--out", str(folder)]) == 0
    return folder / "plan.json"


@pytest.fixture(autouse=True)
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo plan's pictures are real; of other plans the 3D one, which takes seconds, is an empty file."""
    monkeypatch.setattr("planner.plan.view3d.view3d_picture", lambda _plan, _anatomy, file: file.touch())


@pytest.fixture
def broken_plan(demo_plan: Path, tmp_path: Path) -> Path:
    """The same with a clearance that no thread keeps."""
    document = json.loads(demo_plan.read_text(encoding="utf-8"))
    document["constraints"]["clearance_mm"] = 20.0
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
