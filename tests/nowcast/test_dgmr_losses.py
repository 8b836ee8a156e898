"""DGMR's losses by hand, and that nothing under the mask counts."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sciml.nowcast.dgmr_losses import discriminator_hinge, generator_hinge, grid_cell_loss, rates


def field(value: float, side: int = 4) -> Tensor:
    return torch.full((2, 3, side, side), value)


def test_one_mm_too_much_where_one_mm_fell_costs_one() -> None:
    # |2 - 1| x clip(1, 0, 24) = 1, the same on a grid of any size
    for side in (4, 32):
        target = field(1.0, side)
        assert grid_cell_loss(target + 1, target, torch.ones_like(target)).item() == pytest.approx(1.0)


def test_a_dry_target_costs_nothing() -> None:
    target = field(0.0)
    assert grid_cell_loss(target + 7, target, torch.ones_like(target)).item() == 0.0


@pytest.mark.parametrize(("fell", "weight"), [(0.5, 0.5), (10.0, 10.0), (24.0, 24.0), (100.0, 24.0)])
def test_a_cell_weighs_its_rain_rate_up_to_24(fell: float, weight: float) -> None:
    target = field(fell)
    assert grid_cell_loss(target - 2, target, torch.ones_like(target)).item() == pytest.approx(2 * weight)


def test_more_leads_and_cells_do_not_change_the_loss() -> None:
    target = torch.rand(1, 2, 4, 4)
    mean, many = target + 0.5, (3, 5, 2, 2)
    small = grid_cell_loss(mean, target, torch.ones_like(target))
    large = grid_cell_loss(mean.repeat(many), target.repeat(many), torch.ones_like(target.repeat(many)))
    torch.testing.assert_close(small, large)


def test_the_mean_is_taken_over_the_observed_cells() -> None:
    target, observed = field(1.0), torch.zeros(2, 3, 4, 4)
    observed[:, :, :2] = 1
    assert grid_cell_loss(target + 3, target, observed).item() == pytest.approx(3.0)


@given(hidden=st.sampled_from([float("nan"), float("inf"), -5.0, 1e9]), other=st.floats(-1e6, 1e6))
def test_nothing_under_the_mask_changes_the_loss_or_its_slope(hidden: float, other: float) -> None:
    rng = torch.Generator().manual_seed(0)
    target, mean = (10 * torch.rand(1, 2, 4, 4, generator=rng) for _ in range(2))
    observed = (torch.rand(1, 2, 4, 4, generator=rng) < 0.5).float()
    found = []
    for value in (hidden, other):
        drawn = mean.clone().requires_grad_()
        loss = grid_cell_loss(drawn, torch.where(observed > 0, target, value), observed)
        found.append((loss.detach(), *torch.autograd.grad(loss, drawn)))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])
    assert not found[0][1][observed == 0].any()


def test_with_nothing_observed_the_loss_is_zero() -> None:
    target = field(float("nan"))
    assert grid_cell_loss(field(3.0), target, torch.zeros_like(target)).item() == 0.0


def test_hinge_losses_by_hand() -> None:
    real, generated = torch.tensor([[2.0, 0.5], [1.0, -1.0]]), torch.tensor([[-2.0, 0.0], [-1.0, 3.0]])
    # real: 0, 0.5, 0, 2 -> 2.5 / 4; generated: 0, 1, 0, 4 -> 5 / 4
    assert discriminator_hinge(real, generated).item() == pytest.approx(2.5 / 4 + 5 / 4)
    # -(-2 + 0 - 1 + 3) / 4
    assert generator_hinge(generated).item() == pytest.approx(0.0)


def test_hundredths_become_mm_per_hour_cut_at_128() -> None:
    rain, observed = rates(torch.tensor([-1, 0, 150, 12_800, 30_000], dtype=torch.int16))
    assert rain.tolist() == [0.0, 0.0, 1.5, 128.0, 128.0]
    assert observed.tolist() == [0.0, 1.0, 1.0, 1.0, 1.0]


def test_nan_becomes_zero_and_unobserved() -> None:
    rain, observed = rates(torch.tensor([float("nan"), 0.0, 2.5, 500.0, float("inf")]))
    assert rain.tolist() == [0.0, 0.0, 2.5, 128.0, 0.0]
    assert observed.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_hail_does_not_overflow_and_negative_rates_are_dry() -> None:
    rain, observed = rates(torch.from_numpy(np.array([np.iinfo(np.int16).max, -30_000], np.int16)))
    assert rain.tolist() == [128.0, 0.0]
    assert observed.tolist() == [1.0, 0.0]
    assert rates(torch.tensor([-0.5]))[0].item() == 0.0


def test_losses_can_be_sent_to_other_processes() -> None:
    for loss in (grid_cell_loss, discriminator_hinge, generator_hinge):
        assert pickle.loads(pickle.dumps(loss)) is loss  # noqa: S301
