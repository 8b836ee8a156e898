"""Stored numbers become mm/h one by one or by table, and both ways are the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.nowcast.rain_codes import Packing, physical, rain_rate

KINDS = ["|u1", "|i1", "<u2", "<i2", ">u2", ">i2"]
PACKING = Packing("mm", minutes=5, slope=0.25, offset=-1, dry=(0, 9), unknown=(100, 9), low=-3, high=110)


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(KINDS), numbers=st.lists(st.integers(-128, 255), min_size=1, max_size=30))
def test_the_table_gives_what_each_number_gives(kind: str, numbers: list[int]) -> None:
    range_of = np.iinfo(kind)
    stored = np.clip(numbers, range_of.min, range_of.max).astype(kind)
    np.testing.assert_array_equal(rain_rate(stored, PACKING), rain_rate(stored.astype(np.int64), PACKING))


def test_dry_unknown_range_and_sign() -> None:
    stored = np.array([0, 9, 100, 4, 3, 8, 111, -4])
    # 4 -> 0 mm, 3 -> -0.25 mm, 8 -> 1 mm in 5 minutes; 9 means dry and unknown, and unknown wins
    expected = [0, np.nan, np.nan, 0, np.nan, 12, np.nan, np.nan]
    np.testing.assert_array_equal(rain_rate(stored, PACKING), expected)


def test_what_overflows_is_not_observed_and_does_not_warn() -> None:
    stored = np.array([1e300, 9999.0, np.inf, np.nan, 30.0])
    found = rain_rate(stored, Packing("dBZ"))
    assert np.isnan(found[:4]).all()
    assert found[4] == pytest.approx((1000 / 200) ** (1 / 1.6))


def test_an_accumulation_needs_its_length() -> None:
    with pytest.raises(ValueError, match="unknown length"):
        rain_rate(np.ones(3), Packing("mm"))


def test_physical_values_stay_in_their_unit() -> None:
    np.testing.assert_array_equal(physical(np.array([8.0, 100.0]), PACKING), [1, np.nan])
