"""Members of a DGMR forecast: alike for the same seed, on grids of any size, with dry and unseen cells."""

import numpy as np
import pytest
import torch
from moving_blobs import moving_blobs

from sciml.nowcast.dgmr_forecast import dgmr_forecast
from sciml.nowcast.dgmr_generator import Generator, build_generator

LEADS = 2


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    return build_generator("tiny", LEADS)


def frames(height: int = 64, width: int = 64) -> np.ndarray:
    return moving_blobs(1, 4, 96)[0, :, :height, :width].numpy().astype(np.float32) / 100


def test_a_member_does_not_depend_on_how_many_there_are(generator: Generator) -> None:
    few = list(dgmr_forecast(generator, frames(), LEADS, members=2, seed=3))
    many = list(dgmr_forecast(generator, frames(), LEADS, members=4, seed=3))
    assert len(many) == 4
    for one, same in zip(few, many, strict=False):
        assert one.shape == (LEADS, 64, 64)
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, same)


def test_members_and_seeds_differ(generator: Generator) -> None:
    first, second = dgmr_forecast(generator, frames(), LEADS, members=2, seed=3)
    (other,) = dgmr_forecast(generator, frames(), LEADS, members=1, seed=4)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_the_random_numbers_of_the_caller_stay_where_they_were(generator: Generator) -> None:
    torch.manual_seed(1)
    list(dgmr_forecast(generator, frames(), LEADS, members=1, seed=3))
    after = torch.rand(())
    torch.manual_seed(1)
    assert torch.rand(()) == after


def test_a_generator_in_training_forecasts_as_in_evaluation_and_stays_in_training(generator: Generator) -> None:
    (evaluated,) = dgmr_forecast(generator.eval(), frames(), LEADS, members=1, seed=3)
    before = {name: values.clone() for name, values in generator.state_dict().items()}
    (trained,) = dgmr_forecast(generator.train(), frames(), LEADS, members=1, seed=3)
    np.testing.assert_array_equal(evaluated, trained)
    assert generator.training
    assert all(torch.equal(values, before[name]) for name, values in generator.state_dict().items())


@pytest.mark.parametrize(("height", "width"), [(70, 45), (33, 64), (20, 7), (1, 40)])
def test_a_grid_of_any_size_is_padded_and_cut_again(generator: Generator, height: int, width: int) -> None:
    (member,) = dgmr_forecast(generator, frames(height, width), LEADS, members=1, seed=0)
    assert member.shape == (LEADS, height, width)
    assert np.isfinite(member).all()


def test_a_grid_of_the_right_size_goes_in_as_it_is(generator: Generator) -> None:
    generator.eval()
    context = torch.from_numpy(frames())[None]
    seeded = torch.Generator().manual_seed(int(np.random.SeedSequence([3, 0]).generate_state(1, np.uint64)[0] >> 1))
    with torch.inference_mode():
        drawn = generator(context, generator.draw_noise(context, seeded))[0].clamp(0, 128).numpy()
    (member,) = dgmr_forecast(generator, frames(), LEADS, members=1, seed=3)
    np.testing.assert_array_equal(member, drawn)


def test_dry_frames_give_a_dry_forecast(generator: Generator) -> None:
    for dry in (0.0, 0.05):
        for member in dgmr_forecast(generator, np.full((4, 64, 64), dry, np.float32), LEADS, members=2, seed=0):
            assert not member.any()


def test_rates_are_never_negative_nor_above_128(generator: Generator) -> None:
    wild = np.where(frames() > 1, 400.0, frames())
    (member,) = dgmr_forecast(generator, wild, LEADS, members=1, seed=0)
    assert member.min() >= 0
    assert member.max() <= 128


def test_cells_that_no_frame_saw_stay_unknown_and_no_others(generator: Generator) -> None:
    seen = frames()
    seen[:, :10] = np.nan
    seen[1:, 20:30] = np.nan
    (member,) = dgmr_forecast(generator, seen, LEADS, members=1, seed=0)
    assert np.isnan(member[:, :10]).all()
    assert np.isfinite(member[:, 10:]).all()


def test_frames_without_any_observation_give_no_forecast(generator: Generator) -> None:
    (member,) = dgmr_forecast(generator, np.full((4, 40, 40), np.nan), LEADS, members=1, seed=0)
    assert member.shape == (LEADS, 40, 40)
    assert np.isnan(member).all()


def test_the_frames_of_the_caller_are_not_changed(generator: Generator) -> None:
    given = frames()
    given[0, 0, 0], before = np.nan, given[1:].copy()
    list(dgmr_forecast(generator, given, LEADS, members=1, seed=0))
    assert np.isnan(given[0, 0, 0])
    np.testing.assert_array_equal(given[1:], before)


def test_three_frames_are_refused(generator: Generator) -> None:
    with pytest.raises(ValueError, match="4 frames, not 3"):
        next(dgmr_forecast(generator, frames()[:3], LEADS, members=1, seed=0))
