"""What several tests of the variant caller start from."""

from __future__ import annotations

import pytest
from tiny_files import random_letters


@pytest.fixture
def contig() -> str:
    """1,200 random bases: no repeats to speak of."""
    return random_letters(1_200, seed=3)
