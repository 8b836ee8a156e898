"""Persistence and extrapolation: rain that drifts is found where it must be."""

from __future__ import annotations

import numpy as np
import pytest
from radar_frames import drifting

from sciml.nowcast.classical import Request, drifted, extrapolation, last_seen, persistence, wet_share

REQUEST = Request(leads=3, members=8, seed=0, step_minutes=5, cell_km=1.0)


def test_persistence_repeats_the_last_frame() -> None:
    frames = drifting()
    answer = persistence(frames, REQUEST)
    assert answer.members.shape == (1, 3, 96, 96)
    for lead in range(3):
        np.testing.assert_array_equal(answer.members[0, lead], frames[-1])


def test_extrapolation_carries_drifting_rain_to_its_place() -> None:
    frames = drifting(7)  # four that are seen and three that come
    answer = extrapolation(frames[:4], REQUEST)
    for lead in range(3):
        found, true = answer.members[0, lead], frames[4 + lead]
        known = np.isfinite(found)
        stay = np.abs(frames[3] - true)[known].mean()
        assert np.abs(found - true)[known].mean() < 0.2 * stay
        # 2 rows and 3 columns a step come from outside: the first rows and columns are not known
        assert np.isnan(found[: 2 * (lead + 1) - 1]).all()
        assert np.isfinite(found[2 * (lead + 1) + 2 :, 3 * (lead + 1) + 2 :]).all()


def test_a_missing_last_frame_is_drifted_over() -> None:
    frames = drifting(7)
    seen = frames[:5].copy()
    seen[4] = np.nan
    answer = extrapolation(seen[1:], Request(2, 1, 0, 5, 1.0))
    known = np.isfinite(answer.members[0, 0])
    # the frame before is one step old: the first lead lies two steps after it
    assert np.abs(answer.members[0, 0] - frames[5])[known].mean() < 0.2 * np.abs(frames[3] - frames[5])[known].mean()


def test_what_was_not_observed_drifts_as_unknown() -> None:
    field = np.ones((64, 64), np.float32)
    field[30:34, 10:14] = np.nan
    flow = np.stack([np.zeros((64, 64), np.float32), np.full((64, 64), 5, np.float32)])
    moved = drifted(field, flow, 2)
    assert np.isnan(moved[1, 30:34, 20:24]).all()  # 2 leads of 5 columns
    assert np.isfinite(moved[1, 30:34, 10:14]).all()
    assert np.isnan(moved[1, :, :10]).all()


@pytest.mark.parametrize("method", [persistence, extrapolation])
def test_dry_stays_dry_and_is_flagged(method) -> None:
    frames = np.zeros((4, 64, 70), np.float32)
    frames[:, :5] = np.nan
    answer = method(frames, REQUEST)
    assert answer.status == "dry"
    assert (answer.members[:, :, 5:] == 0).all()
    assert np.isnan(answer.members[:, :, :5]).all()


def test_the_last_frame_with_anything_in_it_counts() -> None:
    frames = np.stack([np.full((4, 4), value, np.float32) for value in (1, 2, np.nan, np.nan)])
    latest, age = last_seen(frames)
    assert (latest[0, 0], age) == (2, 2)
    with pytest.raises(ValueError, match="every frame is missing"):
        last_seen(frames[2:])


def test_the_wet_share_is_of_the_observed_cells() -> None:
    frame = np.array([[np.nan, 0.0], [0.1, 5.0]], np.float32)
    assert wet_share(frame) == pytest.approx(2 / 3)
    assert wet_share(np.full((2, 2), np.nan)) == 0
