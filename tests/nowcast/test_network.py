"""How does rain change while it drifts?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from sciml.nowcast.network import (
    BANDS,
    BLOCK,
    CascadeNetwork,
    Context,
    carry,
    departure,
    energy,
    enlarged,
    pyramid,
    to_levels,
    to_rain,
)


def blobs(seed: int, size: int = 64) -> torch.Tensor:
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((size, size)), 3, mode="wrap")
    return torch.from_numpy(np.maximum(30 * field, 0).astype(np.float32))


def context(rain: torch.Tensor, down: float = 0.0, right: float = 0.0) -> Context:
    """Four frames of a field that drifts by whole cells, and its motion."""
    frames = torch.stack([rain.roll((int(down) * step, int(right) * step), (0, 1)) for step in (-3, -2, -1, 0)])
    blocks = rain.shape[0] // BLOCK
    motion = torch.tensor([float(down), float(right)])[:, None, None].expand(2, blocks, blocks)
    return Context.of(frames[None], motion[None])


def test_levels_and_rain_are_each_others_inverse() -> None:
    rain = torch.tensor([0.0, 0.1, 1.0, 25.0, 128.0])
    torch.testing.assert_close(to_rain(to_levels(rain)), rain, rtol=1e-5, atol=1e-6)
    # 0.1 * (10 ** log10(11) - 1) = 1 mm/h
    assert float(to_levels(torch.tensor(1.0))) == pytest.approx(np.log10(11))


def test_no_level_is_rain_below_zero_or_above_the_highest_rate() -> None:
    assert to_rain(torch.tensor([-3.0, 9.0])).tolist() == pytest.approx([0.0, 128.0])


def test_the_bands_add_up_to_the_field() -> None:
    field = to_levels(blobs(1)[None])
    torch.testing.assert_close(pyramid(field).sum(1), field)


def test_a_band_without_texture_has_no_energy() -> None:
    flat = pyramid(torch.full((1, 64, 64), 1.5))
    assert float(energy(flat)[:, :-1].max()) < 2e-3


def test_rain_is_carried_where_the_motion_takes_it() -> None:
    rain = torch.zeros(1, 1, 64, 64)
    rain[0, 0, 20, 30] = 5.0
    motion = torch.tensor([2.0, -1.0])[None, :, None, None].expand(1, 2, 8, 8)
    arrived = carry(rain, enlarged(departure(motion, 4), torch.Size((64, 64))))
    assert torch.nonzero(arrived[0, 0] > 4.9).tolist() == [[28, 26]]


def test_an_untrained_network_keeps_what_does_not_change() -> None:
    """Frames that only drift: memory is whole, so the centre is the drifted field and there is no spread."""
    rain = blobs(2, 128)
    with torch.inference_mode():
        outlook = CascadeNetwork(8, 5.0)(context(rain, 2, -1), 3)
    inner = slice(24, 104)
    moved = to_levels(rain.roll((6, -3), (0, 1)))
    torch.testing.assert_close(outlook.centre[0, inner, inner], moved[inner, inner], rtol=0.02, atol=0.15)
    assert float(outlook.spread[0, :3, inner, inner].mean()) < 0.1


def test_frames_without_likeness_leave_no_fine_scale_behind() -> None:
    frames = torch.stack([blobs(seed, 128) for seed in range(4)])
    unlike = Context.of(frames[None], torch.zeros(1, 2, 16, 16))
    same = context(frames[3])
    network = CascadeNetwork(8, 5.0)
    with torch.inference_mode():
        fine = [pyramid(network(each, 6).centre)[:, 1:3].std() for each in (unlike, same)]
    assert float(fine[0]) < 0.3 * float(fine[1])


def test_members_stray_as_far_as_they_are_told() -> None:
    rain = torch.zeros(64, 64)
    rain[30:34, 30:34] = 20.0
    with torch.inference_mode():
        outlook = CascadeNetwork(8, 5.0)(context(rain), 6)
        # 4 cells after half an hour: half a unit down, a whole one to the left
        moved = outlook.levels(torch.zeros(1, BANDS, 64, 64), torch.tensor([[0.5, -1.0]]))
    assert float(outlook.stray) == pytest.approx(4.0, rel=1e-4)
    torch.testing.assert_close(moved[0, 8:-8, 8:-8], outlook.centre[0, 10:-6, 4:-12], rtol=1e-3, atol=1e-3)


def test_dry_stays_dry() -> None:
    with torch.inference_mode():
        outlook = CascadeNetwork(8, 5.0)(context(torch.zeros(64, 64)), 6)
        levels = outlook.levels(torch.randn(1, BANDS, 64, 64), torch.randn(1, 2))
        assert float(to_rain(levels).max()) < 0.1


def test_what_is_not_observed_has_no_influence() -> None:
    rain = blobs(3)
    hidden = context(rain)
    holed = torch.stack([rain] * 4)[None].clone()
    holed[..., :16, :16] = torch.nan
    with torch.inference_mode():
        one = CascadeNetwork(8, 5.0)(Context.of(holed, hidden.motion), 2)
    assert torch.isfinite(one.centre).all()
    assert torch.isfinite(one.spread).all()
