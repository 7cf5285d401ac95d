from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from planner.plan.files import load_plan

ROOT = Path(__file__).resolve().parents[2]


def test_the_python_that_the_readme_shows_makes_a_plan_that_is_feasible_and_exported(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    shorter = shown.replace("device_limits(device, 8)", "device_limits(device, 2)").replace("steps=20", "steps=1")
    assert "device_limits(device, 2)" in shorter
    assert "steps=1," in shorter
    script = tmp_path / "shown.py"
    script.write_text(shorter, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].endswith("True")
    plan = load_plan(tmp_path / "plan.json")
    assert plan.verdict is not None
    assert plan.verdict.feasible
    assert [path.suffix for path in (tmp_path / "for-slicer").iterdir()] == [".json"]
