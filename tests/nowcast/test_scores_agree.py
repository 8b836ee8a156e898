"""Our sums against two libraries of the field: `scores`, and pysteps where it is installed."""

from __future__ import annotations

import warnings
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from rain_fields import forecast_of, showers, truth_of

from sciml.nowcast import contingency, ensembles, spectra
from sciml.nowcast.settings import NowcastEvaluateSettings
from sciml.nowcast.skill import COST_LOSS, brier_score, metrics, relative_value, reliability
from sciml.nowcast.verification import verify

scores = pytest.importorskip("scores", reason="scores is an extra of the developers")
from scores.categorical import BinaryContingencyManager  # noqa: E402
from scores.continuous import mae, rmse  # noqa: E402
from scores.probability import (  # noqa: E402
    brier_score_for_ensemble,
    crps_for_ensemble,
    rank_histogram,
    relative_economic_value,
)
from scores.spatial import fss_2d  # noqa: E402

METRICS = metrics()
TRUTH, RAIN = showers(1, 2, 80, 80), showers(2, 8, 2, 80, 80)
OBSERVED, FORECAST = truth_of(TRUTH), forecast_of(RAIN)["rain_rate"]


def sums(seed_mask: bool = False) -> xr.Dataset:
    truth = OBSERVED.where(_observed()) if seed_mask else OBSERVED
    settings = NowcastEvaluateSettings()
    return verify(settings, truth, {"ours": FORECAST.to_dataset(name="rain_rate")}, 1.0, "case")["ours"]


def value(found: xr.Dataset, name: str) -> float:
    arrays = {str(key): found.sel(stratum=["all"])[key].to_numpy()[None] for key in found.data_vars}
    return float(METRICS[name].of(arrays)[0, 0])


def _observed() -> np.ndarray:
    return np.hypot(*np.indices((80, 80)) - 35) < 38


@pytest.mark.parametrize("masked", [False, True])
def test_crps_mae_and_rmse_are_those_of_scores(masked: bool) -> None:
    found, truth = sums(masked), OBSERVED.where(_observed()) if masked else OBSERVED
    mean = FORECAST.mean("member")
    assert value(found, "fair_crps") == pytest.approx(
        float(crps_for_ensemble(FORECAST, truth, "member", method="fair"))
    )
    assert value(found, "mae") == pytest.approx(float(mae(mean, truth)), rel=1e-5)
    assert value(found, "rmse") == pytest.approx(float(rmse(mean, truth)), rel=1e-5)


@pytest.mark.parametrize("side", [4, 16])
def test_pooled_crps_is_that_of_coarsened_fields(side: int) -> None:
    coarse, seen = (field.coarsen(y=side, x=side).mean() for field in (FORECAST, OBSERVED))
    expected = float(crps_for_ensemble(coarse, seen, "member", method="fair"))
    assert value(sums(), f"fair_crps_{side}km") == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0])
@pytest.mark.parametrize("masked", [False, True])
def test_csi_is_that_of_scores(rate: float, masked: bool) -> None:
    truth = OBSERVED.where(_observed()) if masked else OBSERVED
    events = (truth >= rate - 1e-3).where(truth.notnull())

    def csi(forecast: xr.DataArray) -> float:
        return float(
            BinaryContingencyManager((forecast >= rate - 1e-3).astype(float), events)
            .transform()
            .critical_success_index()
        )

    found = sums(masked)
    assert value(found, f"csi_{rate:g}") == pytest.approx(csi(FORECAST.mean("member")))
    assert value(found, f"csi_member_{rate:g}") == pytest.approx(csi(FORECAST))


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0])
def test_fss_of_one_member_is_that_of_scores(rate: float) -> None:
    # an odd box inside the grid: scores counts the boxes that lie wholly inside, and so do the middles here
    forecast, truth = (np.asarray(field >= rate - 1e-3, float) for field in (RAIN[0, 0], TRUTH[0]))
    inside = (slice(5, -5), slice(5, -5))
    error, squares = contingency.fractions_error(
        *(contingency.box_share(each, 11)[inside] for each in (forecast, truth))
    )
    dims = {"dims": ("y", "x")}
    expected = fss_2d(
        xr.DataArray(forecast, **dims),
        xr.DataArray(truth, **dims),
        event_threshold=0.5,
        window_size=(11, 11),
        spatial_dims=("y", "x"),
    )
    assert 1 - error / squares == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0])
def test_the_brier_score_is_that_of_scores(rate: float) -> None:
    expected = brier_score_for_ensemble(
        FORECAST, OBSERVED, ensemble_member_dim="member", event_thresholds=rate - 1e-3, fair_correction=False
    )
    found = sums().sel(stratum="all", threshold=rate)
    ours = brier_score(found["votes"].to_numpy(), found["votes_observed"].to_numpy())
    assert float(ours) == pytest.approx(float(expected.squeeze()))


def test_ranks_are_those_of_scores_where_nothing_is_equal() -> None:
    rng = np.random.default_rng(5)
    members, observed = rng.gamma(2, 2, (5, 400)) + 0.2, rng.gamma(2, 2, 400) + 0.2
    expected = rank_histogram(
        xr.DataArray(members, dims=("member", "cell")), xr.DataArray(observed, dims="cell"), "member"
    )
    np.testing.assert_allclose(ensembles.ranks(members, observed) / 400, expected.to_numpy())


@pytest.mark.parametrize("rate", [1.0, 5.0])
def test_economic_value_is_that_of_scores(rate: float) -> None:
    least = rate - 1e-3
    probability, events = (FORECAST >= least).mean("member"), (OBSERVED >= least).astype(float)  # noqa: SIM300
    found = sums().sel(stratum="all", threshold=rate)
    ours = relative_value(found["votes"].to_numpy(), found["votes_observed"].to_numpy())
    for ratio, mine in zip(COST_LOSS, ours, strict=True):
        theirs = relative_economic_value(probability, events, cost_loss_ratios=[ratio], probability_thresholds=[ratio])
        assert mine == pytest.approx(float(theirs.squeeze()), abs=1e-9)


@pytest.fixture(scope="module")
def pysteps() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pysteps.verification", reason="pysteps is an optional peer")


def test_fair_crps_is_pysteps_plain_one_less_the_sampling_of_the_members(pysteps: ModuleType) -> None:
    # rates without ties: where the observation equals a member, pysteps 1.21 leaves out the members above it
    rng = np.random.default_rng(6)
    members, observed = rng.gamma(0.5, 2, (8, 500)), rng.gamma(0.5, 2, 500)
    plain = pysteps.probscores.CRPS(members, observed)
    # plain takes half the mean distance of all M² pairs, fair that of the M (M - 1) unlike ones
    distance = np.abs(members[:, None] - members[None]).mean()
    fair = ensembles.fair_crps(members, observed) / 500
    assert fair == pytest.approx(plain - distance / 2 * (8 / 7 - 1))


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0])
def test_csi_is_that_of_pysteps(pysteps: ModuleType, rate: float) -> None:
    mean = RAIN.mean(axis=0)
    expected = pysteps.detcatscores.det_cat_fct(mean, TRUTH, rate - 1e-3, scores="CSI")["CSI"]
    assert value(sums(), f"csi_{rate:g}") == pytest.approx(expected)


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 10.0])
@pytest.mark.parametrize("box_km", [1.0, 5.0, 10.0])
def test_fss_of_one_member_is_that_of_pysteps(pysteps: ModuleType, rate: float, box_km: float) -> None:
    settings = NowcastEvaluateSettings(fss_km=box_km)
    found = verify(settings, OBSERVED, {"ours": forecast_of(RAIN[:1])}, 1.0, "case")["ours"]
    object_ = pysteps.spatialscores.fss_init(rate - 1e-3, int(box_km))
    for lead in range(2):
        pysteps.spatialscores.fss_accum(object_, RAIN[0, lead], TRUTH[lead])
    assert value(found, f"fss_{rate:g}") == pytest.approx(pysteps.spatialscores.fss_compute(object_), abs=1e-5)


def test_ranks_are_those_of_pysteps_which_breaks_ties_at_random(pysteps: ModuleType) -> None:
    histogram = pysteps.ensscores.rankhist_init(8, X_min=0.1 - 1e-3)
    np.random.seed(1)  # noqa: NPY002 - what pysteps draws from
    pysteps.ensscores.rankhist_accum(histogram, RAIN.astype(float), TRUTH.astype(float))
    theirs = np.array(histogram["n"], float)
    ours = sums().sel(stratum="all")["ranks"].to_numpy()
    assert ours.sum() == theirs.sum()
    # each tie is one throw: the counts differ by a few square roots
    np.testing.assert_allclose(ours, theirs, atol=4 * np.sqrt(theirs.max()))


def test_reliability_is_that_of_pysteps(pysteps: ModuleType) -> None:
    # seven members: no probability but 0 and 1 lies on an edge of its ten bins
    probability = (RAIN[:7, 0] >= 0.999).mean(axis=0)
    diagram = pysteps.probscores.reldiag_init(0.999, n_bins=10, min_count=1)
    pysteps.probscores.reldiag_accum(diagram, probability, TRUTH[0])
    with np.errstate(invalid="ignore"):
        mean, frequency = pysteps.probscores.reldiag_compute(diagram)
    kept = diagram["num_idx"] > 0
    cast, observed = ensembles.votes((RAIN[:7, 0] >= 0.999).sum(axis=0).ravel(), (TRUTH[0] >= 0.999).ravel(), 7)
    used = cast > 0
    assert used.sum() >= 6
    np.testing.assert_allclose(np.asarray(mean)[kept], (np.arange(8) / 7)[used])
    np.testing.assert_allclose(np.asarray(frequency)[kept], reliability(cast, observed)[used])


@pytest.mark.parametrize("size", [64, 81])
def test_the_spectrum_is_that_of_pysteps(pysteps: ModuleType, size: int) -> None:
    from pysteps.utils.spectral import rapsd

    field = spectra.decibels(showers(7, size, size), np.ones((size, size), bool))
    power, frequency = rapsd(field, fft_method=np.fft, return_freq=True, d=1.0)
    bands = np.searchsorted(spectra.BANDS_KM, (1 / frequency[1:]) * (1 + 1e-9), side="right") - 1
    expected = np.bincount(bands, weights=power[1:], minlength=len(spectra.BANDS_KM))
    np.testing.assert_allclose(spectra.band_power(field, 1.0), expected, rtol=1e-4)
