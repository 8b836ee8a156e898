"""A trained network at work: members that nothing but the frames, the seed and their number can change."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rain_cascade import cascade_folder, frames

from sciml.core.errors import BadInput
from sciml.nowcast.nowcaster import CascadeNowcaster, load_nowcaster


@pytest.fixture(scope="module")
def nowcaster(tmp_path_factory: pytest.TempPathFactory) -> CascadeNowcaster:
    loaded = load_nowcaster(cascade_folder(tmp_path_factory.mktemp("model") / "model"))
    assert isinstance(loaded, CascadeNowcaster)
    return loaded


def same(one: np.ndarray, two: np.ndarray) -> bool:
    return one.tobytes() == two.tobytes()


def test_members_are_the_same_bits_for_any_number_of_threads(nowcaster: CascadeNowcaster) -> None:
    alone, together = (list(nowcaster.members(frames(), 5, 4, seed=3, threads=n)) for n in (1, 3))
    assert all(same(one, two) for one, two in zip(alone, together, strict=True))


def test_a_member_does_not_depend_on_how_many_there_are(nowcaster: CascadeNowcaster) -> None:
    few, many = (list(nowcaster.members(frames(), 4, n, seed=3)) for n in (2, 5))
    assert all(same(one, two) for one, two in zip(few, many, strict=False))


def test_members_and_seeds_differ(nowcaster: CascadeNowcaster) -> None:
    first, second = nowcaster.members(frames(), 3, 2, seed=3)
    (other,) = nowcaster.members(frames(), 3, 1, seed=4)
    assert not same(first, second)
    assert not same(first, other)


def test_the_first_leads_do_not_depend_on_the_later_ones(nowcaster: CascadeNowcaster) -> None:
    (short,), (long,) = (nowcaster.members(frames(), leads, 1, seed=1) for leads in (3, 6))
    assert same(short, long[:3].copy())


@pytest.mark.parametrize("shape", [(64, 64), (65, 100), (96, 70)])
def test_any_grid_is_forecast(nowcaster: CascadeNowcaster, shape: tuple[int, int]) -> None:
    (member,) = nowcaster.members(frames(shape), 2, 1, seed=0)
    assert member.shape == (2, *shape)
    assert np.isfinite(member).any()
    assert np.nanmin(member) >= 0


def test_rain_from_outside_is_not_known(nowcaster: CascadeNowcaster) -> None:
    drifting = np.stack([np.roll(frames((128, 128))[3], 4 * step, axis=1) for step in range(4)])
    (member,) = nowcaster.members(drifting, 6, 1, seed=0)
    # six steps of four cells to the right
    assert np.isnan(member[5, 40:90, :18]).all()
    assert np.isfinite(member[5, 40:90, 40:]).all()


def test_there_is_no_drizzle_below_a_tenth_of_a_millimetre(nowcaster: CascadeNowcaster) -> None:
    (member,) = nowcaster.members(frames(), 4, 1, seed=0)
    wet = member[member > 0]
    assert len(wet)
    assert wet.min() >= np.float32(0.1)


def test_a_frame_missing_at_the_end_makes_the_leads_longer(nowcaster: CascadeNowcaster) -> None:
    rain = frames((128, 128))
    late = np.concatenate([rain[1:], np.full_like(rain[:1], np.nan)])
    (bridged,) = nowcaster.members(late, 2, 1, seed=0)
    assert np.isfinite(bridged[:, 40:90, 40:90]).all()


def test_a_model_of_another_science_is_refused(tmp_path: object) -> None:
    from pathlib import Path

    folder = cascade_folder(Path(str(tmp_path)) / "model", domain="variants")
    with pytest.raises(BadInput, match="not for nowcast"):
        load_nowcaster(folder)


def test_weights_of_another_width_are_refused(tmp_path: object) -> None:
    from pathlib import Path

    folder = cascade_folder(Path(str(tmp_path)) / "model", said_width=16)
    with pytest.raises(BadInput, match="does not fit"):
        load_nowcaster(folder)


def test_the_global_random_numbers_are_left_alone(nowcaster: CascadeNowcaster) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    list(nowcaster.members(frames(), 2, 2, seed=0))
    assert torch.equal(before, torch.get_rng_state())
