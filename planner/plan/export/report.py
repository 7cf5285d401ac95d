"""The report: pages to print and the same numbers as JSON.

``report.pdf`` has the verdict with measures beside baselines, the pictures with their orientation letters, the threads
with their margins, and where everything comes from. Every page bears the research notice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure

from planner import RESEARCH_NOTICE
from planner.plan.export.pdf_words import page_words, squeezed
from planner.plan.export.readback import ReadbackError, require_same
from planner.plan.export.report_pages import Line, page_figure, paged, sections
from planner.plan.field_map import field_figure
from planner.plan.make import Examined
from planner.plan.pictures import DPI, any_script, percepts_figure, title
from planner.plan.summary import summary_of
from planner.plan.view3d import view3d_figure

FILE, NUMBERS = "report.pdf", "report.json"
NAMES: Final = (FILE, NUMBERS)

Json = dict[str, Any]


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``report.pdf`` and ``report.json``, and read both back."""
    summary = summary_of(examined)
    numbers = folder / NUMBERS
    numbers.write_text(json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    require_same(numbers, "the numbers", json.loads(numbers.read_text(encoding="utf-8")), summary)
    file = folder / FILE
    first, *rest = sections(examined, summary)
    pictures = [percepts_figure(examined), field_figure(examined), view3d_figure(examined.plan, examined.anatomy)]
    before, after = (paged(part, summary["notice"]) for part in ([first], rest))
    _save(file, examined, summary, before, pictures, after)
    _check(file, before, len(pictures), after)
    return [file, numbers]


def _save(
    file: Path,
    examined: Examined,
    summary: Json,
    before: list[list[Line]],
    pictures: list[Figure],
    after: list[list[Line]],
) -> None:
    about = {
        "Title": f"{title(examined.plan)} (plan {summary['plan']})",
        "Subject": RESEARCH_NOTICE,
        "Creator": summary["program"],
    }
    count = len(before) + len(pictures) + len(after)
    with any_script(), rc_context({"pdf.fonttype": 3}), PdfPages(file, metadata=about) as pdf:
        for number, lines in enumerate(before, 1):
            pdf.savefig(_page(lines, summary, number, count))
        for figure in pictures:
            FigureCanvasPdf(figure)
            pdf.savefig(figure, dpi=DPI)
        for number, lines in enumerate(after, 1 + len(before) + len(pictures)):
            pdf.savefig(_page(lines, summary, number, count))


def _page(lines: list[Line], summary: Json, number: int, count: int) -> Figure:
    return page_figure(lines, summary["notice"], f"Calcarine plan {summary['plan']}, page {number} of {count}")


def _check(file: Path, before: list[list[Line]], pictures: int, after: list[list[Line]]) -> None:
    """Every page is there, bears the notice, and every line of text stands on its page."""
    pages = page_words(file.read_bytes())
    require_same(file, "the count of pages", len(pages), len(before) + pictures + len(after))
    texts = [*before, *([] for _ in range(pictures)), *after]
    for number, (found, lines) in enumerate(zip(pages, texts, strict=True), 1):
        known = [line.text for line in lines if all(ord(letter) < 256 for letter in line.text)]
        for words in (RESEARCH_NOTICE, *known):  # other letters have codes of the file's own
            if squeezed(words) not in found:
                raise ReadbackError(f"{file.name}: page {number} was read back without {words!r}")
