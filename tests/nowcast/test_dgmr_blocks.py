"""The blocks of DGMR: norms that hold, and shortcuts that cost less and give the same."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from sciml.nowcast.dgmr_blocks import (
    ConvGRU,
    DBlock,
    GBlock,
    LBlock,
    MeanNorm,
    SelfAttention,
    frozen_norms,
    halved,
    halved_3d,
    refresh_norms,
    sn_convolution,
    steady_weights,
)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def vectors(layer: nn.Module) -> Tensor:
    return layer.state_dict()["parametrizations.weight.0._u"].clone()


def test_a_normalised_convolution_has_spectral_norm_one() -> None:
    layer = sn_convolution(6, 10, 3)
    for _ in range(30):
        refresh_norms(layer)
    largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
    assert largest.item() == pytest.approx(1.0, abs=1e-4)


def test_power_iteration_runs_in_training_and_not_in_evaluation() -> None:
    layer, maps = sn_convolution(6, 10, 3), torch.rand(1, 6, 4, 4)
    before = vectors(layer)
    layer.eval()(maps)
    assert torch.equal(vectors(layer), before)
    layer.train()(maps)
    assert not torch.equal(vectors(layer), before)


def test_frozen_norms_stand_still_and_thaw_afterwards() -> None:
    layer, maps = sn_convolution(6, 10, 3).train(), torch.rand(1, 6, 4, 4)
    before = vectors(layer)
    with frozen_norms(layer):
        first, second = layer(maps), layer(maps)
    assert torch.equal(first, second)
    assert torch.equal(vectors(layer), before)
    layer(maps)
    assert not torch.equal(vectors(layer), before)


def test_a_pass_of_many_leads_has_one_power_iteration() -> None:
    layer, twin = sn_convolution(6, 10, 3), sn_convolution(6, 10, 3)
    twin.load_state_dict(layer.state_dict())
    with steady_weights(layer):
        first, second = layer.weight, layer.weight
    refresh_norms(twin)
    assert first is second
    assert torch.equal(vectors(layer), vectors(twin))


def test_weights_are_normalised_in_full_precision_also_where_a_pass_is_in_bf16() -> None:
    layer = sn_convolution(6, 10, 3).eval()
    exact = layer.weight.detach()
    with torch.autocast("cpu", torch.bfloat16), steady_weights(layer):
        assert torch.equal(layer.weight, exact)


def test_halving_takes_means_and_leaves_an_odd_last_line_out() -> None:
    maps = torch.arange(15.0).reshape(1, 1, 3, 5)
    # rows 0-1 and columns 0-1, 2-3 of 0 1 2 3 4 / 5 6 7 8 9: (0 + 1 + 5 + 6) / 4 and (2 + 3 + 7 + 8) / 4
    assert halved(maps).flatten().tolist() == [3.0, 5.0]
    assert halved(maps[..., :1, :2]).flatten().tolist() == [0.5]  # a single row is kept


def test_halving_in_three_dimensions_is_the_mean_of_eight() -> None:
    maps = torch.rand(2, 3, 5, 4, 6)
    torch.testing.assert_close(halved_3d(maps), functional.avg_pool3d(maps, 2))
    assert halved_3d(maps[:, :, :1]).shape == (2, 3, 1, 2, 3)


def test_the_d_block_is_the_published_one() -> None:
    block, maps = DBlock(3, 8).eval(), torch.randn(2, 3, 8, 8)
    inner = block.second(functional.relu(block.first(functional.relu(maps))))
    published = functional.avg_pool2d(inner, 2) + functional.avg_pool2d(block.shortcut(maps), 2)
    torch.testing.assert_close(block(maps), published)


def test_a_d_block_that_changes_nothing_in_size_has_no_weights_in_its_way_round() -> None:
    assert isinstance(DBlock(8, 8, halve=False).shortcut, nn.Identity)
    assert not isinstance(DBlock(8, 8).shortcut, nn.Identity)


def test_the_doubling_g_block_is_the_published_one() -> None:
    block, maps = GBlock(6, 3, double=True).eval(), torch.randn(2, 6, 4, 4)

    def doubled(field: Tensor) -> Tensor:
        return functional.interpolate(field, scale_factor=2, mode="nearest")

    inner = block.first(doubled(functional.relu(block.first_norm(maps))))
    published = block.second(functional.relu(block.second_norm(inner))) + block.shortcut(doubled(maps))
    torch.testing.assert_close(block(maps), published)


def test_the_l_block_keeps_its_maps_beside_the_added_ones() -> None:
    block, maps = LBlock(4, 6), torch.randn(1, 4, 3, 3)
    for weight in (block.second.weight, block.second.bias):
        nn.init.zeros_(weight)
    assert torch.equal(block(maps)[:, :4], maps)
    assert block(maps).shape == (1, 6, 3, 3)
    assert LBlock(4, 4)(maps).shape == maps.shape


def test_a_unit_with_open_gates_halves_its_state() -> None:
    unit = ConvGRU(2, 3).eval()
    for gate in (unit.read, unit.update, unit.output):
        parametrize.remove_parametrizations(gate, "weight")
        nn.init.zeros_(gate.weight)
        nn.init.zeros_(gate.bias)
    state = torch.ones(1, 3, 4, 4)
    # sigmoid(0) = 1/2 of the old state, and 1/2 of a candidate relu(0) = 0
    torch.testing.assert_close(unit(torch.ones(1, 2, 4, 4), state), state / 2)


def test_attention_begins_as_the_identity_and_has_no_sense_of_place() -> None:
    layer, maps = SelfAttention(16), torch.randn(2, 16, 3, 4)
    assert torch.equal(layer(maps), maps)
    nn.init.ones_(layer.gain)
    turned = maps.flip(2, 3)
    torch.testing.assert_close(layer(turned), layer(maps).flip(2, 3))
    assert not torch.allclose(layer(maps), maps)


def test_attention_is_that_of_the_pseudocode() -> None:
    layer, maps = SelfAttention(16), torch.randn(1, 16, 2, 3)
    nn.init.ones_(layer.gain)
    query, key, value = (part(maps)[0].permute(1, 2, 0) for part in (layer.query, layer.key, layer.value))
    beta = torch.softmax(torch.einsum("hwc,Lc->hwL", query, key.reshape(6, -1)), dim=-1)
    seen = torch.einsum("hwL,Lc->hwc", beta, value.reshape(6, -1)).permute(2, 0, 1)[None]
    torch.testing.assert_close(layer(maps), maps + layer.output(seen))


def test_the_mean_norm_takes_the_mean_and_leaves_the_spread() -> None:
    norm, values = MeanNorm(2), torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    assert norm(values).tolist() == [[-1.0, -10.0], [1.0, 10.0]]
    # running mean: 0 + 0.01 x (2, 20), used in evaluation
    torch.testing.assert_close(norm.eval()(values), values - torch.tensor([0.02, 0.2]))
