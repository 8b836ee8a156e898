"""DGMR's training: who learns when, one sample in memory at a time, and rain that it comes to foresee."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from moving_blobs import moving_blobs
from torch import Tensor, nn

from sciml.core.settings import TrainSettings
from sciml.core.training import fit
from sciml.nowcast.dgmr_blocks import frozen_norms, refresh_norms
from sciml.nowcast.dgmr_losses import generator_hinge, grid_cell_loss, rates
from sciml.nowcast.dgmr_training import GRID_WEIGHT, Dgmr, backward_by_sample, dgmr_module
from sciml.nowcast.settings import ModelSettings, Settings

LEADS, SIDE = 2, 32


def module(samples: int = 2, rate: float = 1.0) -> Dgmr:
    torch.manual_seed(0)
    made = Dgmr("tiny", LEADS, samples, rate)
    made.manual_backward = lambda loss: loss.backward()  # type: ignore[method-assign,assignment]
    return made


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    return rates(moving_blobs(2, 4 + LEADS, SIDE))


def pairs_apart(members: Tensor) -> Tensor:
    """Mean distance of two different members, cell by cell."""
    return (members[:, None] - members[None]).abs().sum((0, 1)) / (len(members) * (len(members) - 1))


def gradients(network: nn.Module) -> Tensor:
    return torch.cat([weight.grad.flatten() for weight in network.parameters() if weight.grad is not None])


class Batches:
    """The same sequences in the same order, in every epoch."""

    def __init__(self, rain: Tensor, size: int) -> None:
        self.parts = rain.split(size)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        return iter([{"rain": part} for part in self.parts])


def trained(made: Dgmr, folder: Path, rain: Tensor, **chosen: Any) -> list[dict[str, str]]:
    settings = TrainSettings(batch_size=4, precision="32", patience=100, **chosen)
    curve = fit(made, Batches(rain, 4), Batches(rain[:4], 4), settings, folder, threads=1)
    return list(csv.DictReader(io.StringIO(curve)))


def test_a_step_of_the_judges_leaves_the_generator_alone(batch: tuple[Tensor, Tensor]) -> None:
    made = module()
    drawn_with_graph = []
    made.generator.register_forward_hook(lambda _network, _inputs, drawn: drawn_with_graph.append(drawn.requires_grad))
    made.discriminator_loss(*batch).backward()
    assert drawn_with_graph == [False]
    assert all(weight.grad is None for weight in made.generator.parameters())
    assert gradients(made.discriminator).any()


def test_a_step_of_the_generator_leaves_the_judges_alone(batch: tuple[Tensor, Tensor]) -> None:
    made = module()
    before = {name: values.clone() for name, values in made.discriminator.state_dict().items() if "_u" in name}
    made.generator_backward(*batch)
    assert all(weight.grad is None for weight in made.discriminator.parameters())
    assert all(weight.requires_grad for weight in made.discriminator.parameters())
    assert all(torch.equal(made.discriminator.state_dict()[name], values) for name, values in before.items())
    assert gradients(made.generator).any()


def test_each_sample_is_drawn_twice_and_none_for_plots(batch: tuple[Tensor, Tensor]) -> None:
    made = module(samples=3)
    drawn_with_graph = []
    made.generator.register_forward_hook(lambda _network, _inputs, drawn: drawn_with_graph.append(drawn.requires_grad))
    made.generator_backward(*batch)
    assert drawn_with_graph == [False] * 3 + [True] * 3
    assert not torch.is_anomaly_enabled()


def test_gradients_sample_by_sample_are_those_of_all_samples_at_once() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)).double()
    noises = [torch.randn(2, 3, dtype=torch.float64) for _ in range(6)]

    def of_mean(mean: Tensor) -> Tensor:
        return (mean - 1).abs().pow(1.5).mean()

    def of_sample(sample: Tensor) -> Tensor:
        return sample.sin().sum()

    samples = torch.stack([network(noise) for noise in noises])
    whole = of_mean(samples.mean(0)) + torch.stack([of_sample(sample) for sample in samples]).mean()
    whole.backward()
    expected = gradients(network)
    network.zero_grad()
    losses = backward_by_sample(network, noises, of_mean, of_sample, lambda loss: loss.backward())
    torch.testing.assert_close(gradients(network), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(sum(losses), whole.detach())


def test_the_generators_gradients_are_those_of_the_published_loss(batch: tuple[Tensor, Tensor]) -> None:
    rain, observed = batch
    made = module(samples=3)
    torch.manual_seed(5)
    adversarial, grid = made.generator_backward(rain, observed)
    found = gradients(made.generator)
    made.generator.zero_grad()
    torch.manual_seed(5)
    noises = [made.generator.draw_noise(rain[:, :4]) for _ in range(3)]
    with frozen_norms(made.generator), frozen_norms(made.discriminator):
        samples = [made.generator(rain[:, :4], noise) for noise in noises]
        published = grid_cell_loss(torch.stack(samples).mean(0), rain[:, 4:], observed[:, 4:])
        fooled = torch.stack([generator_hinge(made._scores(rain, sample, observed)[1]) for sample in samples]).mean()
        (fooled + GRID_WEIGHT * published).backward()
    expected = gradients(made.generator)
    assert grid.item() == pytest.approx(published.item(), rel=1e-5)
    assert adversarial.item() == pytest.approx(fooled.item(), abs=1e-5)
    assert ((found - expected).norm() / expected.norm()).item() < 1e-5


def test_nothing_under_the_mask_changes_a_loss_or_a_gradient(batch: tuple[Tensor, Tensor]) -> None:
    rain, observed = batch
    observed = observed.clone()
    observed[:, :, 10:20, 5:25] = 0
    observed[1, 5] = 0
    found = []
    for hidden in (0.0, 77.0):
        made = module()
        # the context goes to the generator as `rates` leaves it: zeros where nothing was observed
        sequences = torch.where(observed > 0, rain, hidden)
        sequences[:, :4] = rain[:, :4] * observed[:, :4]
        torch.manual_seed(3)
        judged = made.discriminator_loss(sequences, observed)
        judged.backward()
        losses = made.generator_backward(sequences, observed)
        found.append((judged.detach(), *losses, gradients(made.discriminator), gradients(made.generator)))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def test_judges_see_zeros_under_the_mask_in_generated_frames_too(batch: tuple[Tensor, Tensor]) -> None:
    rain, observed = batch
    observed = observed.clone()
    observed[:, :, 10:20] = 0
    made, seen = module(), []
    made.discriminator.register_forward_pre_hook(lambda _network, inputs: seen.append(inputs[0]))
    made.discriminator_loss(rain, observed)
    (sequences,) = seen
    assert not sequences[:, :, 10:20].any()
    real, generated = sequences.chunk(2)
    assert torch.equal(real[:, :4], generated[:, :4])
    assert generated[:, 4:].any()
    assert not torch.equal(real[:, 4:], generated[:, 4:])


@pytest.mark.parametrize("value", [-1, 0], ids=["nothing observed", "dry"])
def test_sequences_without_rain_or_radar_leave_finite_weights(value: int, tmp_path: Path) -> None:
    made = module()
    rows = trained(made, tmp_path, torch.full((4, 4 + LEADS, SIDE, SIDE), value, dtype=torch.int16), steps=2)
    assert all(weight.isfinite().all() for weight in made.state_dict().values())
    assert float(rows[-1]["grid_loss"]) == 0.0


def test_the_kept_network_is_a_running_average_with_vectors_of_its_own() -> None:
    made = module()
    before = {name: values.clone() for name, values in made.network.state_dict().items()}
    for weight in made.generator.parameters():
        nn.init.normal_(weight)
    made.generator.sampler.norm.running_mean.fill_(4.0)
    made._average()
    # first update: 1 - (1 + 1) / (10 + 1) = 9 / 11 of the way
    name = "context.mixers.0.parametrizations.weight.original"
    expected = before[name] + 9 / 11 * (made.generator.state_dict()[name] - before[name])
    torch.testing.assert_close(made.network.state_dict()[name], expected)
    assert made.network.sampler.norm.running_mean.unique().item() == pytest.approx(4 * 9 / 11)
    # singular vectors fit the averaged weights: after many refreshments the norm is one
    for _ in range(60):
        refresh_norms(made.network)
    made.network.eval()
    largest = torch.linalg.svdvals(made.network.context.mixers[0].weight.flatten(1))[0]
    assert largest.item() == pytest.approx(1.0, abs=2e-3)
    assert not any(weight.requires_grad for weight in made.network.parameters())


def test_the_default_learning_rate_stands_for_the_published_rates() -> None:
    made = dgmr_module(Settings(model=ModelSettings(family="dgmr")), leads=LEADS)
    generator, judges = made.configure_optimizers()
    for optimiser, rate in ((generator, 5e-5), (judges, 2e-4)):
        assert optimiser.param_groups[0]["lr"] == pytest.approx(rate)
        assert optimiser.param_groups[0]["betas"] == (0.0, 0.999)
    held = {id(weight) for optimiser in (generator, judges) for weight in optimiser.param_groups[0]["params"]}
    assert held == {id(weight) for part in (made.generator, made.discriminator) for weight in part.parameters()}
    half = dgmr_module(Settings(train=TrainSettings(learning_rate=1e-3)), leads=LEADS).configure_optimizers()
    assert [optimiser.param_groups[0]["lr"] for optimiser in half] == pytest.approx([2.5e-5, 1e-4])


def test_a_batch_is_two_steps_of_the_judges_and_one_of_the_generator(tmp_path: Path) -> None:
    made = module(samples=1)
    counts = {"generator": 0, "judges": 0}
    configured = made.configure_optimizers()
    for name, optimiser in zip(counts, configured, strict=True):
        optimiser.register_step_post_hook(
            lambda *_args, name=name: counts.update({name: counts[name] + 1})  # type: ignore[misc]
        )
    made.configure_optimizers = lambda: configured  # type: ignore[method-assign]
    rows = trained(made, tmp_path, moving_blobs(4, 4 + LEADS, SIDE), steps=3)
    assert counts == {"generator": 3, "judges": 6}
    assert rows[-1]["step"] == "3"


def test_fine_tuning_starts_from_the_network_that_is_kept() -> None:
    made = module()
    torch.manual_seed(8)
    made.network.load_state_dict(Dgmr("tiny", LEADS, 1).network.state_dict())
    made.on_train_start()
    given = made.network.state_dict()
    assert all(torch.equal(values, given[name]) for name, values in made.generator.state_dict().items())
    made.updates += 1  # a resumed training: the two have gone apart
    nn.init.normal_(made.generator.sampler.output.bias)
    made.on_train_start()
    assert not torch.equal(made.generator.sampler.output.bias, made.network.sampler.output.bias)


def test_validation_is_the_fair_crps_of_the_kept_network_with_the_same_noise(batch: tuple[Tensor, Tensor]) -> None:
    made, logged = module().eval(), []
    made.log = lambda _name, value, **_: logged.append(value.item())  # type: ignore[method-assign,assignment]
    with torch.no_grad():
        for _ in range(2):
            made.validation_step({"rain": moving_blobs(2, 4 + LEADS, SIDE)}, 0)
        members = torch.stack(
            [
                made.network(batch[0][:, :4], made.network.draw_noise(batch[0][:, :4], rng)).clamp(0, 128)
                for rng in [torch.Generator().manual_seed(0)]
                for _ in range(4)
            ]
        )
    expected = ((members - batch[0][:, 4:]).abs().mean(0) - pairs_apart(members) / 2).mean().item()
    assert logged == pytest.approx([expected, expected], rel=1e-4)


@pytest.mark.slow
def test_thirty_steps_bring_forecasts_of_a_moving_blob_closer(tmp_path: Path) -> None:
    made, sequences = module(rate=300.0), moving_blobs(16, 4 + LEADS, 64)
    rain, observed = rates(sequences)

    def grid_loss() -> float:
        torch.manual_seed(1)
        with torch.no_grad():
            mean = (made.generator(rain[:, :4]) + made.generator(rain[:, :4])) / 2
        return grid_cell_loss(mean, rain[:, 4:], observed[:, 4:]).item()

    before = grid_loss()
    rows = trained(made, tmp_path, sequences, steps=30, validate_every=10)
    assert grid_loss() < 0.7 * before
    # the average that is kept, in evaluation, is better than a forecast of no rain, whose error is the rain itself
    assert float(rows[-1]["validation_loss"]) < 0.8 * rain[:4, 4:].mean().item()


def test_what_was_trained_comes_back_from_its_weights(tmp_path: Path, batch: tuple[Tensor, Tensor]) -> None:
    made = module(samples=1)
    trained(made, tmp_path, moving_blobs(4, 4 + LEADS, SIDE), steps=1)
    context = batch[0][:, :4]
    noise = made.network.draw_noise(context)
    again = module()
    again.network.load_state_dict(made.network.state_dict())
    with torch.no_grad():
        assert torch.equal(again.network.eval()(context, noise), made.network(context, noise))


@pytest.mark.slow
def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    sequences = moving_blobs(4, 4 + LEADS, SIDE)
    whole, halves = module(rate=10.0), module(rate=10.0)
    trained(whole, tmp_path / "whole", sequences, steps=4, validate_every=2, keep="last")
    trained(halves, tmp_path / "halves", sequences, steps=2, validate_every=2, keep="last")
    again = module(rate=10.0)
    trained(again, tmp_path / "halves", sequences, steps=4, validate_every=2, keep="last")
    expected = whole.state_dict()
    assert all(torch.equal(values, expected[name]) for name, values in again.state_dict().items())
