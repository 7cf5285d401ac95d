"""What the project says of itself: its version, its pins, its files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import planner
from planner.assets import ASSETS

PIN = re.compile(r"^([A-Za-z0-9._-]+)==[0-9][0-9A-Za-z.]*$")
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
)


@pytest.fixture(scope="module")
def pinned(repository: Path) -> set[str]:
    lines = (repository / "packaging" / "constraints.txt").read_text().splitlines()
    pins = [PIN.match(line) for line in lines if not line.startswith("#")]
    assert all(pins), "a line of constraints.txt is not an exact release"
    return {canonicalize_name(pin[1]) for pin in pins if pin}


def requirements(distribution: str, extra: str) -> list[Requirement]:
    """What an installed distribution requires with an extra, on any of the three platforms."""
    wanted = [Requirement(line) for line in metadata.requires(distribution) or ()]
    return [
        need
        for need in wanted
        if need.marker is None or any(need.marker.evaluate({**platform, "extra": extra}) for platform in PLATFORMS)
    ]


def test_every_dependency_is_pinned_on_every_platform(repository: Path, pinned: set[str]) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
    ]
    waiting = [(canonicalize_name(need.name), {"", *need.extras}) for need in map(Requirement, declared)]
    met: set[tuple[str, str]] = set()
    while waiting:
        name, extras = waiting.pop()
        assert name in pinned, f"{name} has no line in packaging/constraints.txt"
        for extra in {extra for extra in extras if (name, extra) not in met}:
            met.add((name, extra))
            try:
                needs = requirements(name, extra)
            except metadata.PackageNotFoundError:  # belongs to another platform or to an extra not installed here
                continue
            # A CUDA build of torch pins its own libraries exactly, and other builds have none.
            needs = [need for need in needs if name != "torch" or not re.match(r"nvidia|cuda|triton", need.name)]
            waiting += [(canonicalize_name(need.name), {"", *need.extras}) for need in needs]
    assert len(met) > 50


def test_the_installed_version_is_the_programs_own() -> None:
    assert metadata.version("calcarine") == planner.__version__


def test_the_commands_are_the_ones_promised() -> None:
    own = metadata.distribution("calcarine").entry_points
    assert {(entry.group, entry.name, entry.value) for entry in own} == {
        ("console_scripts", "calcarine", "planner.cli:main"),
        ("gui_scripts", "calcarine-app", "app.__main__:main"),
    }


def test_assets_are_found_from_the_package() -> None:
    assert sorted(ASSETS.glob("devices/*.toml"))


def test_a_wheel_carries_the_program_and_all_its_assets(repository: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("app", "assets", "planner"):
        shutil.copytree(repository / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(repository / name, source)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        source,
    ]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(tmp_path.glob("calcarine-*.whl"))
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("calcarine-")}
    expected = [path for name in ("app", "planner") for path in (source / name).rglob("*.py")]
    expected += [path for path in (source / "assets").rglob("*") if path.is_file()]
    assert carried == {path.relative_to(source).as_posix() for path in expected}


@pytest.fixture(scope="module")
def tracked(repository: Path) -> dict[Path, str]:
    """The text files that belong to the project."""
    if not (repository / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout
    files = [repository / name for name in listing.split("\0") if name]
    texts = {}
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        if b"\0" not in content:
            texts[file.relative_to(repository)] = content.decode("utf-8")
    return texts


def test_no_file_names_a_place_on_somebodys_machine(tracked: dict[Path, str]) -> None:
    personal = re.compile(r"(?<![\w.$~/-])/(?:home|mnt|root|srv|tmp|Users|work)/\w")
    named = [path for path, text in tracked.items() if personal.search(text)]
    assert not named


def test_no_file_names_a_package_index(tracked: dict[Path, str]) -> None:
    index = re.compile(r"(?:--(?:extra-)?index-url|--find-links|\bindex[_-]url\s*=|https?://[^\s\"')]+/simple\b)")
    named = [path for path, text in tracked.items() if index.search(text) and path.name != Path(__file__).name]
    assert not named
