"""Changes that leave the findings as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sciml.scans.augmentation import CHANGES, Changes, augmented, moved, relit
from sciml.scans.settings import Kind

RETINA, CHEST = CHANGES["retina"], CHANGES["chest"]


def images(samples: int, side: int = 5) -> torch.Tensor:
    """Each pixel of a channel differs from all others, and the channels by 100."""
    one = torch.arange(side * side, dtype=torch.uint8).view(1, side, side)
    return torch.cat([one, one + 100]).expand(samples, 2, side, side).clone()


@pytest.mark.parametrize(
    ("changes", "ways"),
    # a square has 8 symmetries: 4 quarter turns, and their mirror images
    [(RETINA, 8), (CHEST, 2), (replace(RETINA, quarters=False), 4)],
)
def test_an_image_is_only_mirrored_and_turned(changes: Changes, ways: int) -> None:
    torch.manual_seed(1)
    before = images(400)
    after = moved(before, replace(changes, shift=0))
    assert len({tuple(one[0].flatten().tolist()) for one in after}) == ways
    assert torch.equal(after.flatten(2).sort().values, before.flatten(2).sort().values)


def test_the_channels_move_together() -> None:
    torch.manual_seed(1)
    after = moved(images(50), RETINA)
    assert torch.equal(after[:, 1], after[:, 0] + 100)


def test_a_shift_repeats_the_edge_and_stays_small() -> None:
    torch.manual_seed(1)
    only = Changes(upside_down=False, quarters=False, shift=2)
    wide = torch.arange(40, dtype=torch.uint8).expand(1, 1, 40, 40).expand(300, 1, 40, 40)
    rows = moved(wide, only)[:, 0, 20]
    ascending = torch.where((rows[:, :1] > rows[:, -1:]), rows.flip(1), rows).int()
    by = ascending[:, 20] - 20
    expected = (torch.arange(40)[None] + by[:, None]).clamp(0, 39)
    assert torch.equal(ascending, expected.int())
    assert by.abs().max() <= 2
    assert len(by.unique()) == 5


@pytest.mark.parametrize("kind", ["retina", "chest"])
def test_light_changes_within_bounds_and_black_stays_black(kind: Kind) -> None:
    torch.manual_seed(1)
    changes = CHANGES[kind]
    channels = 3 if kind == "retina" else 1
    grey = torch.full((500, channels, 4, 4), 128, dtype=torch.uint8)
    grey[..., 0] = 0
    after = relit(grey, changes)
    assert (after[..., 0] == 0).all()
    tint = changes.colour if kind == "retina" else 1.0
    most = 255 * (128 / 255) ** (1 / changes.gamma) * changes.gain * tint
    least = 255 * (128 / 255) ** changes.gamma / changes.gain / tint
    lit = after[..., 1:]
    assert least - 0.01 <= lit.min() < lit.max() <= most + 0.01
    # the whole range is used, not a corner of it
    assert lit.min() < 128 - 0.7 * (128 - least)
    assert lit.max() > 128 + 0.7 * (most - 128)
    assert ((lit.amax(1) - lit.amin(1)).max() > 0) == (kind == "retina")


def test_white_does_not_become_whiter() -> None:
    torch.manual_seed(1)
    after = augmented(torch.full((20, 3, 8, 8), 255, dtype=torch.uint8), RETINA)
    assert after.dtype == torch.float32
    assert after.max() <= 255
