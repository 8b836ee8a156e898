"""What pysteps says, asked as its authors would, and without its crashes on little rain."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from radar_frames import drifting

from sciml.core.errors import Missing
from sciml.nowcast import pysteps_methods
from sciml.nowcast.classical import Request, extrapolation
from sciml.nowcast.pysteps_methods import lk_extrapolation, pysteps_version, s_prog, steps

REQUEST = Request(leads=3, members=3, seed=4, step_minutes=5, cell_km=1.0)
METHODS = {"lk-extrapolation": lk_extrapolation, "s-prog": s_prog, "steps": steps}

needs_pysteps = pytest.mark.skipif(
    pysteps_version() == "not installed", reason="pysteps is not installed: make .venv/.ready-pysteps"
)


@needs_pysteps
def test_the_means_of_the_cascades_lie_nearer_to_the_truth_than_persistence() -> None:
    frames = drifting(7, size=128)
    for name, method in METHODS.items():
        answer = method(frames[:4], REQUEST)
        assert answer.members.shape == (3 if name == "steps" else 1, 3, 128, 128), name
        assert answer.members.dtype == np.float32
        assert (answer.status, answer.notes) == ("ok", "")
        mean = answer.members[:, 1].mean(axis=0)
        known = np.isfinite(mean)
        assert known.mean() > 0.7
        off = np.abs(mean - frames[5])[known].mean()
        assert off < 0.8 * np.abs(frames[3] - frames[5])[known].mean(), name


@needs_pysteps
def test_no_amount_between_zero_and_the_floor_is_forecast() -> None:
    for method in (s_prog, steps):
        rain = method(drifting(), REQUEST).members
        known = rain[np.isfinite(rain)]
        assert ((known == 0) | (known >= 0.0999)).all()


@needs_pysteps
def test_a_seed_names_its_members_and_the_global_generator_is_left_alone() -> None:
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    first = steps(drifting(), REQUEST).members
    assert np.random.random() == expected  # noqa: NPY002
    np.testing.assert_array_equal(first, steps(drifting(), REQUEST).members)
    other = steps(drifting(), Request(3, 3, 5, 5, 1.0)).members
    assert not np.array_equal(first, other, equal_nan=True)
    assert not np.array_equal(first[0], first[1], equal_nan=True)


@needs_pysteps
def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    steps(drifting(), REQUEST)
    s_prog(drifting(), REQUEST)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@needs_pysteps
@pytest.mark.parametrize("name", METHODS)
def test_cells_that_were_not_observed_stay_unknown(name: str) -> None:
    frames = drifting(shift=(0, 0))
    frames[:, 40:60, 40:60] = np.nan
    answer = METHODS[name](frames, REQUEST)
    assert np.isnan(answer.members[:, 0, 45:55, 45:55]).all()
    assert np.isfinite(answer.members[:, 0, 70:80, 70:80]).all()


def few_wet_cells(frames: np.ndarray) -> np.ndarray:
    frames = np.zeros_like(frames)
    frames[:, 50, 50:54] = 3.0  # 4 of 9216
    return frames


def a_dry_frame(frames: np.ndarray) -> np.ndarray:
    frames = frames.copy()
    frames[2] = 0
    return frames


def a_missing_frame(frames: np.ndarray) -> np.ndarray:
    frames = frames.copy()
    frames[2] = np.nan
    return frames


@needs_pysteps
@pytest.mark.parametrize("spoilt", [few_wet_cells, a_dry_frame, a_missing_frame, np.zeros_like])
@pytest.mark.parametrize("name", METHODS)
def test_where_a_method_cannot_work_drifting_rain_stands_in_and_says_so(name: str, spoilt) -> None:
    frames = spoilt(drifting())
    answer = METHODS[name](frames, REQUEST)
    assert answer.status == "dry"
    assert "stands in" in answer.notes
    assert len(answer.members) == (3 if name == "steps" else 1)
    for member in answer.members:
        np.testing.assert_array_equal(member, extrapolation(frames, REQUEST).members[0])


@needs_pysteps
@pytest.mark.parametrize("name", METHODS)
def test_old_frames_without_rain_are_left_out(name: str) -> None:
    frames = drifting()
    frames[:2] = 0
    answer = METHODS[name](frames, REQUEST)
    assert np.isfinite(answer.members).mean() > 0.7
    assert answer.status == "ok"
    assert "only the last 2 frames" in answer.notes or name == "lk-extrapolation"


@needs_pysteps
@pytest.mark.parametrize("name", METHODS)
def test_a_missing_last_frame_costs_a_step(name: str) -> None:
    frames = drifting(6, size=128)
    frames[4] = np.nan
    answer = METHODS[name](frames[1:5], REQUEST)
    assert answer.members.shape[1] == 3
    mean = answer.members[:, 0].mean(axis=0)
    known = np.isfinite(mean)
    assert np.abs(mean - frames[5])[known].mean() < 0.8 * np.abs(frames[3] - frames[5])[known].mean()


@needs_pysteps
def test_a_constant_field_is_no_crash() -> None:
    answer = steps(np.full((4, 96, 96), 2.0, np.float32), REQUEST)
    known = answer.members[np.isfinite(answer.members)]
    assert known.size
    assert answer.status == "dry" or known.mean() == pytest.approx(2.0, rel=0.2)


def test_without_pysteps_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysteps_methods.util, "find_spec", lambda name: None)
    for method in METHODS.values():
        with pytest.raises(Missing, match=r"make \.venv/\.ready-pysteps"):
            method(drifting(), REQUEST)


def test_looking_at_the_version_imports_nothing() -> None:
    program = (
        "import sys; from sciml.nowcast.baseline import VERSIONS; print([v() for v in VERSIONS.values()]);"
        "sys.exit('pysteps' in sys.modules or 'cv2' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("sciml") == 2
