"""What the viewer gets is what the files hold: on the page's grid, north up, one byte a cell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from example_nowcast import LEADS, MEMBERS, example_forecast
from hypothesis import given
from hypothesis import strategies as st
from series import MOTION, series

from sciml.nowcast.forecast_view import ForecastView, arrows, block_mean, forecast_view, nearest_leads
from sciml.nowcast.radar_picture import image, multiples, thumbnail
from sciml.nowcast.radar_viewer import radar_viewer
from sciml.nowcast.rain_scale import DIFFERENCE, NO_DATA, PROBABILITY, RAIN, classes

SIZE = 64


@pytest.fixture(scope="module")
def frames() -> xr.Dataset:
    return series(frames=4 + LEADS, size=SIZE).load()


@pytest.fixture(scope="module")
def context(frames: xr.Dataset) -> xr.Dataset:
    return frames.isel(time=slice(0, 4))


@pytest.fixture(scope="module")
def truth(frames: xr.Dataset) -> xr.DataArray:
    return frames["rain_rate"].isel(time=slice(4, None)).rename(time="lead_time")


@pytest.fixture(scope="module")
def forecast(context: xr.Dataset) -> xr.Dataset:
    return example_forecast("trained", context)


@pytest.fixture(scope="module")
def view(context: xr.Dataset, forecast: xr.Dataset, truth: xr.DataArray) -> ForecastView:
    baseline = ("persistence", example_forecast("persistence", context))
    return forecast_view(context, forecast, truth, baseline, tab="Random", title="a storm")


def test_times_run_from_the_first_context_frame_through_the_issue_time(view: ForecastView) -> None:
    assert view.minutes[:5] == (-15, -10, -5, 0, 5)
    assert view.leads == tuple(range(5, 5 * LEADS + 1, 5))
    assert view.times[3] == "2020-06-01 12:15 UTC"
    assert view.times[-1] == "2020-06-01 13:45 UTC"


def test_mean_and_chances_are_those_of_all_members(view: ForecastView, forecast: xr.Dataset) -> None:
    rain = forecast["rain_rate"].values
    np.testing.assert_allclose(view.mean, rain.mean(axis=0), rtol=1e-5)
    known = np.isfinite(rain[0])
    np.testing.assert_allclose(view.probabilities[1.0][known], 100 * (rain >= 1).mean(axis=0)[known])
    assert np.isnan(view.probabilities[5.0][~known]).all()
    assert view.ensemble == MEMBERS == 4
    np.testing.assert_array_equal(view.members, rain[:3])


def test_a_member_that_knows_more_than_another_counts_where_it_knows(context: xr.Dataset) -> None:
    """Rain 2 and unknown: the mean of those that know is 2, and all of them reach 1 mm/h."""
    forecast = example_forecast("trained", context, leads=2, members=2)
    forecast["rain_rate"][:] = 2.0
    forecast["rain_rate"][1, :, 0, 0] = np.nan
    seen = forecast_view(context, forecast)
    assert seen.mean[0, 0, 0] == 2.0
    assert seen.probabilities[1.0][0, 0, 0] == 100.0


def test_rows_from_the_south_are_turned_round(context: xr.Dataset, forecast: xr.Dataset, view: ForecastView) -> None:
    def south_first(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.isel(y=slice(None, None, -1))

    turned = forecast_view(south_first(context), south_first(forecast))
    np.testing.assert_array_equal(turned.context, view.context)
    np.testing.assert_array_equal(turned.mean, view.mean)
    assert turned.earth == view.earth
    assert turned.arrows == view.arrows


def test_a_large_grid_is_shown_as_means_of_blocks(context: xr.Dataset, forecast: xr.Dataset) -> None:
    seen = forecast_view(context, forecast, max_cells=SIZE // 2)
    assert seen.reduced == 2
    assert seen.cell_km == (2.0, 2.0)
    middle = context["rain_rate"].values[3, 32:34, 32:34]
    assert seen.context[3, 16, 16] == pytest.approx(middle.mean())
    viewer = radar_viewer([seen], "", "")
    assert "means of 2 x 2 cells" in viewer.left_out


@given(st.integers(1, 13), st.integers(1, 13), st.integers(1, 5))
def test_a_block_is_the_mean_of_what_is_known_of_it(height: int, width: int, factor: int) -> None:
    field = np.arange(height * width, dtype=np.float32).reshape(height, width)
    field[::3, ::2] = np.nan
    found = block_mean(field, factor)
    assert found.shape == (-(-height // factor), -(-width // factor))
    for row, column in np.ndindex(found.shape):
        block = field[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        known = np.isfinite(block)
        if 2 * known.sum() >= block.size and known.any():
            assert found[row, column] == pytest.approx(block[known].mean(), rel=1e-5)
        else:
            assert np.isnan(found[row, column])


def test_arrows_show_where_the_rain_goes_in_half_an_hour(context: xr.Dataset) -> None:
    """2 rows and 3 columns a step of 5 minutes: 12 and 18 cells of 64 in 30 minutes."""
    found = np.array(arrows(context["rain_rate"].values, 5))
    assert len(found) > 20
    assert np.median(found[:, 2]) == pytest.approx(6 * MOTION[1] / SIZE, abs=0.03)
    assert np.median(found[:, 3]) == pytest.approx(6 * MOTION[0] / SIZE, abs=0.03)


def test_a_dry_context_has_no_arrows(context: xr.Dataset) -> None:
    assert arrows(np.zeros((4, 32, 32), np.float32), 5) == ()
    assert arrows(np.full((4, 32, 32), np.nan, np.float32), 5) == ()


def test_leads_for_paper_are_the_nearest_that_there_are() -> None:
    assert nearest_leads(range(5, 95, 5)) == [10, 30, 60, 90]
    assert nearest_leads(range(6, 100, 6)) == [12, 30, 60, 90]
    assert nearest_leads([15, 30, 45]) == [15, 30]
    assert nearest_leads([2, 4, 6]) == [6]


def test_the_arrays_are_the_steps_of_the_fields(view: ForecastView) -> None:
    viewer = radar_viewer([view], "A caption.", "A sentence.")
    (case,) = viewer.header["cases"]
    assert (case["height"], case["width"], case["issue"], case["ensemble"]) == (SIZE, SIZE, 3, 4)
    fields = {field["key"]: field for field in case["fields"]}
    assert list(fields) == [
        "observed", "mean", "member-1", "member-2", "member-3", "at-least-1", "at-least-5", "baseline", "difference",
    ]  # fmt: skip
    assert fields["mean"]["about"] == "smooth by construction"
    assert view.truth is not None
    assert view.baseline is not None
    seen = np.concatenate([view.context, view.truth])
    expected = {
        "observed": classes(seen),
        "mean": classes(view.mean),
        "member-2": RAIN.classes(view.members[1]),
        "at-least-5": PROBABILITY.classes(view.probabilities[5.0]),
        "baseline": classes(view.baseline[1]),
        "difference": DIFFERENCE.classes(view.mean - view.truth),
    }
    for key, steps in expected.items():
        array = viewer.arrays[fields[key]["array"]]
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, steps)
        assert fields[key]["first"] == (0 if key == "observed" else 4)


def test_what_does_not_fit_the_page_is_left_out_and_named(view: ForecastView) -> None:
    everything = radar_viewer([view, view], "", "")
    scarce = radar_viewer([view, view], "", "", budget=30_000)
    kept = [[field["key"] for field in case["fields"]] for case in scarce.header["cases"]]
    assert kept[0] == kept[1]
    assert kept[0][0] == "observed"
    assert len(scarce.arrays) < len(everything.arrays)
    assert "Left out to keep the page below 5 MB: " in scarce.left_out
    assert "Left out" not in everything.left_out
    assert "3 of 4 members are shown" in everything.left_out


def test_a_single_forecast_has_neither_mean_nor_chances(context: xr.Dataset, truth: xr.DataArray) -> None:
    seen = forecast_view(context, example_forecast("persistence", context), truth)
    viewer = radar_viewer([seen], "", "")
    labels = [field["label"] for field in viewer.header["cases"][0]["fields"]]
    assert labels == ["Observed", "Forecast", "Forecast − observed"]


def test_without_a_truth_there_is_no_difference(context: xr.Dataset, forecast: xr.Dataset) -> None:
    viewer = radar_viewer([forecast_view(context, forecast)], "", "")
    (case,) = viewer.header["cases"]
    assert case["truth"] is False
    assert "difference" not in {field["key"] for field in case["fields"]}
    assert viewer.arrays["0_observed"].shape == (4, SIZE, SIZE)


def test_the_cross_begins_where_it_rained_most(view: ForecastView) -> None:
    assert view.truth is not None
    row, column = radar_viewer([view], "", "").header["cases"][0]["start"]
    assert np.nanmax(view.truth[:, row, column]) == np.nanmax(view.truth)


def test_pictures_for_paper_show_four_leads_of_every_row(view: ForecastView) -> None:
    figure = multiples(view)
    assert [lead for lead in ("+10 min", "+30 min", "+60 min", "+90 min") if lead in figure.svg] == [
        "+10 min", "+30 min", "+60 min", "+90 min",
    ]  # fmt: skip
    # observed, mean, member, chance, baseline by four leads, and two swatches of no data
    assert figure.svg.count("<image ") == 5 * 4 + 2
    assert "smooth by construction" in figure.svg
    assert len(figure.svg) < 200_000
    assert figure.data is not None
    observed = next(row for row in figure.data.rows if row[:2] == ("Observed", 30))
    assert view.truth is not None
    known = view.truth[5][np.isfinite(view.truth[5])]
    assert observed[2] == pytest.approx((known >= 1).mean())


def test_the_small_picture_for_the_front_page_is_light(view: ForecastView) -> None:
    figure = thumbnail([view])
    assert figure is not None
    assert figure.svg.count("<image ") == 2
    assert len(figure.svg) < 25_000
    assert thumbnail([]) is None


def test_what_is_not_known_is_hatched_and_never_the_colour_of_dry() -> None:
    import io

    from PIL import Image

    field = np.full((20, 20), np.nan, np.float32)
    field[:, 10:] = 0
    pixels = np.asarray(Image.open(io.BytesIO(image(field, RAIN))).convert("RGB"))
    assert {tuple(pixel) for pixel in pixels[:, 10:].reshape(-1, 3)} == {(255, 255, 255)}
    unknown = {tuple(pixel) for pixel in pixels[:, :10].reshape(-1, 3)}
    assert len(unknown) == 2
    assert (255, 255, 255) not in unknown
    assert classes(field)[0, 0] == NO_DATA
