"""The short form of ``python tests/plans``: one of its cheap situations, in which two threads are locked."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from situations import outcome, situation

SEED = 22


@pytest.mark.slow
def test_a_plan_is_what_it_is_returned_as() -> None:
    assert any(thread.locked for thread in situation(SEED).given)
    assert outcome(SEED).fault == ""
