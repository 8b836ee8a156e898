"""How does the cascade network learn?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rain_cascade import frames

from sciml.nowcast.cascade import Cascade, rates, texture, turned
from sciml.nowcast.motion import coarsened, motion
from sciml.nowcast.settings import Settings

SMALL = Settings.model_validate({"model": {"width": 8, "members": 2}, "train": {"steps": 20, "batch_size": 2}})


def batch(samples: int = 2, leads: int = 3, size: int = 64) -> dict[str, torch.Tensor]:
    """Sequences whose rain drifts by (1, 2) cells a step and loses a tenth of its rate at each."""
    rain, flows = [], []
    for seed in range(samples):
        first = frames((size, size), seed)[0]
        series = [np.roll(first, (step, 2 * step), (0, 1)) * 0.9**step for step in range(4 + leads)]
        rain.append(np.stack(series))
        flows.append(coarsened(motion(np.stack(series[:4]))))
    hundredths = np.round(np.stack(rain) * 100).astype(np.int16)
    return {"rain": torch.from_numpy(hundredths), "motion": torch.from_numpy(np.stack(flows).astype(np.float32))}


def test_stored_rain_comes_back_in_mm_an_hour_with_gaps() -> None:
    found = rates(torch.tensor([[-1, 0, 250]], dtype=torch.int16))
    assert torch.isnan(found[0, 0])
    assert found[0, 1:].tolist() == [0.0, 2.5]


@pytest.mark.parametrize("seed", range(8))
def test_a_turned_crop_still_drifts_along_its_motion(seed: int) -> None:
    first = torch.zeros(1, 1, 64, 64)
    first[0, 0, 20:24, 40:44] = 1.0
    both = torch.cat([first, first.roll((8, -16), (2, 3))], 1)
    flow = torch.tensor([8.0, -16.0])[None, :, None, None].expand(1, 2, 8, 8)
    torch.manual_seed(seed)
    rain, moved = turned(both, flow)
    down, right = (int(part) for part in moved[0, :, 0, 0])
    assert torch.equal(rain[:, 0].roll((down, right), (1, 2)), rain[:, 1])


def test_twenty_steps_lower_the_loss() -> None:
    torch.manual_seed(0)
    module = Cascade(SMALL, leads=3)
    module.log = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    optimiser = torch.optim.AdamW(module.parameters(), lr=3e-3)
    losses, rain = [], batch()
    for step in range(20):
        torch.manual_seed(step % 3)  # the same noise comes again, so that losses compare
        loss = module.training_step(rain, 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_what_lies_under_the_mask_changes_no_loss() -> None:
    one = batch()
    one["rain"][:, :, :20] = -1
    context = Cascade(SMALL, leads=3)
    losses = []
    for hidden in (0.0, 50.0):
        rain = rates(one["rain"])
        future = rain[:, -1].clone()
        filled = torch.where(torch.isnan(rain), hidden, rain)
        assert not torch.isnan(filled).any()
        from sciml.nowcast.network import Context

        seen = torch.isfinite(rain[:, :4]).float()
        known = Context.of(rain[:, :4], one["motion"])
        torch.manual_seed(1)
        losses.append(context._loss(Context(known.levels, seen, known.motion), future, 3).item())
    assert losses[0] == losses[1]
    assert np.isfinite(losses[0])


def test_a_crop_without_any_rain_or_any_observation_has_a_finite_loss() -> None:
    module = Cascade(SMALL, leads=3)
    module.log = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    for value in (0, -1):
        empty = {**batch(), "rain": torch.full((2, 7, 64, 64), value, dtype=torch.int16)}
        loss = module.training_step(empty, 0)
        loss.backward()
        assert torch.isfinite(loss)
        assert all(torch.isfinite(p.grad).all() for p in module.parameters() if p.grad is not None)


def test_members_as_rough_as_the_truth_have_no_texture_loss() -> None:
    truth = torch.rand(2, 64, 64)
    assert float(texture(truth.expand(2, 2, 64, 64), truth, torch.ones_like(truth))) == pytest.approx(0, abs=1e-9)
    assert float(texture(0.5 * truth.expand(2, 2, 64, 64), truth, torch.ones_like(truth))) > 0.3
