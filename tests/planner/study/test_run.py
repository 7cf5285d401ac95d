from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

import planner.study.cluster
import planner.study.run
import planner.study.workers
from planner.errors import InputError
from planner.study.cells import Asked, Cell, StudyCase, paper_cells
from planner.study.ledger import Ledger, open_ledger
from planner.study.program import program
from planner.study.run import ATTEMPTS, failures_of, rows_of, run_cells

# A function made within a test travels to the workers by value: they need not find this file.
Measured = Callable[[Cell], dict[str, Any]]


@pytest.fixture
def cells(asked: Asked) -> tuple[Cell, ...]:
    return paper_cells(replace(asked, tasks=("reading",), threads=(8, 16), methods=("coverage", "percept"), seeds=2))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "results.jsonl") as opened:
        yield opened


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A folder where workers note what they were given."""
    (tmp_path / "noted").mkdir()
    return tmp_path / "noted"


@pytest.fixture
def measured(noted: Path) -> Measured:
    """Fails on 16 threads, and says how often a cell was tried by how many files there are."""
    folder = str(noted)

    def measure(cell: Cell) -> dict[str, Any]:
        import pathlib
        import uuid

        pathlib.Path(folder, f"{cell.seed} {cell.threads} {cell.method} {uuid.uuid4()}").touch()
        if cell.threads == 16:
            raise ArithmeticError(f"cannot count to {cell.threads}")
        return {"sum": cell.threads + cell.seed}

    return measure


@contextmanager
def web_server() -> Iterator[str]:
    """Something that answers and is no scheduler."""

    class Silent(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_works_is_kept_what_fails_is_tried_again_and_a_second_run_does_only_what_is_left(
    cells: tuple[Cell, ...], ledger: Ledger, noted: Path, measured: Measured
) -> None:
    told: list[tuple[int, int, int]] = []
    run_cells(cells, measured, ledger, workers=2, told=lambda *numbers: told.append(numbers))
    assert {cell: row["sum"] for cell, row in rows_of(cells, ledger)} == {
        cell: 8 + cell.seed for cell in cells if cell.threads == 8
    }
    failures = failures_of(cells, ledger)
    assert set(failures) == {cell for cell in cells if cell.threads == 16}
    for failure in failures.values():
        assert failure.attempts == ATTEMPTS
        assert failure.error.startswith("ArithmeticError: cannot count to 16\nTraceback")
        assert failure.error.endswith("ArithmeticError: cannot count to 16")
        assert ", in measure" in failure.error
    assert len(list(noted.iterdir())) == 4 + 4 * ATTEMPTS
    assert (told[0], told[-1]) == ((0, 8, 0), (4, 8, 4))

    run_cells(cells, measured, ledger, workers=2)
    assert len(list(noted.iterdir())) == 4 + 4 * ATTEMPTS
    run_cells(cells[:4], measured, ledger, workers=2, retry=True)  # of the first seed
    assert len(list(noted.iterdir())) == 4 + 6 * ATTEMPTS

    others = tuple(replace(cell, steps=7) for cell in cells if cell.threads == 8)
    assert rows_of(others, ledger) == []
    run_cells(others, measured, ledger, workers=2)
    assert len(rows_of(others, ledger)) == 4
    assert len(list(noted.iterdir())) == 8 + 6 * ATTEMPTS


def test_a_lost_worker_loses_nothing(cells: tuple[Cell, ...], ledger: Ledger, noted: Path) -> None:
    folder = str(noted)

    def measure(cell: Cell) -> dict[str, Any]:
        import os
        import pathlib
        import signal

        mark = pathlib.Path(folder, f"{cell.seed}-{cell.threads}-{cell.method}")
        if cell.threads == 16 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"sum": cell.threads}

    run_cells(cells[:4], measure, ledger, workers=2)
    assert {cell: row["sum"] for cell, row in rows_of(cells, ledger)} == {cell: cell.threads for cell in cells[:4]}
    assert len(list(noted.iterdir())) == 2
    assert failures_of(cells, ledger) == {}


def test_what_a_user_has_to_mend_is_not_tried_again_and_keeps_its_sentence(
    cells: tuple[Cell, ...], ledger: Ledger, noted: Path
) -> None:
    def measure(cell: Cell) -> dict[str, Any]:
        raise InputError("is not there", source="spoon.toml", remedy="make one")

    run_cells(cells[:1], measure, ledger, workers=1)
    (failure,) = failures_of(cells, ledger).values()
    assert failure.error == "spoon.toml: is not there; make one."
    assert failure.attempts == 1
    run_cells(cells[:1], measure, ledger, workers=1)
    assert failures_of(cells, ledger)[cells[0]].attempts == 1


def test_a_cluster_is_used_and_a_worker_of_another_program_is_refused(
    cells: tuple[Cell, ...], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(cell: Cell) -> dict[str, Any]:
        import os

        return {"process": os.getpid()}

    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None, silence_logs=51
    ) as cluster:
        run_cells(cells[:2], measure, ledger, scheduler=cluster.scheduler_address)
        processes = {row["process"] for _, row in rows_of(cells, ledger)}
        assert len(processes) == 1
        assert os.getpid() not in processes
        assert len(rows_of(cells, ledger)) == 2

        monkeypatch.setattr(planner.study.run, "program", lambda: "calcarine 99")
        told: list[str] = []
        with pytest.raises(InputError, match="has no worker that can be used"):
            run_cells(cells[:1], measure, ledger, scheduler=cluster.scheduler_address, warn=told.append)
        (sentence,) = told
        assert f"has another program ({program()}); it is given nothing." in sentence
        assert failures_of(cells, ledger) == {}  # no attempt was used up

        worker = next(iter(cluster.scheduler_info["workers"]))
        with pytest.raises(InputError, match="is a dask worker, not its scheduler"):
            run_cells(cells, measure, ledger, scheduler=worker)


def test_only_workers_that_have_the_same_files_are_given_cells(cells: tuple[Cell, ...], ledger: Ledger) -> None:
    def measure(cell: Cell) -> dict[str, Any]:
        from distributed import get_worker

        return {"worker": get_worker().name}

    def content_of(case: StudyCase) -> str:
        from distributed import Worker

        name = next(iter(Worker._instances)).name
        if name == 2:
            raise OSError("no such folder")
        return "c0ffee" if name == 0 else "changed"

    told: list[str] = []
    with LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None, silence_logs=51
    ) as cluster:
        address = cluster.scheduler_address
        run_cells(cells, measure, ledger, scheduler=address, content_of=content_of, warn=told.append)
    assert {row["worker"] for _, row in rows_of(cells, ledger)} == {0}
    assert len(rows_of(cells, ledger)) == len(cells)
    assert failures_of(cells, ledger) == {}
    assert sorted(sentence.split(": ", 1)[1] for sentence in told) == [
        "cannot load demo (no such folder); it is given nothing.",
        "has another demo; it is given nothing.",
    ]


def test_a_worker_of_another_program_that_comes_later_uses_up_no_attempt(
    cells: tuple[Cell, ...], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look finds the worker fit; its answer to a cell is that it is not."""
    looks: list[str] = []

    def look(*_: object) -> tuple[list[str], dict[str, str]]:
        looks.append("look")
        return (["tcp://a:1"], {}) if len(looks) == 1 else ([], {"tcp://a:1": "has another program"})

    monkeypatch.setattr(planner.study.run, "unfit_workers", look)
    monkeypatch.setattr(planner.study.run, "program", lambda: "calcarine 99")
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None, silence_logs=51
    ) as cluster:
        with pytest.raises(InputError, match="has no worker that can be used"):
            run_cells(cells, lambda cell: {}, ledger, scheduler=cluster.scheduler_address)
        assert failures_of(cells, ledger) == {}
        assert len(looks) == 2

        # and where those that were fit went away, nothing waits for them for ever
        gone = (["tcp://127.0.0.1:9"], {"tcp://a:1": "has another program"})
        monkeypatch.setattr(planner.study.run, "unfit_workers", lambda *_: gone)
        monkeypatch.setattr(planner.study.workers, "ASK_S", 0.1)
        with pytest.raises(InputError, match="the workers that could be used are gone"):
            run_cells(cells, lambda cell: {}, ledger, scheduler=cluster.scheduler_address)


def test_a_scheduler_without_workers_is_told_after_a_while(
    cells: tuple[Cell, ...], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner.study.workers, "WORKERS_S", 0.5)
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=51) as cluster,
        pytest.raises(InputError, match=r"has no workers after 0.5 s; start some: dask worker tcp://"),
    ):
        run_cells(cells, lambda cell: {}, ledger, scheduler=cluster.scheduler_address)


def test_a_line_of_the_ledger_says_what_it_is_of(
    cells: tuple[Cell, ...], ledger: Ledger, measured: Measured, tmp_path: Path
) -> None:
    run_cells(cells[:4], measured, ledger, workers=1)
    entries = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert {entry["settings"]["threads"] for entry in entries if "row" in entry} == {8}
    assert {entry["settings"]["threads"] for entry in entries if "error" in entry} == {16}
    by_key = {cell.key(program()): cell for cell in cells}
    for entry in entries:
        cell = by_key[entry["key"]]
        assert entry["settings"]["method"] == cell.method
        assert entry["settings"]["device"]["pitch_mm"] == cell.device.pitch_mm
        assert entry["settings"]["program"] == program()


def test_a_scheduler_that_goes_away_is_told_and_what_was_done_is_kept(cells: tuple[Cell, ...], ledger: Ledger) -> None:
    def measure(cell: Cell) -> dict[str, Any]:
        import time

        time.sleep(0.2)
        return {"sum": cell.threads}

    cluster = LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None, silence_logs=51
    )

    def told(done: int, total: int, failed: int) -> None:
        if done == 2:
            cluster.close()

    with pytest.raises(InputError, match="was lost"):
        run_cells(cells, measure, ledger, scheduler=cluster.scheduler_address, told=told)
    assert len(rows_of(cells, ledger)) == 2


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1:9", "tcp://127.0.0.1:9: no dask scheduler answers there"),
        ("nonsense", "nonsense: is no scheduler's address (missing port"),
        ("spoon://here:1", "is no scheduler's address (unknown address scheme"),
        ("here:there", "is no scheduler's address"),
        ("tls://127.0.0.1:9", "is no scheduler's address"),
        ("inproc://here", "is no scheduler's address"),
    ],
)
def test_an_address_without_a_scheduler_is_refused_in_a_sentence(
    address: str, words: str, cells: tuple[Cell, ...], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner.study.cluster, "TIMEOUT_S", 0.5)
    with pytest.raises(InputError) as refused:
        run_cells(cells, lambda cell: {}, ledger, scheduler=address)
    assert words in str(refused.value)
    assert "; give the address that dask scheduler prints" in str(refused.value)
    assert str(refused.value).endswith(".")


def test_another_server_at_the_address_is_refused_too(
    cells: tuple[Cell, ...], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner.study.cluster, "TIMEOUT_S", 0.5)
    with web_server() as address, pytest.raises(InputError, match="no dask scheduler answers there"):
        run_cells(cells, lambda cell: {}, ledger, scheduler=address)
