"""How is DGMR trained? Two steps of the judges for each of the generator, six samples in the memory of one.

Ravuri et al. 2021, Nature 597, 672; docs/dgmr.md says what is as published and what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from sciml.core.settings import TrainSettings
from sciml.core.training import Trainable
from sciml.nowcast.crps import almost_fair_crps
from sciml.nowcast.dgmr_blocks import frozen_norms, refresh_norms
from sciml.nowcast.dgmr_discriminators import build_discriminator
from sciml.nowcast.dgmr_generator import CONTEXT, HIGHEST_MM_H, Generator, Size, build_generator
from sciml.nowcast.dgmr_losses import discriminator_hinge, generator_hinge, grid_cell_loss, rates
from sciml.nowcast.settings import Settings

GENERATOR_RATE = 5e-5
DISCRIMINATOR_RATE = 2e-4
BETAS = (0.0, 0.999)
DISCRIMINATOR_STEPS = 2
GRID_WEIGHT = 20.0
# of the generator's weights, by step; shorter at the beginning, so that a short training forgets where it began
AVERAGE = 0.999
VALIDATION_MEMBERS = 4


def dgmr_module(settings: Settings, leads: int) -> Dgmr:
    """The module to train; `train.learning_rate` scales the published rates, which its default stands for."""
    usual = float(TrainSettings.model_fields["learning_rate"].default)
    return Dgmr(settings.model.dgmr, leads, settings.model.dgmr_samples, settings.train.learning_rate / usual)


class Dgmr(Trainable):
    """Generator and discriminators in training; `network` is the running average of the generator, which is kept.

    A batch holds `rain`, int16 (sample, time, y, x) in hundredths of mm/h, -1 where nothing was observed.
    """

    steps_per_batch = DISCRIMINATOR_STEPS + 1
    network: Generator
    updates: Tensor

    def __init__(self, size: Size, leads: int, samples: int, rate: float = 1.0) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.samples, self.rate = samples, rate
        self.generator = build_generator(size, leads)
        self.discriminator = build_discriminator(size)
        self.network = build_generator(size, leads).requires_grad_(False)
        self.network.load_state_dict(self.generator.state_dict())
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def on_train_start(self) -> None:
        if not self.updates:  # fine-tuning: the weights to start from were put into the network that is kept
            self.generator.load_state_dict(self.network.state_dict())

    def training_step(self, batch: Mapping[str, Tensor], _: int) -> None:
        rain, observed = rates(batch["rain"])
        generator_optimiser, discriminator_optimiser = cast(Sequence[Any], self.optimizers())
        for _step in range(DISCRIMINATOR_STEPS):
            discriminator_optimiser.zero_grad()
            judged = self.discriminator_loss(rain, observed)
            self.manual_backward(judged)
            discriminator_optimiser.step()
        generator_optimiser.zero_grad()
        refresh_norms(self.generator)
        adversarial, grid = self.generator_backward(rain, observed)
        generator_optimiser.step()
        self._average()
        losses = {
            "train_loss": adversarial + GRID_WEIGHT * grid,
            "grid_loss": grid,
            "discriminator_loss": judged.detach(),
        }
        self.log_dict(losses, batch_size=len(rain))

    def discriminator_loss(self, rain: Tensor, observed: Tensor) -> Tensor:
        """Hinge loss of the judges; the generator is not in the graph."""
        with torch.no_grad(), frozen_norms(self.generator):
            drawn = self.generator(rain[:, :CONTEXT], leads=rain.shape[1] - CONTEXT)
        real, generated = self._scores(rain, drawn, observed)
        return discriminator_hinge(real, generated)

    def generator_backward(self, rain: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients of the generator's loss; returns its adversarial part and the grid-cell loss."""
        context, target = rain[:, :CONTEXT], rain[:, CONTEXT:]
        noises = [self.generator.draw_noise(context) for _ in range(self.samples)]
        self.discriminator.requires_grad_(False)
        try:
            with frozen_norms(self.generator), frozen_norms(self.discriminator):
                grid, adversarial = backward_by_sample(
                    draw=lambda noise: self.generator(context, noise, target.shape[1]).float(),
                    noises=noises,
                    loss_of_mean=lambda mean: GRID_WEIGHT * grid_cell_loss(mean, target, observed[:, CONTEXT:]),
                    loss_of_sample=lambda drawn: generator_hinge(self._scores(rain, drawn, observed)[1]),
                    backward=self.manual_backward,
                )
        finally:
            self.discriminator.requires_grad_(True)
        return adversarial, grid / GRID_WEIGHT

    def validation_step(self, batch: Mapping[str, Tensor], number: int) -> None:
        rain, observed = rates(batch["rain"])
        context, target, seen = rain[:, :CONTEXT], rain[:, CONTEXT:], observed[:, CONTEXT:]
        rng = torch.Generator().manual_seed(number)  # the same noise each time, so that two validations compare
        members = [
            self.network(context, self.network.draw_noise(context, rng), target.shape[1]).float()
            for _ in range(VALIDATION_MEMBERS)
        ]
        score = almost_fair_crps(torch.stack(members).clamp(0, HIGHEST_MM_H), target, alpha=1.0)
        loss = (score * seen).sum() / seen.sum().clamp(min=1)
        self.log("validation_loss", loss, batch_size=len(rain), sync_dist=True)

    def configure_optimizers(self) -> Any:
        return [
            torch.optim.Adam(self.generator.parameters(), lr=self.rate * GENERATOR_RATE, betas=BETAS),
            torch.optim.Adam(self.discriminator.parameters(), lr=self.rate * DISCRIMINATOR_RATE, betas=BETAS),
        ]

    def _scores(self, rain: Tensor, drawn: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (sample, judge) of the real and the generated sequences, under the same mask and in one batch."""
        generated = torch.cat([rain[:, :CONTEXT], drawn.to(rain.dtype)], dim=1)
        scores = self.discriminator(torch.cat([rain * observed, generated * observed])).float()
        real, fake = scores.chunk(2)
        return real, fake

    @torch.no_grad()
    def _average(self) -> None:
        self.updates += 1
        share = 1 - min(AVERAGE, float(1 + self.updates) / float(10 + self.updates))
        kept, trained = self.network.state_dict(), self.generator.state_dict()
        for name, values in kept.items():
            # the singular vectors belong to the weights that they were found for, and are found again below
            if values.is_floating_point() and not name.endswith(("._u", "._v")):
                values.lerp_(trained[name], share)
        refresh_norms(self.network)


def backward_by_sample(
    draw: Callable[[Tensor], Tensor],
    noises: Sequence[Tensor],
    loss_of_mean: Callable[[Tensor], Tensor],
    loss_of_sample: Callable[[Tensor], Tensor],
    backward: Callable[[Tensor], None],
) -> tuple[Tensor, Tensor]:
    """Gradients of loss_of_mean(mean of the samples) + mean of loss_of_sample, with the graph of one sample at a time.

    First all samples are drawn without a graph for their mean, and the slope of its loss; then each is drawn again
    from the same noise and carries its share of that slope back. `draw` must give the same for the same noise.
    Returns both losses.
    """
    count = len(noises)
    with torch.no_grad():
        mean = draw(noises[0]) / count
        for noise in noises[1:]:
            mean += draw(noise) / count
    mean.requires_grad_()
    of_mean = loss_of_mean(mean)
    (slope,) = torch.autograd.grad(of_mean, mean)
    of_samples = torch.zeros_like(of_mean.detach())
    for noise in noises:
        sample = draw(noise)
        each = loss_of_sample(sample)
        backward(((sample * slope).sum() + each) / count)
        of_samples += each.detach() / count
    return of_mean.detach(), of_samples
