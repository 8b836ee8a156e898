"""How does the cascade network learn? Members drawn at random leads of each crop, held against what came."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import Tensor

from sciml.core.training import Trainable
from sciml.nowcast.crps import almost_fair_crps, pooled
from sciml.nowcast.network import CONTEXT, CascadeNetwork, Context, Outlook, carry, pyramid, to_levels, to_rain
from sciml.nowcast.noise import band_filters, banded, white
from sciml.nowcast.settings import Settings

# cells over which the score is averaged before it is taken, all of one weight
SCALES = (1, 4, 16)
# a crop counts by its error over its mean rain plus this (mm/h): a day of drizzle teaches as much as a storm
CALM_MM_H = 0.5
# weights of the score of the levels, which sees light rain, and of the spread over scales
LIGHT, TEXTURE = 0.2, 0.2
TEXTURE_BANDS = 4
# below this the logarithm of the texture flattens: -15 dB, as where spectra of rain are compared
TEXTURE_MM_H = 0.03
# spread of the factor, as a logarithm, by which a batch rains more or less than it did
INTENSITY = 0.4
# cells whose rain came from outside the crop can only be guessed
GUESSED = 0.1
UNIT = 100.0


class Cascade(Trainable):
    """The network with its loss: almost-fair CRPS at three scales, and the texture of members."""

    def __init__(self, settings: Settings, leads: int) -> None:
        super().__init__()
        self.network: CascadeNetwork = CascadeNetwork(settings.model.width, settings.prepare.step_minutes)
        self.model, self.settings, self.leads = settings.model, settings.train, leads

    def training_step(self, batch: Mapping[str, Tensor], _: int) -> Tensor:
        rain, motion = turned(rates(batch["rain"]), batch["motion"])
        rain = rain * torch.exp(INTENSITY * torch.randn(len(rain), 1, 1, 1, device=rain.device))
        context = Context.of(rain[:, :CONTEXT], motion)
        drawn = torch.randint(1, self.leads + 1, (self.model.leads_per_step,)).tolist()
        losses = [self._loss(context, rain[:, CONTEXT - 1 + lead], lead) for lead in drawn]
        loss = torch.stack(losses).mean()
        self.log("train_loss", loss.detach(), batch_size=len(rain))
        return loss

    def validation_step(self, batch: Mapping[str, Tensor], number: int) -> None:
        rain = rates(batch["rain"])
        context = Context.of(rain[:, :CONTEXT], batch["motion"])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(number)  # the same members at each validation
            leads = sorted({max(1, self.leads // 3), max(1, 2 * self.leads // 3), self.leads})
            losses = [self._loss(context, rain[:, CONTEXT - 1 + lead], lead) for lead in leads]
        self.log("validation_loss", torch.stack(losses).mean(), batch_size=len(rain), sync_dist=True)

    def _loss(self, context: Context, future: Tensor, lead: int) -> Tensor:
        outlook: Outlook = self.network(context, lead)
        seen = torch.isfinite(future).to(future.dtype)
        truth = to_rain(to_levels(torch.nan_to_num(future)))
        came = carry(context.seen[:, -1:], outlook.displacement)[:, 0]
        counted = seen * (GUESSED + (1 - GUESSED) * came)
        cells = counted.sum().clamp(min=1)
        noise, astray = self._drawn(future)
        levels = torch.stack([outlook.levels(*member) for member in zip(noise, astray, strict=True)])
        members = to_rain(levels)
        mean = (truth * counted).sum((1, 2)) / counted.sum((1, 2)).clamp(min=1)
        weight = counted / (CALM_MM_H + mean)[:, None, None]
        total = torch.zeros((), device=future.device)
        for scale in SCALES:
            drawn, whole = pooled(members, seen, scale)
            happened, _ = pooled(truth, seen, scale)
            share, _ = pooled(weight, seen, scale)
            score = almost_fair_crps(drawn, happened, self.model.fairness)
            total = total + (score * whole * share).sum() * scale**2 / cells
        # below the floor the slope is small and not zero, so that members that are all dry still learn of rain
        sloped = torch.nn.functional.leaky_relu(levels, 0.05)
        light = almost_fair_crps(sloped, to_levels(truth), self.model.fairness)
        return total + LIGHT * (light * counted).sum() / cells + TEXTURE * texture(levels, to_levels(truth), counted)

    def _drawn(self, future: Tensor) -> tuple[Tensor, Tensor]:
        """Noise (member, sample, band, y, x) and where the members stray to (member, sample, component)."""
        height, width = future.shape[-2:]
        spectrum = white((self.model.members, len(future), height, width)).to(future.device)
        noise = banded(spectrum, _filters(height, width).to(future.device), height, width)
        return noise, torch.randn(self.model.members, len(future), 2).to(future.device)


def rates(rain: Tensor) -> Tensor:
    """Stored rain (int16, hundredths of mm/h, -1 not observed) in mm/h with NaN."""
    return torch.where(rain < 0, torch.nan, rain.float() / UNIT)


def turned(rain: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
    """The same rain seen from one of eight directions, drawn at random for the whole batch."""
    quarters, mirrored = int(torch.randint(4, ())), bool(torch.randint(2, ()))
    rain, motion = rain.rot90(quarters, (-2, -1)), motion.rot90(quarters, (-2, -1))
    for _ in range(quarters):
        # a quarter turn takes what went right (columns) up (rows, negative), and what went down right
        motion = torch.stack([-motion[:, 1], motion[:, 0]], 1)
    if mirrored:
        rain, motion = rain.flip(-1), motion.flip(-1) * motion.new_tensor([1.0, -1.0])[:, None, None]
    return rain.contiguous(), motion.contiguous()


def texture(levels: Tensor, truth: Tensor, counted: Tensor) -> Tensor:
    """How far the variance of single members (member, sample, y, x) is from the truth's: log ratios by band."""
    members = (_decibels(levels[:2]) * counted).flatten(0, 1)
    drawn = (pyramid(members)[:, :TEXTURE_BANDS] ** 2).mean((2, 3)).reshape(2, len(truth), -1).mean(0)
    happened = (pyramid(_decibels(truth) * counted)[:, :TEXTURE_BANDS] ** 2).mean((2, 3))
    return (torch.log((drawn + 1e-4) / (happened + 1e-4)) ** 2).mean()


def _decibels(levels: Tensor) -> Tensor:
    """Tens of decibels above -15 dB: spectra are compared in these, and they tell drizzle from dry as levels do not."""
    return torch.log10(to_rain(levels) / TEXTURE_MM_H + 1)


@lru_cache(8)
def _filters(height: int, width: int) -> Tensor:
    return band_filters(height, width)
