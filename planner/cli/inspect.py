"""``calcarine inspect``: what was found of a case, before anything is planned on it."""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.cli.request import add_case_arguments, request_of

if TYPE_CHECKING:
    from planner.anatomy.hemisphere import Anatomy
    from planner.anatomy.report import Finding

HELP: Final = "load a case and report what was found, used and missing, and in which space"
HASH_DIGITS: Final = 12  # of a hash, in the text; --json has it whole
DETAILS: Final = "Exits with 2 where the case cannot be used, or where left and right disagree."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_case_arguments(parser)
    parser.add_argument(
        "--volume",
        type=volume_path,
        metavar="FILE",
        help="also write the volume to look at (T1, brain or orig; without any a schematic one) to FILE.nii or .nii.gz",
    )


def volume_path(text: str) -> Path:
    """A path whose name says that it is NIfTI."""
    if not text.lower().endswith((".nii", ".nii.gz")):
        raise argparse.ArgumentTypeError(f"{text!r} ends neither in .nii nor in .nii.gz")
    return Path(text)


def run(arguments: argparse.Namespace) -> int:
    """Load and report."""
    from planner.anatomy.subject import load_anatomy
    from planner.cli import DONE
    from planner.cli.output import print_json, say

    anatomy = load_anatomy(request_of(arguments), progress=say)
    written = _write_volume(anatomy, arguments.volume) if arguments.volume else None
    if arguments.json:
        print_json(_values(anatomy) | ({"volume_written": written} if written else {}))
    else:
        _print(anatomy)
        if written:
            print(f"Written: {written['file']}, {written['what']}.")
    return DONE


def _write_volume(anatomy: Anatomy, path: Path) -> dict[str, str]:
    """Write the volume, read it back, and say what it is."""
    from planner.anatomy.volumes import SCHEMATIC_WORDS, load_volume, volume_bytes
    from planner.errors import InputError
    from planner.plan.atomic import write_file

    volume = load_volume(anatomy)
    content = volume_bytes(volume)
    packed = path.name.lower().endswith(".gz")

    def check(written: Path) -> None:
        found = written.read_bytes()
        if (gzip.decompress(found) if packed else found) != content:
            raise InputError("does not read back as it was written", source=path, remedy="choose another place")

    write_file(path, gzip.compress(content, 6, mtime=0) if packed else content, check)
    what = SCHEMATIC_WORDS if volume.schematic else f"the case's {volume.name}"
    return {"file": str(path), "name": volume.name, "what": what}


def _values(anatomy: Anatomy) -> dict[str, Any]:
    from dataclasses import asdict

    from planner import RESEARCH_NOTICE

    return {
        "name": anatomy.name,
        "source": anatomy.source,
        "retinotopy": anatomy.retinotopy_source,
        "spaces": {space.value: transform.matrix.tolist() for space, transform in anatomy.spaces.items()},
        "volume": None
        if anatomy.geometry is None
        else {
            "shape": list(anatomy.geometry.shape),
            "voxel_to_scanner": anatomy.geometry.voxel_to_scanner.tolist(),
        },
        "findings": [asdict(finding) for finding in anatomy.findings],
        "vessels": [
            {
                "name": vessel.name,
                "kind": vessel.kind,
                "source": vessel.source,
                "synthetic": vessel.synthetic,
                "error_mm": vessel.error_mm,
                "half_voxel_mm": vessel.half_voxel_mm,
                "sides_checked": vessel.sides_checked,
                "imaged": None if vessel.imaged is None else vessel.imaged.source,
            }
            for vessel in anatomy.vessels
        ],
        "notes": list(anatomy.notes),
        "notice": RESEARCH_NOTICE,
    }


def _print(anatomy: Anatomy) -> None:
    from planner import RESEARCH_NOTICE
    from planner.cli.output import print_lines

    def sha256(finding: Finding) -> str:
        return finding.sha256 and f"SHA-256 {finding.sha256[:HASH_DIGITS]}…"

    print(f"{anatomy.name}: {anatomy.source}")
    width = max((len(finding.what) for finding in anatomy.findings), default=0)
    for finding in anatomy.findings:
        about = "; ".join(
            filter(None, (finding.detail, finding.space and f"in {finding.space}", finding.file, sha256(finding)))
        )
        print(f"  {finding.what:<{width}}  {finding.state:<7}  {about}".rstrip())
    print(f"Retinotopy: {anatomy.retinotopy_source}.")
    print(f"Spaces known: {', '.join(['scanner_ras', *(space.value for space in anatomy.spaces)])}.")
    print_lines(anatomy.notes)
    print(RESEARCH_NOTICE)
