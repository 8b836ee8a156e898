"""Days of each kind: within their ranges, and as different as the kinds are."""

import numpy as np
import pytest

from sciml.nowcast.weather import EVERY_DAY, RANGES, Kind, Weather, draw_weather


@pytest.mark.parametrize("kind", RANGES)
def test_a_day_lies_within_the_ranges_of_its_kind(kind: Kind) -> None:
    days = [draw_weather(kind, np.random.default_rng(seed)) for seed in range(50)]
    for name, (least, most) in {**EVERY_DAY, **RANGES[kind]}.items():
        drawn = [getattr(day, name) for day in days]
        assert least <= min(drawn) <= max(drawn) <= most


def test_every_kind_says_everything() -> None:
    for kind in RANGES:
        assert set(RANGES[kind]) | set(EVERY_DAY) == set(Weather.__dataclass_fields__)
        assert not set(RANGES[kind]) & set(EVERY_DAY)


def test_stratiform_days_are_wider_and_convective_ones_have_the_cells() -> None:
    def mean(kind: Kind, name: str) -> float:
        return float(np.mean([getattr(draw_weather(kind, np.random.default_rng(s)), name) for s in range(50)]))

    assert mean("stratiform", "wet_share") > 2 * mean("convective", "wet_share")
    assert mean("convective", "cells_per_10000_km2") > 1
    assert mean("stratiform", "cells_per_10000_km2") == 0
    # from 0.35 to 0.65 against at most 0.25
    assert mean("orographic", "hills") > 3 * mean("mixed", "hills")
