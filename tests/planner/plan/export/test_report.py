from __future__ import annotations

import json
import math
import zlib
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.backends.backend_pdf import PdfPages

from planner import RESEARCH_NOTICE
from planner.plan.export import report, write_export
from planner.plan.export.pdf_words import page_words, squeezed
from planner.plan.export.readback import ReadbackError
from planner.plan.export.report_pages import Line, paged
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint


@pytest.fixture
def with_baselines(examined: Examined) -> Examined:
    baselines = {"coverage": {"mse": 0.0625, "ssim": 0.25}, "random": {"mse": 0.0875}}
    return replace(examined, plan=replace(examined.plan, baselines=baselines))


def test_every_page_bears_the_notice_and_the_numbers_stand_in_the_json_too(
    with_baselines: Examined, tmp_path: Path
) -> None:
    pdf, numbers = write_export(with_baselines, "pdf", tmp_path)
    content = pdf.read_bytes()
    pages = page_words(content)
    assert len(pages) == content.count(b"/Type /Page\n") + content.count(b"/Type /Page ")
    assert len(pages) >= 7
    assert all(squeezed(RESEARCH_NOTICE) in page for page in pages)
    values = json.loads(numbers.read_text(encoding="utf-8"))
    assert values["plan"] == fingerprint(with_baselines.plan)
    assert values["baselines"]["coverage"]["mse"] == 0.0625
    assert values["worst_margins"]["vessel"] == {"thread": "T02", "margin": -0.125}
    assert [t["margins"]["vessel"] for t in values["threads"]] == [None, -0.125]  # unknown is not safe
    assert values["threads"][1]["entry_mm"] == [11.1, -88.0, 2.0]
    assert values["case"]["hashes"]["rh.pial"] == "d" * 64
    assert {"numpy", "torch", "python"} <= values["versions"].keys()
    assert values["notice"].startswith(RESEARCH_NOTICE)
    first = pages[0]
    for words in ("NOT FEASIBLE (1 violation)", "0.0625", "0.0875", "0.04", "Thread T02: too near."):
        assert squeezed(words) in first
    whole = "".join(pages)
    assert squeezed("T02 -0.125") in whole
    assert squeezed("T01 unknown") in whole
    assert "d" * 64 in whole


def test_long_sections_go_on_over_pages_and_leave_room_for_a_long_notice() -> None:
    lines = [Line(str(n)) for n in range(100)]
    short, long = paged([lines], "a notice"), paged([lines], "word " * 400)
    assert [line for page in short for line in page] == lines
    assert len(long) > len(short) > 1


def test_words_are_read_from_a_pdf_as_they_were_drawn(tmp_path: Path) -> None:
    file = tmp_path / "two.pdf"
    said = ("An office's (flat) \\ 5 µm, offline", "Second; 100 % of it")
    with PdfPages(file) as pdf:
        for words in said:
            figure = plt.figure()
            figure.text(0.1, 0.5, words)
            pdf.savefig(figure)
            plt.close(figure)
    assert page_words(file.read_bytes()) == [squeezed(words) for words in said]
    assert squeezed("(flat)") == "(at)"


def test_a_line_that_is_missing_from_its_page_is_noticed(
    with_baselines: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "page_words", lambda content: ["nothing"] * len(page_words(content)))
    with pytest.raises(ReadbackError, match="page 1 was read back without"):
        write_export(with_baselines, "pdf", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_page_whose_stream_ends_like_a_line_is_read() -> None:
    """One page in 256 has a checksum whose last byte is a carriage return."""
    words = (f"{'A' * n}{letter}" for n in range(300) for letter in "BCDE")
    streams = ((said, zlib.compress(f"BT /F1 9 Tf ({said}) Tj ET".encode())) for said in words)
    said, stream = next(found for found in streams if found[1].endswith(b"\r"))
    page = b"3 0 obj\n<< /Type /Page /Contents 4 0 R >>\nendobj\n4 0 obj\n<< >>\nstream\n%b\nendstream\nendobj"
    assert page_words(page % stream) == [said]


def test_a_report_without_baselines_says_so(examined: Examined, tmp_path: Path) -> None:
    pdf, numbers = write_export(replace(examined, plan=replace(examined.plan, baselines=None)), "pdf", tmp_path)
    assert squeezed("No baselines were measured.") in page_words(pdf.read_bytes())[0]
    margins = json.loads(numbers.read_text(encoding="utf-8"))["threads"][0]["margins"]
    assert margins["current"] == 20.0
    assert math.isclose(margins["gray"], 0.5)
