from __future__ import annotations

import pytest

from app.__main__ import main


def test_a_file_that_is_not_there_is_answered_at_once_with_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-plan.json"])
    assert stopped.value.code == 2
    assert "does not exist" in capsys.readouterr().err
