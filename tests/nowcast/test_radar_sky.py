"""The network's view: what is out of range, in shadow, blurred, noisy or not rain at all."""

from dataclasses import replace

import numpy as np
import pytest
from known_weather import PLAIN

from sciml.nowcast.radar_sky import DETECTABLE, LEAST_QUALITY, SATURATED, Network, draw_network, observed

CLEAR = replace(PLAIN, beam_km=0.001, speckle_db=0.0)


def network(clutter: float = 0.0, seed: int = 0, size: int = 256, cell_km: float = 1.0) -> Network:
    return draw_network(size, cell_km, clutter, CLEAR, np.random.default_rng(seed))


def seen(rain: np.ndarray, view: Network, seed: int = 0) -> np.ndarray:
    return observed(rain.astype(np.float32), view, np.random.default_rng(seed))


def test_a_cell_is_in_range_of_a_radar_or_not_observed() -> None:
    view = network()
    cells = np.arange(256)
    distance = [np.hypot(cells[:, None] - row, cells[None, :] - column) for row, column in view.radars]
    assert np.array_equal(view.in_range, np.min(distance, axis=0) <= view.reach)
    field = seen(np.ones((256, 256)), view)
    assert np.array_equal(np.isfinite(field), view.in_range)


def test_networks_cover_from_a_third_to_nearly_all() -> None:
    shares = [network(seed=seed).in_range.mean() for seed in range(30)]
    assert min(shares) > 0.3
    assert np.mean(shares) == pytest.approx(0.8, abs=0.1)
    assert np.std(shares) > 0.05


def test_a_coarser_grid_has_the_same_range_in_km() -> None:
    assert network(cell_km=2.0).reach == pytest.approx(network().reach / 2)


def test_a_continent_has_hundreds_of_radars() -> None:
    view = network(size=320, cell_km=10.0)
    assert len(view.radars) > 100
    assert view.in_range.mean() > 0.5


def test_shadows_weaken_rain_away_from_the_radar_only() -> None:
    view = next(view for seed in range(20) if ((view := network(seed=seed)).seen_share < 1).any())
    rows, columns = np.nonzero((view.seen_share < 1) & view.in_range)
    distance = np.min([np.hypot(rows - row, columns - column) for row, column in view.radars], axis=0)
    assert distance.min() >= 0.2 * view.reach - 1e-6
    field = seen(np.full((256, 256), 2.0), view)
    assert field[rows, columns] == pytest.approx(2 * view.seen_share[rows, columns], rel=1e-3)
    assert field[view.in_range & (view.seen_share == 1)] == pytest.approx(2.0, rel=1e-3)


def test_quality_falls_with_distance_and_is_unknown_out_of_range() -> None:
    view = network()
    row, column = (round(place) for place in view.radars[0])
    assert view.quality[row, column] > 0.98
    assert np.array_equal(np.isnan(view.quality), ~view.in_range)
    assert np.nanmin(view.quality) == pytest.approx(LEAST_QUALITY)


def test_clutter_stands_where_it_stood_and_covers_the_share() -> None:
    view = network(clutter=0.01)
    assert np.count_nonzero(view.clutter) == round(0.01 * view.in_range.sum())
    dry = np.zeros((256, 256))
    shown = [seen(dry, view, seed) > 0 for seed in range(20)]
    assert not any((echo & (view.clutter == 0)).any() for echo in shown)
    presence = np.mean([echo[view.clutter > 0].mean() for echo in shown])
    assert presence == pytest.approx(0.85, abs=0.03)


def test_clutter_gathers_around_the_radars() -> None:
    view = network(clutter=0.01)
    rows, columns = np.nonzero(view.in_range)
    distance = np.min([np.hypot(rows - row, columns - column) for row, column in view.radars], axis=0)
    assert np.median(distance[view.clutter[rows, columns] > 0]) < 0.7 * np.median(distance)


def test_without_clutter_a_dry_sky_is_dry() -> None:
    view = network()
    assert not np.nan_to_num(seen(np.zeros((256, 256)), view)).any()


def test_weak_rain_is_dry_and_the_heaviest_is_cut() -> None:
    view = replace(network(), seen_share=np.ones((256, 256), np.float32))
    assert np.nanmax(seen(np.full((256, 256), 0.9 * DETECTABLE), view)) == 0
    assert np.nanmax(seen(np.full((256, 256), 1e4), view)) == SATURATED


def test_speckle_scatters_rain_by_its_decibels() -> None:
    view = replace(network(), speckle_db=1.0, seen_share=np.ones((256, 256), np.float32))
    field = seen(np.full((256, 256), 5.0), view)
    assert np.nanstd(10 * np.log10(field)) == pytest.approx(1, rel=0.02)


def test_the_beam_blurs_rain_and_keeps_its_sum() -> None:
    view = replace(network(), beam=1.0, seen_share=np.ones((256, 256), np.float32))
    point = np.zeros((256, 256))
    row, column = (round(place) for place in view.radars[0])
    point[row, column] = 100.0
    field = np.nan_to_num(seen(point, view))
    # a Gaussian of standard deviation 1 cell: 1 / (2 pi) at its middle
    assert field[row, column] == pytest.approx(100 / (2 * np.pi), rel=0.01)
    assert field.sum() == pytest.approx(100, rel=0.01)
