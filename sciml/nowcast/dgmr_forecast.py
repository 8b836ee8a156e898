"""What does a DGMR generator forecast on a grid of any size? Members one by one, each with its own seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from sciml.nowcast.dgmr_generator import COARSEST, CONTEXT, HIGHEST_MM_H, Generator
from sciml.nowcast.dgmr_losses import rates

DRY_MM_H = 0.1


def dgmr_forecast(
    generator: Generator, frames: np.ndarray, leads: int, members: int, seed: int
) -> Iterator[np.ndarray]:
    """Members (lead, y, x) in mm/h from the last four frames (time, y, x) in mm/h, NaN where nothing was observed.

    A member depends on `seed` and its number alone, not on how many others there are. The grid is mirrored at its
    edges up to multiples of 32 cells and cut again. Cells that no frame observed are NaN in the forecast too. Where
    no cell reaches 0.1 mm/h the forecast is dry, whatever the generator would draw.
    """
    if len(frames) != CONTEXT:
        raise ValueError(f"DGMR begins with {CONTEXT} frames, not {len(frames)}")
    unknown = ~np.isfinite(frames).any(axis=0)
    if not (np.nan_to_num(frames) >= DRY_MM_H).any():
        yield from (_with_unknown(np.zeros((leads, *frames.shape[1:]), np.float32), unknown) for _ in range(members))
        return
    device = next(generator.parameters()).device
    rain, _ = rates(torch.from_numpy(np.array(frames, np.float32)))
    padding = [(0, 0), *(_padding(side) for side in frames.shape[1:])]
    context = torch.from_numpy(np.pad(rain.numpy(), padding, mode="reflect"))[None].to(device)
    rows, columns = (
        slice(before, before + side) for (before, _), side in zip(padding[1:], frames.shape[1:], strict=True)
    )
    for member in range(members):
        rng = torch.Generator().manual_seed(_member_seed(seed, member))
        drawn = _sampled(generator, context, rng, leads)[:, rows, columns]
        yield _with_unknown(np.clip(drawn, 0, HIGHEST_MM_H), unknown)


@torch.inference_mode()
def _sampled(generator: Generator, context: torch.Tensor, rng: torch.Generator, leads: int) -> np.ndarray:
    training = generator.training
    generator.eval()
    try:
        drawn: np.ndarray = generator(context, generator.draw_noise(context, rng), leads)[0].float().cpu().numpy()
    finally:
        generator.train(training)
    return drawn


def _padding(side: int) -> tuple[int, int]:
    missing = -side % COARSEST
    return missing // 2, missing - missing // 2


def _member_seed(seed: int, member: int) -> int:
    # two words of 32 bits; torch takes seeds below 2 ** 63
    return int(np.random.SeedSequence([seed, member]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _with_unknown(rain: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    rain[:, unknown] = np.nan
    return rain
