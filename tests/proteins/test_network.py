"""Shapes, symmetry and size of the distogram network."""

from __future__ import annotations

import pytest
import torch
from test_windows import at, batch

from sciml.proteins.network import ATOMS, DistogramNetwork, symmetric
from sciml.proteins.settings import ModelSettings
from sciml.proteins.windows import HALO, cut


@pytest.fixture(scope="module")
def network() -> DistogramNetwork:
    torch.manual_seed(0)
    return DistogramNetwork(ModelSettings()).eval()


def test_the_default_network_has_about_seventy_thousand_parameters(network: DistogramNetwork) -> None:
    # six blocks of two 3 x 3 convolutions of 24 maps are 12 * (24 * 24 * 9 + 24) = 62,496 of them
    assert 65_000 < sum(parameter.numel() for parameter in network.parameters()) < 75_000


def test_there_is_a_logit_for_each_atom_bin_and_pair(network: DistogramNetwork) -> None:
    flat, _ = batch()
    found = network(cut(flat, at((0, 0, 5), (2, 3, 1), size=9)))
    assert found.shape == (2, len(ATOMS), 19, 9, 9)
    assert found.isfinite().all()


def test_windows_of_a_batch_do_not_touch_each_other(network: DistogramNetwork) -> None:
    flat, _ = batch()
    one, other = (0, 0, 5), (2, 3, 1)
    together = network(cut(flat, at(one, other, size=9)))
    alone = network(cut(flat, at(other, size=9)))
    torch.testing.assert_close(together[1:], alone, rtol=1e-4, atol=1e-5)


def test_what_is_said_along_the_chain_does_not_depend_on_the_window(network: DistogramNetwork) -> None:
    flat, _ = batch()
    whole = network.along(cut(flat, at((2, 0, 0), size=20)).rows)
    part = network.along(cut(flat, at((2, 4, 11), size=9)).columns)
    torch.testing.assert_close(part, whole[:, :, 11:20], rtol=1e-4, atol=1e-5)
    assert network.along.kernel_size == (2 * HALO + 1,)


def test_the_depth_of_the_alignment_reaches_the_answer(network: DistogramNetwork) -> None:
    flat, _ = batch()
    window = at((2, 0, 0), size=20)
    shallow = {**flat, "neff": flat["neff"] * 0 + 3}
    assert (network(cut(flat, window)) - network(cut(shallow, window))).abs().max() > 1e-3


def test_symmetric_logits_are_the_same_both_ways_round() -> None:
    logits = torch.randn(2, 19, 7, 7)
    found = symmetric(logits)
    torch.testing.assert_close(found, found.transpose(-1, -2))
    torch.testing.assert_close(found[0, 0, 2, 5], (logits[0, 0, 2, 5] + logits[0, 0, 5, 2]) / 2)


def test_other_settings_build_another_network() -> None:
    small = DistogramNetwork(ModelSettings(channels=8, dilations=(1,), far_angstrom=12.0))
    assert (small.bins, len(small.blocks)) == (11, 1)
