"""One mask for all methods, sums that add up, and scores that mean what they say."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rain_fields import forecast_of, showers, truth_of

from sciml.core.errors import BadInput, DataWarning
from sciml.nowcast.lead_sums import DIMENSIONS, pool
from sciml.nowcast.settings import NowcastEvaluateSettings
from sciml.nowcast.skill import metrics
from sciml.nowcast.verification import common_mask, lead_minutes, verify

SETTINGS, METRICS = NowcastEvaluateSettings(), metrics()


def scores(sums: xr.Dataset, stratum: str = "all") -> dict[str, float]:
    arrays = {str(name): sums.sel(stratum=[stratum])[name].to_numpy()[None] for name in sums.data_vars}
    return {name: float(metric.of(arrays)[0, 0]) for name, metric in METRICS.items()}


def judged(truth: np.ndarray, cell_km: float = 1.0, **methods: np.ndarray) -> dict[str, xr.Dataset]:
    answers = {name: forecast_of(members) for name, members in methods.items()}
    return verify(SETTINGS, truth_of(truth), answers, cell_km, "case")


def test_a_perfect_forecast_has_the_perfect_score() -> None:
    rain = showers(1, 2, 48, 48)
    found = scores(judged(rain, ours=np.stack([rain, rain, rain]))["ours"])
    for name in ("fair_crps", "fair_crps_4km", "fair_crps_16km", "mae", "rmse", "bias"):
        # a third of a number three times is not quite that number in float32
        assert found[name] == pytest.approx(0, abs=1e-6)
    for rate in (0.5, 1, 5, 10):
        assert found[f"csi_{rate:g}"] == found[f"csi_member_{rate:g}"] == found[f"fss_{rate:g}"] == 1
    assert found["spectra_ratio"] == pytest.approx(1)
    assert (found["value_1"], found["value_5"]) == pytest.approx((1, 1))
    assert found["common_share"] == 1


def test_errors_are_those_of_the_ensemble_mean() -> None:
    truth = np.full((1, 32, 32), 2.0)
    members = np.stack([np.full((1, 32, 32), rate) for rate in (1.0, 2.0, 6.0)])
    found = scores(judged(truth, ours=members)["ours"])
    # the mean is 3; fair CRPS (1 + 0 + 4) / 3 - (1 + 5 + 4) / 6; variance 7 over the three, 28 / 3 with M + 1 over M
    assert (found["mae"], found["rmse"], found["bias"]) == (1, 1, 1)
    assert found["fair_crps"] == pytest.approx(5 / 3 - 10 / 6)
    assert found["spread_skill"] == pytest.approx((28 / 3) ** 0.5)


def test_the_crps_of_one_member_is_its_absolute_error() -> None:
    truth, rain = showers(2, 2, 48, 48), showers(3, 1, 2, 48, 48)
    found = scores(judged(truth, ours=rain)["ours"])
    assert found["fair_crps"] == pytest.approx(np.abs(rain[0] - truth).mean(), rel=1e-5)
    assert found["fair_crps"] == pytest.approx(found["mae"])
    assert np.isnan(found["spread_skill"])
    assert np.isnan(found["outliers"])


def test_pooled_scores_compare_the_means_of_squares() -> None:
    truth = np.zeros((1, 32, 32))
    truth[0, 0, 0] = 16
    forecast = np.zeros((1, 1, 32, 32))
    forecast[0, 0, 3, 3] = 16
    found = scores(judged(truth, ours=forecast)["ours"])
    # 4 km: both in the first square, 1 mm/h each; cell by cell 32 mm/h over 1,024 cells
    assert (found["fair_crps_4km"], found["fair_crps_16km"]) == (0, 0)
    assert found["fair_crps"] == 32 / 1_024


@pytest.mark.parametrize(("cell_km", "side"), [(0.5, 8), (1.0, 4), (2.0, 2), (5.0, 1)])
def test_a_scale_in_km_is_as_many_cells_as_it_takes(cell_km: float, side: int) -> None:
    rain = showers(4, 1, 1, 32, 32)
    truth = showers(5, 1, 32, 32)
    sums = judged(truth, cell_km, ours=rain)["ours"].sel(stratum="all", scale=4)
    expected = np.abs(pool(rain[0], side) - pool(truth, side))
    assert float(sums["crps"] / sums["crps_cells"]) == pytest.approx(expected.mean(), rel=1e-5)
    assert float(sums["crps_cells"]) == (32 // side) ** 2


def test_a_square_with_an_unknown_cell_is_not_pooled() -> None:
    truth = showers(6, 1, 32, 32)
    truth[0, 5, 5] = np.nan
    sums = judged(truth, ours=showers(7, 2, 1, 32, 32))["ours"].sel(stratum="all")
    # of 8 x 8 squares of 4 cells one is lost, of 2 x 2 squares of 16 cells one
    assert sums["crps_cells"].to_numpy().tolist() == [32 * 32 - 1, 63, 3]


def test_all_methods_are_measured_on_the_cells_that_all_know() -> None:
    truth, rain = showers(8, 2, 32, 32), showers(9, 2, 2, 32, 32)
    truth[:, :4] = np.nan
    narrow = rain.copy()
    narrow[1, 1, :, :8] = np.nan
    found = judged(truth, wide=rain, narrow=narrow)
    # 28 rows were observed; at the second lead one member of one method lacks 8 of 32 columns
    for sums in found.values():
        assert sums["observed_cells"].to_numpy().tolist() == [2 * 896, 896, 896]
        assert sums["common_cells"].to_numpy().tolist() == [896 + 672, 896, 672]
        assert scores(sums)["common_share"] == pytest.approx((896 + 672) / 1_792)
    assert found["wide"]["known_cells"].to_numpy().tolist() == [1_792, 896, 896]
    assert found["narrow"]["known_cells"].to_numpy().tolist() == [1_568, 896, 672]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(0, 300))
def test_values_under_the_mask_change_nothing(seed: int, value: float) -> None:
    truth, rain, other = (showers(seed + at, *shape, 32, 32) for at, shape in enumerate([(1,), (3, 1), (1, 1)]))
    truth[:, 20:, 5:9] = np.nan
    other[..., :3] = np.nan
    hidden = np.isnan(truth[0]) | np.isnan(other[0, 0])
    disturbed = rain.copy()
    disturbed[..., hidden] = value
    before, after = (judged(truth, ours=each, other=other)["ours"] for each in (rain, disturbed))
    xr.testing.assert_identical(before, after)


def test_a_method_that_knows_nothing_does_not_empty_the_mask() -> None:
    truth, rain = showers(10, 2, 32, 32), showers(11, 2, 2, 32, 32)
    with pytest.warns(DataWarning, match="case: broken knows less than 5% of the observed cells at 5, 10 min"):
        found = judged(truth, ours=rain, broken=np.full((1, 2, 32, 32), np.nan))
    alone = judged(truth, ours=rain)["ours"]
    xr.testing.assert_identical(found["ours"], alone)
    for name in DIMENSIONS:
        assert not found["broken"][name].any()


def test_all_leads_pools_only_where_every_method_is_measured() -> None:
    truth, rain = showers(12, 3, 32, 32), showers(13, 1, 3, 32, 32)
    early = rain.copy()
    early[:, 1:] = np.nan
    with pytest.warns(DataWarning, match="early knows less"):
        found = judged(truth, ours=rain, early=early)
    for sums in found.values():
        xr.testing.assert_identical(sums.sel(stratum="all", drop=True), sums.sel(stratum="5 min", drop=True))
    assert found["ours"]["forecasts"].to_numpy().tolist() == [1, 1, 1, 1]
    assert found["early"]["forecasts"].to_numpy().tolist() == [1, 1, 0, 0]


def test_a_twentieth_of_the_observed_cells_is_enough_to_have_a_say() -> None:
    observed = np.zeros((10, 10))
    known = np.full((2, 10, 10), np.nan)
    known[:, 0, :5] = 0
    mask, without = common_mask(observed, {"scarce": known, "full": np.zeros((1, 10, 10))})
    assert (np.count_nonzero(mask), without) == (5, set())
    known[1, 0, 0] = np.nan
    mask, without = common_mask(observed, {"scarce": known, "full": np.zeros((1, 10, 10))})
    assert (np.count_nonzero(mask), without) == (100, {"scarce"})


def test_methods_that_know_nothing_in_common_are_told_of() -> None:
    truth, rain = showers(32, 1, 32, 32), showers(33, 1, 1, 32, 32)
    left, right = rain.copy(), rain.copy()
    left[..., 16:], right[..., :16] = np.nan, np.nan
    with pytest.warns(DataWarning, match="case: together the methods know less than 5% of the observed cells at 5 min"):
        found = judged(truth, left=left, right=right)
    assert [float(sums["forecasts"].sel(stratum="all")) for sums in found.values()] == [0, 0]
    assert scores(found["left"])["common_share"] == 0


def test_a_missing_radar_frame_is_no_lead_to_score() -> None:
    truth, rain = showers(14, 3, 32, 32), showers(15, 2, 3, 32, 32)
    truth[1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sums = judged(truth, ours=rain)["ours"]
    assert sums["common_cells"].to_numpy().tolist() == [2_048, 1_024, 0, 1_024]
    assert np.isnan(scores(sums, "10 min")["fair_crps"])


def test_dry_and_forecast_dry_is_no_event_and_no_crash() -> None:
    found = scores(judged(np.zeros((1, 32, 32)), ours=np.zeros((3, 1, 32, 32)))["ours"])
    assert (found["fair_crps"], found["mae"]) == (0, 0)
    events = [f"{name}_{rate:g}" for name in ("csi", "csi_member", "fss") for rate in (0.5, 1, 5, 10)]
    for name in (*events, "value_1", "outliers", "spectra_ratio", "spread_skill"):
        assert np.isnan(found[name]), name


def test_rain_that_is_forecast_and_does_not_come_has_no_skill() -> None:
    found = scores(judged(np.zeros((1, 32, 32)), ours=showers(16, 2, 1, 32, 32))["ours"])
    for name in ("csi_1", "csi_member_1", "fss_1"):
        assert found[name] == 0


def test_the_strata_are_all_leads_together_and_each() -> None:
    truth, rain = showers(17, 3, 32, 32), showers(18, 2, 3, 32, 32)
    sums = judged(truth, ours=rain)["ours"]
    assert sums["stratum"].values.tolist() == ["all", "5 min", "10 min", "15 min"]
    for name in set(DIMENSIONS) - {"forecasts"}:
        leads = sums[name].isel(stratum=slice(1, None)).sum("stratum")
        np.testing.assert_allclose(sums[name].sel(stratum="all"), leads, rtol=1e-12)


def test_cases_add_up_to_what_one_large_case_would_have() -> None:
    # side by side, with a gap wider than the box of the FSS; spectra are of a window and do not add up so
    left, right = showers(19, 1, 48, 48), showers(20, 1, 48, 48)
    members = [showers(21, 3, 1, 48, 48), showers(22, 3, 1, 48, 48)]
    for field in (left, right, *members):
        field[..., -16:] = 0
        field[..., -16:, :] = 0
    one, other = (judged(field, ours=each)["ours"] for field, each in ((left, members[0]), (right, members[1])))
    both = judged(np.concatenate([left, right], axis=-1), ours=np.concatenate(members, axis=-1))["ours"]
    for name in set(DIMENSIONS) - {"forecasts", "power", "power_observed", "wavenumbers"}:
        if name.startswith("fractions"):
            # the left edge of the right one has a neighbour here that it lacks alone
            continue
        np.testing.assert_allclose((one + other)[name], both[name], rtol=1e-5, atol=1e-3)


def test_thresholds_and_scales_of_the_settings_come_after_the_standard_ones() -> None:
    wider = NowcastEvaluateSettings(thresholds=(2.0, 1.0), pools_km=(8.0,))
    truth, rain = showers(23, 1, 32, 32), showers(24, 2, 1, 32, 32)
    sums = verify(wider, truth_of(truth), {"ours": forecast_of(rain)}, 1.0, "case")["ours"]
    assert sums["threshold"].values.tolist() == [0.5, 1, 5, 10, 2]
    assert sums["scale"].values.tolist() == [1, 4, 16, 8]
    standard = judged(truth, ours=rain)["ours"]
    assert scores(sums) == pytest.approx(scores(standard), nan_ok=True)
    assert float(sums["votes_observed"].sel(threshold=2).isel(stratum=0).sum()) == np.count_nonzero(truth >= 2)


def test_further_leads_of_a_forecast_are_ignored_and_missing_ones_refused() -> None:
    truth, rain = showers(25, 2, 32, 32), showers(26, 2, 4, 32, 32)
    first = verify(SETTINGS, truth_of(truth), {"ours": forecast_of(rain[:, :2])}, 1.0, "case")["ours"]
    xr.testing.assert_identical(judged(truth, ours=rain)["ours"], first)
    with pytest.raises(BadInput, match="case, ours: no forecast for 10 min"):
        judged(truth, ours=rain[:, :1])
    # of another time step: 10 and 20 min for 5 and 10
    with pytest.raises(BadInput, match="no forecast for 5 min"):
        verify(SETTINGS, truth_of(truth), {"ours": forecast_of(rain, step=10)}, 1.0, "case")


def test_a_forecast_of_another_grid_is_refused() -> None:
    with pytest.raises(BadInput, match="forecast of 32 x 16 cells for a case of 32 x 32"):
        judged(showers(27, 1, 32, 32), ours=showers(28, 1, 1, 32, 16))


def test_lead_times_are_minutes_however_they_are_stored() -> None:
    truth = truth_of(showers(29, 3, 8, 8))
    minutes = truth["lead_time"].values.astype("timedelta64[m]").astype("timedelta64[ns]")
    assert lead_minutes(truth) == lead_minutes(truth.assign_coords(lead_time=minutes)) == [5, 10, 15]


def test_sharpness_is_that_of_one_member_and_not_of_the_mean() -> None:
    truth, rain = showers(30, 1, 64, 64), showers(31, 8, 1, 64, 64)
    sharp = scores(judged(truth, ours=rain)["ours"])["spectra_ratio"]
    blurred = scores(judged(truth, ours=rain.mean(axis=0, keepdims=True))["ours"])["spectra_ratio"]
    assert sharp == pytest.approx(1, abs=0.35)
    assert blurred < 0.6


def test_a_box_forgives_a_shift_that_a_cell_does_not() -> None:
    truth = np.zeros((1, 64, 64))
    truth[0, 20:40, 20:40] = 6
    shifted = np.roll(truth, 4, axis=2)[None]
    found = scores(judged(truth, ours=shifted)["ours"])
    # 16 of 24 columns in common
    assert found["csi_5"] == pytest.approx(16 / 24)
    assert 0.9 < found["fss_5"] < 1


@pytest.mark.slow
def test_a_case_of_320_km_costs_seconds() -> None:
    # 12 leads, six methods of which three have 8 members; 1.4 CPU-s where this was written
    truth, one, eight = (showers(seed, *shape, 320, 320) for seed, shape in enumerate([(12,), (1, 12), (8, 12)]))
    methods = {**{f"single {k}": one for k in range(3)}, **{f"ensemble {k}": eight for k in range(3)}}
    begin = time.process_time()
    judged(truth, **methods)
    assert time.process_time() - begin < 12
