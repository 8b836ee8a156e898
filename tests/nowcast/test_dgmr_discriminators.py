"""What DGMR's two judges look at, and that a score is of one sequence."""

import pytest
import torch
from torch import Tensor

from sciml.nowcast.dgmr_discriminators import Discriminator, build_discriminator, drawn_crop, drawn_leads


@pytest.fixture
def judges() -> Discriminator:
    torch.manual_seed(0)
    return build_discriminator("tiny")


def numbered(samples: int, frames: int) -> Tensor:
    """Sequences (sample, time, 2, 2) whose cells hold 100 times the sample plus the time."""
    values = 100 * torch.arange(samples)[:, None] + torch.arange(frames)
    return values[..., None, None].expand(-1, -1, 2, 2).float()


def test_eight_different_leads_are_drawn_and_never_a_context_frame() -> None:
    torch.manual_seed(0)
    for _ in range(50):
        drawn = drawn_leads(numbered(3, 22))[..., 0, 0] - 100 * torch.arange(3)[:, None]
        for leads in drawn.int().tolist():
            assert len(set(leads)) == 8
            assert min(leads) >= 4
            assert max(leads) <= 21


def test_every_lead_is_drawn_and_each_sequence_has_its_own() -> None:
    torch.manual_seed(0)
    drawn = drawn_leads(numbered(60, 22))[..., 0, 0] - 100 * torch.arange(60)[:, None]
    assert set(drawn.flatten().int().tolist()) == set(range(4, 22))
    assert len({frozenset(leads) for leads in drawn.int().tolist()}) > 50


def test_six_leads_are_all_seen() -> None:
    drawn = drawn_leads(numbered(1, 10))[0, :, 0, 0]
    assert sorted(drawn.int().tolist()) == [4, 5, 6, 7, 8, 9]


def test_the_crop_is_half_the_side_at_full_resolution() -> None:
    torch.manual_seed(0)
    cells = torch.arange(64 * 32.0).reshape(1, 1, 64, 32).expand(2, 5, 64, 32)
    corners = set()
    for _ in range(300):
        crop = drawn_crop(cells)
        assert crop.shape == (2, 5, 32, 16)
        top, left = divmod(int(crop[0, 0, 0, 0]), 32)
        assert torch.equal(crop, cells[..., top : top + 32, left : left + 16])
        corners.add((top, left))
    tops, lefts = zip(*corners, strict=True)
    assert (min(lefts), max(lefts)) == (0, 16)
    assert min(tops) <= 1
    assert max(tops) >= 31


def test_the_temporal_judge_sees_what_the_mean_of_two_cells_hides(judges: Discriminator) -> None:
    judges.eval()
    sequences = 5 + torch.rand(1, 10, 64, 64)
    chequered = sequences + torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(32, 32)
    with torch.no_grad():
        torch.testing.assert_close(judges.spatial(sequences[:, 4:]), judges.spatial(chequered[:, 4:]))
        assert not torch.allclose(judges.temporal(sequences), judges.temporal(chequered))


def test_the_temporal_judge_sees_the_order_of_frames_and_the_spatial_one_does_not(judges: Discriminator) -> None:
    judges.eval()
    sequences = 5 * torch.rand(1, 8, 32, 32)
    backwards = sequences.flip(1)
    with torch.no_grad():
        torch.testing.assert_close(judges.spatial(sequences), judges.spatial(backwards))
        assert not torch.allclose(judges.temporal(sequences), judges.temporal(backwards))


@pytest.mark.parametrize(("frames", "side"), [(22, 128), (10, 64), (5, 32)])
def test_a_sequence_gets_one_score_from_each_judge(judges: Discriminator, frames: int, side: int) -> None:
    with torch.no_grad():
        scores = judges(torch.rand(3, frames, side, side))
    assert scores.shape == (3, 2)
    assert scores.isfinite().all()


def test_in_evaluation_a_score_does_not_depend_on_the_others_of_the_batch(judges: Discriminator) -> None:
    judges.eval()
    sequences = 5 * torch.rand(3, 10, 64, 64)
    with torch.no_grad():
        together = judges.temporal(sequences)
        alone = torch.cat([judges.temporal(one[None]) for one in sequences])
    torch.testing.assert_close(together, alone)


def test_only_what_differs_within_a_batch_is_scored(judges: Discriminator) -> None:
    # the last layer takes the mean of the batch away: scores of a batch add up to its bias, whatever it holds
    sequences = 5 * torch.rand(4, 10, 64, 64)
    with torch.no_grad():
        bias = float(judges.spatial.verdict.score.bias)
        assert judges.spatial(sequences[:, 4:]).mean().item() == pytest.approx(6 * bias, abs=1e-4)
