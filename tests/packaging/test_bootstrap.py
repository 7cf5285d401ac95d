"""The parts of packaging/bootstrap.py that decide something, and its behaviour on a failing step."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

LISTING = (
    "libgl1\tinstall ok installed\t\n"
    "libglib2.0-0t64\tinstall ok installed\tlibglib2.0-0 (= 2.80.0-6ubuntu3), libgio\n"
    "xvfb\tdeinstall ok config-files\t\n"
    "xauth\tinstall ok unpacked\t\n"
)


def test_the_fingerprint_changes_with_files_python_and_place(bootstrap: ModuleType, tmp_path: Path) -> None:
    pins = tmp_path / "constraints.txt"
    pins.write_text("numpy==2.0\n")
    first = bootstrap.fingerprint([pins], "3.11", tmp_path)
    assert bootstrap.fingerprint([pins], "3.11", tmp_path) == first
    others = {
        bootstrap.fingerprint([pins], "3.12", tmp_path),
        bootstrap.fingerprint([pins], "3.11", tmp_path / "moved"),
    }
    pins.write_text("numpy==2.1\n")
    others.add(bootstrap.fingerprint([pins], "3.11", tmp_path))
    assert len(others - {first}) == 3


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [
        (["libgl1"], []),
        (["libglib2.0-0"], []),  # provided by the package that took its place
        (["xvfb"], ["xvfb"]),  # removed, its settings left behind
        (["xauth"], ["xauth"]),  # unpacked but never configured
        (["libegl1", "libgl1"], ["libegl1"]),
    ],
)
def test_a_debian_package_is_missing_unless_installed_or_provided(
    bootstrap: ModuleType, wanted: list[str], missing: list[str]
) -> None:
    assert bootstrap.missing_packages(wanted, LISTING) == missing


def test_only_the_tests_need_a_virtual_display(bootstrap: ModuleType) -> None:
    assert "xvfb" in bootstrap.wanted_packages("test", "3.11", True)
    assert "xvfb" not in bootstrap.wanted_packages("run", "3.11", True)


def test_a_python_without_ensurepip_asks_for_debians_venv_package(bootstrap: ModuleType) -> None:
    assert "python3.12-venv" in bootstrap.wanted_packages("setup", "3.12", False)
    assert "python3.12-venv" not in bootstrap.wanted_packages("setup", "3.12", True)


@pytest.mark.parametrize(
    ("platform", "environment", "display"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_window_needs_a_display_on_linux_only(
    bootstrap: ModuleType, platform: str, environment: dict[str, str], display: bool
) -> None:
    assert bootstrap.has_display(platform, environment) is display


def test_run_opens_the_window_or_plans_headless_and_hands_arguments_on(bootstrap: ModuleType) -> None:
    assert bootstrap.run_command(True, ["plan.json"]) == ["-m", "app", "plan.json"]
    headless = bootstrap.run_command(False, ["--steps", "3"])
    assert headless[:4] == ["-m", "planner", "plan", "demo"]
    assert headless[-2:] == ["--steps", "3"]


def test_programs_of_a_virtual_environment_are_found_on_each_platform(bootstrap: ModuleType) -> None:
    assert bootstrap.venv_program(Path("v"), "python", "linux") == Path("v/bin/python")
    assert bootstrap.venv_program(Path("v"), "python", "darwin") == Path("v/bin/python")
    assert bootstrap.venv_program(Path("v"), "python", "win32") == Path("v/Scripts/python.exe")


def test_a_failing_step_ends_with_what_the_tool_said_last(bootstrap: ModuleType) -> None:
    script = "import sys; [print('line', n) for n in range(100)]; print('No matching distribution'); sys.exit(3)"
    with pytest.raises(bootstrap.SetupError) as failure:
        bootstrap.follow("Installing", [sys.executable, "-c", script])
    said = str(failure.value).splitlines()
    assert said[0] == "Installing failed; run this again to resume."
    assert said[-1] == "No matching distribution"
    assert len(said) < 20


@pytest.fixture
def empty_machine(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A checkout in tmp_path whose steps are written down instead of carried out."""
    steps: list[str] = []

    def follow(title: str, command: list[str], environment: object = None) -> None:
        steps.append(title)
        (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv" / "bin" / "python").touch()

    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.0\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "stamp.txt")
    monkeypatch.setattr(bootstrap, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(bootstrap, "ensure_packages", lambda verb: "")
    monkeypatch.setattr(bootstrap, "venv_program", lambda venv, name: venv / "bin" / name)
    monkeypatch.setattr(bootstrap, "venv_is_usable", lambda: (tmp_path / ".venv").exists())
    monkeypatch.setattr(bootstrap, "follow", follow)
    return steps


def test_setup_does_its_work_once_and_again_when_a_pin_changes(
    bootstrap: ModuleType, empty_machine: list[str], tmp_path: Path
) -> None:
    bootstrap.setup("setup")
    assert len(empty_machine) == 2  # the environment, the dependencies
    bootstrap.setup("setup")
    assert len(empty_machine) == 2
    (tmp_path / "constraints.txt").write_text("numpy==2.1\n")
    bootstrap.setup("setup")
    assert len(empty_machine) == 3  # the dependencies alone


def test_a_failed_installation_leaves_no_stamp_and_a_sentence(
    bootstrap: ModuleType,
    empty_machine: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(title: str, command: list[str], environment: object = None) -> None:
        raise bootstrap.SetupError(f"{title} failed; run this again to resume.")

    monkeypatch.setattr(bootstrap, "follow", fail)
    assert bootstrap.main(["setup"]) == 1
    assert "failed; run this again" in capsys.readouterr().out
    assert not bootstrap.STAMP.exists()


def test_an_old_python_is_told_in_one_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 0))
    assert bootstrap.main(["setup"]) == 2
    said = capsys.readouterr().out
    assert "needs Python 99.0 or newer" in said
    assert said.count("\n") == 1


def test_the_file_parses_as_the_python_of_an_old_machine(repository: Path) -> None:
    source = (repository / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))


def test_only_the_standard_library_is_imported(repository: Path) -> None:
    tree = ast.parse((repository / "packaging" / "bootstrap.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_unknown_verb_prints_the_three_there_are(repository: Path) -> None:
    command = [sys.executable, repository / "packaging" / "bootstrap.py", "instal"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert all(f"bootstrap.py {verb}" in answer.stdout for verb in ("setup", "run", "test"))
