"""The residual blocks, the recurrent cell and the attention that DGMR is made of.

Ravuri et al. 2021, Nature 597, 672, as in the pseudocode published with it (Supplementary Data). Every tensor is
(sample, map, y, x) unless said otherwise. "SN": spectral normalisation (Miyato et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

SPECTRAL_EPS = 1e-4
# running statistics are updated once a lead: the usual 0.1 would leave them with the last few leads of a roll-out
NORM_MOMENTUM = 0.01
# maps of query, key and value are an eighth of the input's
ATTENTION_RATIO = 8

Convolution: TypeAlias = Callable[[int, int, int], nn.Module]
Pooling: TypeAlias = Callable[[Tensor], Tensor]


def sn_convolution(before: int, after: int, side: int) -> nn.Module:
    """SN convolution over y and x that keeps their size."""
    return spectral_norm(nn.Conv2d(before, after, side, padding=side // 2), eps=SPECTRAL_EPS)


def sn_convolution_3d(before: int, after: int, side: int) -> nn.Module:
    """SN convolution over time, y and x that keeps their size."""
    return spectral_norm(nn.Conv3d(before, after, side, padding=side // 2), eps=SPECTRAL_EPS)


def halved(maps: Tensor) -> Tensor:
    """Means of 2 x 2 cells; an odd last row or column is left out, and a single one is kept."""
    height, width = maps.shape[-2:]
    return functional.avg_pool2d(maps, (min(2, height), min(2, width)))


def halved_3d(maps: Tensor) -> Tensor:
    """Means of 2 x 2 x 2 cells (sample, map, time, y, x); an odd last frame is left out, and a single one is kept."""
    # not avg_pool3d: its gradient on a GPU is not deterministic
    frames = maps.shape[2]
    if frames > 1:
        maps = (maps[:, :, 0 : frames - 1 : 2] + maps[:, :, 1:frames:2]) / 2
    smaller = halved(maps.flatten(1, 2))
    return smaller.reshape(*maps.shape[:3], *smaller.shape[2:])


class DBlock(nn.Module):
    """Residual block of the discriminators and of the context stack; halves the grid unless told otherwise."""

    def __init__(
        self,
        before: int,
        after: int,
        *,
        halve: bool = True,
        activate_first: bool = True,
        convolution: Convolution = sn_convolution,
        pool: Pooling = halved,
    ) -> None:
        super().__init__()
        self.halve, self.activate_first, self.pool = halve, activate_first, pool
        self.first = convolution(before, before, 3)
        self.second = convolution(before, after, 3)
        self.shortcut = convolution(before, after, 1) if halve or before != after else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        inner = functional.relu(maps) if self.activate_first else maps
        inner = self.second(functional.relu(self.first(inner)))
        if not self.halve:
            return cast(Tensor, inner + self.shortcut(maps))
        # a convolution of one cell and a mean commute; this order costs a quarter of the published one
        return cast(Tensor, self.pool(inner) + self.shortcut(self.pool(maps)))


class LBlock(nn.Module):
    """Residual block of the latent stack: its way round keeps the maps and adds the missing ones; no SN."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.added = nn.Conv2d(before, after - before, 1) if before < after else None

    def forward(self, maps: Tensor) -> Tensor:
        inner = self.second(functional.relu(self.first(functional.relu(maps))))
        around = maps if self.added is None else torch.cat([maps, self.added(maps)], dim=1)
        return cast(Tensor, inner + around)


class GBlock(nn.Module):
    """Residual block of the sampler with batch normalisation; `double` doubles the grid."""

    def __init__(self, before: int, after: int, *, double: bool = False) -> None:
        super().__init__()
        self.doubles = double
        self.first_norm = nn.BatchNorm2d(before, momentum=NORM_MOMENTUM)
        self.first = sn_convolution(before, after, 3)
        self.second_norm = nn.BatchNorm2d(after, momentum=NORM_MOMENTUM)
        self.second = sn_convolution(after, after, 3)
        self.shortcut = sn_convolution(before, after, 1) if double or before != after else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        inner = functional.relu(self.first_norm(maps))
        # doubling after the convolution of one cell gives the same as before it, at a quarter of the cost
        around = self.shortcut(maps)
        if self.doubles:
            inner, around = _doubled(inner), _doubled(around)
        inner = self.second(functional.relu(self.second_norm(self.first(inner))))
        return cast(Tensor, inner + around)


class ConvGRU(nn.Module):
    """One step of a convolutional gated recurrent unit with ReLU; the same weights at every lead."""

    def __init__(self, inputs: int, maps: int) -> None:
        super().__init__()
        self.read = sn_convolution(inputs + maps, maps, 3)
        self.update = sn_convolution(inputs + maps, maps, 3)
        self.output = sn_convolution(inputs + maps, maps, 3)

    def forward(self, inputs: Tensor, state: Tensor) -> Tensor:
        both = torch.cat([inputs, state], dim=1)
        read, update = torch.sigmoid(self.read(both)), torch.sigmoid(self.update(both))
        candidate = functional.relu(self.output(torch.cat([inputs, read * state], dim=1)))
        return update * state + (1 - update) * candidate


class SelfAttention(nn.Module):
    """Every cell looks at every other one; begins as the identity, because the gain begins at zero."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        inner = maps // ATTENTION_RATIO
        self.query, self.key, self.value = (nn.Conv2d(maps, inner, 1, bias=False) for _ in range(3))
        self.output = nn.Conv2d(inner, maps, 1, bias=False)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, maps: Tensor) -> Tensor:
        query, key, value = (layer(maps).flatten(2) for layer in (self.query, self.key, self.value))
        attention = torch.softmax(query.transpose(1, 2) @ key, dim=-1)  # (sample, cell that looks, cell seen)
        seen = (value @ attention.transpose(1, 2)).unflatten(2, maps.shape[-2:])
        return cast(Tensor, maps + self.gain * self.output(seen))


class MeanNorm(nn.Module):
    """Batch normalisation (sample, map) that only takes away the mean: `calc_sigma=False` of the pseudocode."""

    mean: Tensor

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(maps))

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return values - self.mean
        mean = values.mean(0)
        with torch.no_grad():
            self.mean.lerp_(mean.float(), NORM_MOMENTUM)
        return values - mean


@contextmanager
def steady_weights(network: nn.Module) -> Iterator[None]:
    """Normalise every weight once for all the leads of a pass, in float32 also where the pass is in bf16."""
    with parametrize.cached():
        with _full_precision(network):
            for module in _normalised(network):
                _ = module.weight
        yield


@contextmanager
def frozen_norms(network: nn.Module) -> Iterator[None]:
    """No power iteration, so that two passes with the same inputs have the same weights."""
    with _iterating(network, False):
        yield


@torch.no_grad()
def refresh_norms(network: nn.Module) -> None:
    """One power iteration for every spectral norm."""
    with _iterating(network, True), _full_precision(network):
        for module in _normalised(network):
            _ = module.weight


@contextmanager
def _iterating(network: nn.Module, iterate: bool) -> Iterator[None]:
    before = [(norm, norm.training) for module in _normalised(network) for norm in _norms(module)]
    try:
        for norm, _ in before:
            norm.train(iterate)
        yield
    finally:
        for norm, training in before:
            norm.train(training)


def _full_precision(network: nn.Module) -> torch.autocast:
    return torch.autocast(next(network.parameters()).device.type, enabled=False)


def _doubled(maps: Tensor) -> Tensor:
    return functional.interpolate(maps, scale_factor=2, mode="nearest")


def _normalised(network: nn.Module) -> list[nn.Module]:
    return [module for module in network.modules() if parametrize.is_parametrized(module, "weight")]


def _norms(module: nn.Module) -> list[nn.Module]:
    return list(cast(nn.ModuleDict, module.parametrizations)["weight"].children())
