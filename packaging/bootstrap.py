"""Set up, run and test Calcarine on a machine that has nothing but Python.

python3 packaging/bootstrap.py setup            make .venv/ and install the pinned dependencies
python3 packaging/bootstrap.py run [ARGS]       open the demo case; without a display, plan it headless
python3 packaging/bootstrap.py test [ARGS]      every check in one go; ARGS go to pytest

Each verb sets up what is missing first; when nothing is, that takes no time. Standard library only, and readable by
older Pythons, so that they can be told what is wrong.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import queue
import shlex
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "calcarine-setup.txt"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
OLDEST_PYTHON = (3, 11)

# What Qt's xcb plugin and VTK load at run time and a bare Debian or Ubuntu lacks.
WINDOW_PACKAGES = (
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libglib2.0-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxkbcommon-x11-0",
)
TEST_PACKAGES = ("xauth", "xvfb")
ORDER = ("--no-loadscope-reorder",)  # files as tests/conftest.py orders them, and not by how many tests they have

HEADLESS_PLAN = ("-m", "planner", "plan", "demo", "--threads", "32", "--seed", "0", "--out", "./calcarine-demo/")


class SetupError(Exception):
    """A step that failed: one sentence, then the end of what the tool said."""


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def venv_program(venv: Path, name: str, platform: str = sys.platform) -> Path:
    """The path of a program of a virtual environment."""
    return venv / "Scripts" / f"{name}.exe" if platform == "win32" else venv / "bin" / name


def fingerprint(files: Iterable[Path], python: str, root: Path) -> str:
    """Hash all that an installation depends on; the place too, since scripts in ``.venv`` hold absolute paths."""
    digest = hashlib.sha256(f"{python} {root}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def wanted_packages(verb: str, python: str, has_ensurepip: bool) -> list[str]:
    """The Debian packages that a verb needs."""
    venv = [] if has_ensurepip else [f"python{python}-venv"]
    return [*venv, *WINDOW_PACKAGES, *(TEST_PACKAGES if verb == "test" else ())]


def missing_packages(wanted: Iterable[str], listing: str) -> list[str]:
    """Those of the wanted Debian packages that are neither installed nor provided by an installed one.

    Parameters
    ----------
    wanted : iterable of str
        Package names.
    listing : str
        What dpkg-query prints: ``name<TAB>status<TAB>provides`` a line. Releases with 64-bit time call libglib2.0-0
        by another name, which provides the old one.
    """
    present = set()
    for line in listing.splitlines():
        name, status, provides = line.split("\t")
        if status.endswith(" installed"):
            present.add(name)
            present.update(entry.split()[0] for entry in provides.split(",") if entry.strip())
    return [name for name in wanted if name not in present]


def has_display(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a window can be opened."""
    return platform in ("darwin", "win32") or any(environment.get(key) for key in ("DISPLAY", "WAYLAND_DISPLAY"))


def run_command(display: bool, arguments: Sequence[str]) -> list[str]:
    """What ``run`` starts, after the interpreter's name."""
    return ["-m", "app", *arguments] if display else [*HEADLESS_PLAN, *arguments]


def follow(title: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command, showing for how long and what it said last; raise SetupError with the end of it if it fails."""
    started = shown = time.monotonic()
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    lines: queue.Queue[str | None] = queue.Queue()
    tail: deque[str] = deque(maxlen=15)
    say(f"{title} ...")
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        encoding="utf-8",
        errors="replace",
    ) as process:
        output = process.stdout
        assert output is not None

        def read() -> None:
            for line in output:
                lines.put(line.rstrip())
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        line: str | None = ""
        while line is not None:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                line = ""
            if line:
                tail.append(line)
            now = time.monotonic()
            if now - shown > (0.2 if terminal else 10.0):
                shown = now
                status = f"  {now - started:4.0f} s  {tail[-1].strip() if tail else ''}"[:width]
                print(f"\r\033[K{status}" if terminal else status, end="" if terminal else "\n", flush=True)
    if terminal:
        print("\r\033[K", end="")
    if process.returncode:
        raise SetupError("\n".join([f"{title} failed; run this again to resume.", *tail]))
    say(f"  done in {time.monotonic() - started:.0f} s")


def ensure_packages(verb: str) -> str:
    """Install the Debian packages that are missing if this is root; otherwise return the line that does, or nothing."""
    if sys.platform != "linux" or not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return ""
    query = ["dpkg-query", "-W", "-f=${Package}\t${Status}\t${Provides}\n"]
    listing = subprocess.run(query, capture_output=True, encoding="utf-8", check=True).stdout
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    missing = missing_packages(wanted_packages(verb, sysconfig.get_python_version(), has_ensurepip), listing)
    if not missing:
        return ""
    install = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        return f"sudo apt-get install {shlex.join(missing)}"
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    title = f"Installing Debian packages: {' '.join(missing)}"
    try:
        follow(title, install, quiet)
    except SetupError:  # a new machine has no package lists, an old one stale ones
        follow("Updating Debian's package lists", ["apt-get", "update"], quiet)
        follow(title, install, quiet)
    return ""


def venv_is_usable() -> bool:
    """Whether ``.venv`` has a working pip and this interpreter's version."""
    program = venv_program(VENV, "python")
    if not program.exists():
        return False
    question = "import pip, sysconfig; print(sysconfig.get_python_version())"
    answer = subprocess.run([program, "-c", question], capture_output=True, encoding="utf-8", check=False)
    return answer.stdout.strip() == sysconfig.get_python_version()


def setup(verb: str) -> Path:
    """Bring the machine to where a verb can run.

    Returns
    -------
    Path
        The interpreter of ``.venv``.
    """
    remedy = ensure_packages(verb)
    python = venv_program(VENV, "python")
    current = fingerprint([CONSTRAINTS, ROOT / "pyproject.toml"], sysconfig.get_python_version(), ROOT)
    if not (STAMP.exists() and python.exists() and STAMP.read_text(encoding="utf-8") == current):
        if not venv_is_usable():
            if importlib.util.find_spec("ensurepip") is None:
                raise SetupError(
                    f"This Python cannot make virtual environments; to mend it:  {remedy or 'install its venv module'}"
                )
            follow("Making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        pip = [str(python), "-m", "pip", "install", "--progress-bar", "off", "-c", str(CONSTRAINTS)]
        # A user's own pip settings could otherwise ask questions or leave the virtual environment.
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
        title = "Installing the pinned dependencies (minutes, the first time)"
        follow(title, [*pip, "-e", f"{ROOT}[retinotopy,test]"], quiet)
        STAMP.write_text(current, encoding="utf-8")
    if remedy:
        say(f"System libraries are missing; to install them:  {remedy}")
    return python


def run(python: Path, arguments: Sequence[str]) -> int:
    """Open the window on the demo case, or make the same plan without one."""
    display = has_display(sys.platform, os.environ)
    if not display:
        say("No display here, so the demo is planned headless into ./calcarine-demo/")
    return subprocess.call([str(python), *run_command(display, arguments)])


def test(python: Path, arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed; pytest comes last, and so does its summary line."""
    workers = min(4, os.cpu_count() or 1)
    checks: list[tuple[str, list[str | Path]]] = [
        ("format", [python, "-m", "ruff", "format", "--check"]),
        ("lint", [python, "-m", "ruff", "check"]),
        ("layers", [venv_program(VENV, "lint-imports"), "--no-cache", "--no-logo"]),
        ("types", [python, "-m", "mypy"]),
    ]

    def check(command: list[str | Path]) -> tuple[subprocess.CompletedProcess[str], float]:
        started = time.monotonic()
        answer = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
        )
        return answer, time.monotonic() - started

    failed = []
    with ThreadPoolExecutor(workers) as pool:
        for (name, _), (answer, took) in zip(checks, pool.map(check, [c for _, c in checks]), strict=True):
            if answer.returncode:
                failed.append(name)
                say(answer.stdout)
            say(f"{name}: {'FAILED' if answer.returncode else 'passed'} in {took:.1f} s")
    say(f"Before pytest, failed: {', '.join(failed)}" if failed else "pytest:")
    # Workers share the cores: one thread of linear algebra in each, and every test file as a whole on one of them. What
    # the many processes that tests start would each compile anew is kept, whatever the environment says.
    environment = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    tests = [str(python), "-m", "pytest", "-n", str(workers), "--dist", "loadfile", *ORDER, *arguments]
    return subprocess.call(tests, cwd=ROOT, env=environment) or (1 if failed else 0)


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says, with the others."""
    if sys.version_info < OLDEST_PYTHON:
        oldest, running = "{}.{}".format(*OLDEST_PYTHON), sysconfig.get_python_version()
        say(f"Calcarine needs Python {oldest} or newer and this is {running}: start this file with a newer one.")
        return 2
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb not in ("setup", "run", "test") or (verb == "setup" and rest):
        say(__doc__ or "")
        return 0 if verb in ("-h", "--help") else 2
    try:
        python = setup(verb)
        if verb == "setup":
            say("Calcarine is set up.")
            return 0
        return run(python, rest) if verb == "run" else test(python, rest)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
