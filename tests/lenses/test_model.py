"""Training looks at every orientation, misses a band now and then, and learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_sky import galaxy, ring

from sciml.core.settings import TrainSettings
from sciml.lenses.augmentation import drop_bands, shifted, turned
from sciml.lenses.model import calibrate, module, record
from sciml.lenses.settings import ModelSettings, PrepareSettings, Settings

SMALL = Settings(
    prepare=PrepareSettings(size=31), model=ModelSettings(width=8, stages=2, units=1), train=TrainSettings(steps=60)
)


def test_a_turned_cutout_is_one_of_the_eight_orientations_and_each_of_them_comes() -> None:
    torch.manual_seed(0)
    one = torch.arange(9.0).reshape(1, 1, 3, 3)
    eight = {
        tuple(np.rot90(side, times).ravel().tolist())
        for side in (one[0, 0].numpy(), one[0, 0].numpy().T)
        for times in range(4)
    }
    seen = {tuple(image.ravel().tolist()) for image in turned(one.repeat(200, 1, 1, 1))}
    assert len(eight) == 8
    assert seen == eight


def test_all_bands_of_a_cutout_are_turned_alike() -> None:
    image = torch.randn(50, 1, 5, 5).repeat(1, 3, 1, 1)
    moved = shifted(turned(image), 2)
    assert torch.equal(moved[:, 0].nan_to_num(7), moved[:, 2].nan_to_num(7))


@given(most=st.integers(0, 4), seed=st.integers(0, 99))
def test_a_shift_moves_every_pixel_by_the_same_whole_steps(most: int, seed: int) -> None:
    torch.manual_seed(seed)
    image = torch.zeros(1, 1, 15, 15)
    image[0, 0, 7, 7] = 1.0
    moved = shifted(image, most)[0, 0]
    ((y, x),) = torch.nonzero(moved == 1).tolist()
    assert max(abs(y - 7), abs(x - 7)) <= most
    # a step of k leaves k rows or columns that were never observed
    blank = 15 * 15 - (15 - abs(y - 7)) * (15 - abs(x - 7))
    assert int(torch.isnan(moved).sum()) == blank


def test_a_dropped_band_is_wholly_gone_and_the_others_are_untouched() -> None:
    torch.manual_seed(0)
    image = torch.randn(400, 3, 4, 4)
    dropped = drop_bands(image, 0.25)
    gone = torch.isnan(dropped).all((2, 3))
    assert bool((torch.isnan(dropped).any((2, 3)) == gone).all())
    assert int(gone.sum(1).max()) == 1
    assert 60 <= int(gone.sum()) <= 140  # 100 of 400 expected, five standard deviations of 8.7
    assert torch.equal(dropped[~gone], image[~gone])


def test_the_only_band_is_never_dropped() -> None:
    assert not bool(torch.isnan(drop_bands(torch.ones(50, 1, 4, 4), 1.0)).any())


def samples(count: int, seed: int) -> dict[str, torch.Tensor]:
    """Galaxies of which every second one has a blue ring."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) % 2
    plain = np.array([0.4, 0.8, 1.0])[:, None, None] * galaxy(31, 15, 15)
    blue = np.array([1.0, 0.7, 0.5])[:, None, None] * ring(31, 15, 15, peak=8.0)
    image = plain[None] + label[:, None, None, None] * blue[None] + rng.normal(0, 1, (count, 3, 31, 31))
    return {"image": torch.from_numpy(image.astype(np.float32)), "label": torch.from_numpy(label.astype(np.int8))}


def test_a_few_steps_learn_to_see_rings() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    trained = module(SMALL, {})
    optimiser = torch.optim.AdamW(trained.parameters(), lr=3e-3)
    trained.log = lambda *words, **named: None  # type: ignore[method-assign]
    trained.train()
    for step in range(30):
        loss: Any = trained.training_step(samples(32, step), step)  # type: ignore[attr-defined]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    trained.eval()
    found = calibrate(SMALL, trained, [samples(200, 99)])
    assert found.figures["validation_accuracy"] > 0.9
    assert found.calibration["temperature"] > 0


def test_the_record_tells_finding_how_cutouts_are_made() -> None:
    made = record(SMALL, {})
    assert made.channels == ("g", "r", "i")
    assert made.settings["prepare"] == {"bands": ["g", "r", "i"], "size": 31, "scale_arcsec": 0.2, "max_missing": 0.5}
    assert ModelSettings.model_validate(made.settings["model"]) == SMALL.model


@pytest.mark.parametrize("bands", [("g",), ("g", "r", "i", "z")])
def test_the_network_has_as_many_bands_as_the_cutouts(bands: tuple[str, ...]) -> None:
    chosen = SMALL.model_copy(update={"prepare": PrepareSettings(bands=bands)})
    assert module(chosen, {}).network(torch.zeros(1, len(bands), 45, 45)).shape == (1, 2)
