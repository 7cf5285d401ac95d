from __future__ import annotations

import subprocess
import sys

import pytest

from app.__main__ import main


def test_a_file_that_is_not_there_is_answered_at_once_with_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-plan.json"])
    assert stopped.value.code == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_window_is_built_before_torch_is_imported() -> None:
    """Torch takes longer to import than all else; the worker does it once the window is on screen."""
    late = {"torch", "sklearn", "dask", "trimesh"}
    asks = f"import sys, app.window, app.files; print(sorted({late} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads are not told of there")
def test_the_heap_is_shared_before_there_is_a_second_thread() -> None:
    asks = (
        "import os, sys, app.memory\n"
        "from app.__main__ import main\n"
        "app.memory.share_one_heap = lambda: sys.exit(str(len(os.listdir('/proc/self/task'))))\n"
        "main([])"
    )
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "1"


def test_sources_of_modules_are_not_read_once_imports_are_quickened() -> None:
    asks = (
        "import gc, linecache\n"
        "from app.starting import quicken_imports\n"
        "import colorsys\n"
        "assert colorsys.__file__ in linecache.cache, 'the binding reads none any more'\n"
        "quicken_imports()\n"
        "import sched\n"
        "assert sched.__file__ not in linecache.cache and not gc.isenabled()"
    )
    subprocess.run([sys.executable, "-c", asks], check=True)
