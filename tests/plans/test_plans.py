"""The short form of ``python tests/plans``."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from situations import outcome


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 3])
def test_a_plan_is_what_it_is_returned_as(seed: int) -> None:
    assert outcome(seed).fault == ""
