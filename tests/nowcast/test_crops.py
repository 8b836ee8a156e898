from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.nowcast.crops import LARGEST_MULTIPLIER, candidates, draw, solve_multiplier, weights
from sciml.nowcast.rain_store import pack
from sciml.nowcast.settings import PrepareSettings

SMALL = PrepareSettings(crop=64, stride=16, max_missing=0.6)


def rain(frames: int = 8, height: int = 128, width: int = 144, seed: int = 1) -> np.ndarray:
    """Showers of a gamma distribution in coarse blocks, a third of them wet, packed (time, y, x)."""
    rng = np.random.default_rng(seed)
    shape = frames, height // 16, width // 16
    blocks = np.where(rng.random(shape) < 0.3, rng.gamma(0.7, 3.0, shape), 0).astype(np.float32)
    return pack(np.kron(blocks, np.ones((1, 16, 16), np.float32)))


def every(packed: np.ndarray, frames: int) -> np.ndarray:
    return np.ones(len(packed) - frames + 1, bool)


def test_a_crop_has_the_probability_of_dgmr_computed_cell_by_cell() -> None:
    packed, frames = rain(), 5
    packed[2, 40:60, 30:90] = -1
    table = candidates(packed, frames, every(packed, frames), SMALL, expected=6.0)
    saturated = []
    for crop in range(table.sizes["crop"]):
        time, y, x = (int(table[name][crop]) for name in ("time", "y", "x"))
        cells = packed[time : time + frames, y : y + 64, x : x + 64]
        rate = np.where(cells < 0, 0, cells) / 100
        saturated.append(float(np.sum(1 - np.exp(-rate / 1.0)) / cells.size))
        assert table["missing"][crop] == pytest.approx(np.mean(cells < 0))
        assert table["wet"][crop] == pytest.approx(np.sum(cells >= 10) / np.sum(cells >= 0))
    multiplier = (float(table["q"][0]) - 2e-4) / saturated[0]
    np.testing.assert_allclose(table["q"], np.minimum(1, 2e-4 + multiplier * np.array(saturated)), rtol=1e-5)
    assert float(table["q"].sum()) == pytest.approx(6.0)


def test_every_place_on_the_stride_is_a_candidate() -> None:
    packed = rain(frames=7)
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=1.0)
    # 3 first frames; rows 0, 16, .. 64 and columns 0, 16, .. 80
    assert table.sizes["crop"] == 3 * 5 * 6
    assert sorted(set(table["y"].values.tolist())) == [0, 16, 32, 48, 64]
    assert sorted(set(table["x"].values.tolist())) == [0, 16, 32, 48, 64, 80]


@pytest.mark.parametrize("stride", [8, 24, 40])
def test_places_do_not_depend_on_how_stride_and_crop_divide(stride: int) -> None:
    packed = rain(frames=2)
    table = candidates(packed, 2, every(packed, 2), SMALL.model_copy(update={"stride": stride}), expected=1.0)
    assert table.sizes["crop"] == len(range(0, 128 - 64 + 1, stride)) * len(range(0, 144 - 64 + 1, stride))
    last = table.isel(crop=-1)
    cells = packed[:, int(last["y"]) :, int(last["x"]) :][:, :64, :64]
    assert float(last["wet"]) == pytest.approx(np.mean(cells >= 10))


def test_crops_with_too_much_unobserved_are_never_drawn() -> None:
    packed = rain()
    packed[:, :, 70:] = -1
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=10.0)
    # columns 0 to 69 are seen; a crop from column x misses x - 6 of 64 columns: at most 0.6 of them up to x = 44.4
    assert set(table["x"].values.tolist()) == {0, 16, 32}
    assert float(table["missing"].max()) == pytest.approx((32 - 6) / 64)


def test_frames_that_may_not_begin_a_crop_begin_none() -> None:
    packed = rain()
    begins = np.array([True, False, True, False])
    assert set(candidates(packed, 5, begins, SMALL, expected=5.0)["time"].values.tolist()) == {0, 2}


def test_a_dry_hour_keeps_the_least_probability() -> None:
    packed = np.zeros((6, 128, 128), np.int16)
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=24.0)
    assert np.all(table["q"] == SMALL.min_inclusion)
    assert np.all(table["wet"] == 0)


def test_an_hour_of_drizzle_gives_fewer_crops_than_asked() -> None:
    packed = np.zeros((5, 128, 128), np.int16)
    packed[:, :16, :16] = 10  # 0.1 mm/h on 256 of the 4096 cells of a single crop
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=24.0)
    largest = 2e-4 + LARGEST_MULTIPLIER * (1 - np.exp(-0.1)) * 256 / 4096
    assert float(table["q"].max()) == pytest.approx(largest, rel=1e-5)
    assert float(table["q"].sum()) < 0.1


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=40),
    st.floats(0, 0.1),
    st.floats(0.01, 30),
)
def test_the_multiplier_gives_the_expected_number_or_is_at_its_limit(
    saturated: list[float], least: float, expected: float
) -> None:
    rain_share = np.array(saturated)
    multiplier = solve_multiplier(rain_share, least, expected)
    total = float(np.minimum(1, least + multiplier * rain_share).sum())
    if multiplier == 0:
        assert expected <= least * len(rain_share) + 1e-9 or not rain_share.any()
    elif multiplier == LARGEST_MULTIPLIER:
        assert total <= expected + 1e-6
    else:
        assert total == pytest.approx(expected)


def test_drawing_depends_on_the_seed_alone() -> None:
    packed = rain()
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=20.0)
    first, second, other = (draw(table, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.identical(second)
    assert not first.identical(other)


def test_as_many_crops_are_kept_as_expected() -> None:
    packed = rain()
    table = candidates(packed, 5, every(packed, 5), SMALL, expected=12.0)
    rng = np.random.default_rng(5)
    kept = [draw(table, rng).sizes["crop"] for _ in range(400)]
    # a sum of independent throws: its variance is below its mean, so the mean of 400 is within 4 x sqrt(12 / 400)
    assert np.mean(kept) == pytest.approx(12, abs=4 * np.sqrt(12 / 400))


def test_reweighted_crops_estimate_the_mean_of_all_candidates() -> None:
    packed = rain(frames=12)
    table = candidates(packed, 5, every(packed, 5), SMALL.model_copy(update={"min_inclusion": 0.05}), expected=60.0)
    wet, rng = table["wet"].values, np.random.default_rng(7)
    plain, weighted = list[float](), list[float]()
    for _ in range(400):
        kept = draw(table, rng)
        plain.append(float(kept["wet"].mean()))
        weighted.append(float(np.sum(weights(kept["q"].values) * kept["wet"].values)))
    error = np.std(weighted) / np.sqrt(400)
    assert np.mean(weighted) == pytest.approx(wet.mean(), abs=4 * error)
    # without weights the drawn crops are wetter than the candidates, and the test would see it
    assert np.mean(plain) - wet.mean() > 8 * error


@settings(max_examples=50)
@given(st.lists(st.floats(1e-4, 1), min_size=1, max_size=30))
def test_weights_are_inverse_probabilities_that_add_up_to_one(inclusion: list[float]) -> None:
    found = weights(np.array(inclusion))
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(found * np.array(inclusion), (found * np.array(inclusion))[0])
