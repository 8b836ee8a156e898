"""A trained network at work: four frames in, members out, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from sciml.core.errors import BadInput
from sciml.core.parallel import map_ordered
from sciml.core.weights import ModelRecord, fill, load_tensors, read_record
from sciml.nowcast.motion import coarsened, motion
from sciml.nowcast.network import (
    CONTEXT,
    FLOOR_MM_H,
    LIFETIMES,
    CascadeNetwork,
    Context,
    Outlook,
    carry,
    to_rain,
)
from sciml.nowcast.noise import evolving
from sciml.nowcast.settings import ModelSettings

# the U-Net halves four times a grid that is halved already
MULTIPLE = 32
# of a cell's rain, the share that must have come from where something was observed
KNOWN = 0.5


class Nowcaster(Protocol):
    """A model that forecasts; `record` says what it learnt from."""

    @property
    def record(self) -> ModelRecord: ...

    def members(
        self, frames: np.ndarray, leads: int, members: int, seed: int, threads: int = 1
    ) -> Iterator[np.ndarray]:
        """Members (lead, y, x) in mm/h from the frames (time, y, x), NaN where unknown."""


def load_nowcaster(folder: Path) -> Nowcaster:
    """Read a model folder; refuses one that is corrupt, of another science, or of an unknown shape."""
    record = read_record(folder, domain="nowcast")
    try:
        model = ModelSettings.model_validate(record.settings["model"])
        step_minutes, leads = int(record.settings["step_minutes"]), int(record.settings["leads"])
    except (KeyError, ValueError) as error:
        raise BadInput(
            folder, f"has settings that this version does not know ({error})", "use another model"
        ) from error
    if model.family == "dgmr":
        from sciml.nowcast.dgmr_generator import build_generator

        generator = build_generator(model.dgmr, leads)
        fill(generator, load_tensors(folder), folder)
        return GanNowcaster(record, generator.eval())
    network = CascadeNetwork(model.width, step_minutes)
    fill(network, load_tensors(folder), folder)
    return CascadeNowcaster(record, network.eval())


@dataclass(frozen=True)
class GanNowcaster:
    """Members of a DGMR generator."""

    record: ModelRecord
    generator: torch.nn.Module

    def members(
        self, frames: np.ndarray, leads: int, members: int, seed: int, threads: int = 1
    ) -> Iterator[np.ndarray]:
        from sciml.nowcast.dgmr_forecast import dgmr_forecast
        from sciml.nowcast.dgmr_generator import Generator

        assert isinstance(self.generator, Generator)
        torch.set_num_threads(1)
        return dgmr_forecast(self.generator, frames, leads, members, seed)


@dataclass(frozen=True)
class CascadeNowcaster:
    """Members of the cascade network: what every member shares once, then noise for each."""

    record: ModelRecord
    network: CascadeNetwork

    def members(
        self, frames: np.ndarray, leads: int, members: int, seed: int, threads: int = 1
    ) -> Iterator[np.ndarray]:
        """Members (lead, y, x) in mm/h, NaN where the rain comes from where nothing was observed.

        A member is a function of the frames, `seed` and its number: neither `threads` nor how many members there are
        changes a bit of it. Frames that are missing at the end are bridged by longer leads.
        """
        late = _missing_at_end(frames)
        shifted = np.concatenate([np.full_like(frames[:late], np.nan), frames[: len(frames) - late]])
        shape = frames.shape[1:]
        # work spreads over leads and members, not within an operation: so its sums keep their order
        torch.set_num_threads(1)
        context = _context(shifted)
        outlooks = list(
            map_ordered(lambda lead: self._outlook(context, lead), range(late + 1, late + leads + 1), threads)
        )
        memory = np.exp(-self.network.step_minutes / np.array(LIFETIMES))

        def one(member: int) -> np.ndarray:
            return _drawn(outlooks, memory, _generator(seed, member))[:, : shape[0], : shape[1]]

        yield from map_ordered(one, range(members), threads)

    @torch.inference_mode()
    def _outlook(self, context: Context, lead: int) -> _Future:
        outlook: Outlook = self.network(context, lead)
        known = carry(context.seen[:, -1:], outlook.displacement)[0, 0] >= KNOWN
        return _Future(outlook, known, _wrapped(outlook.displacement[0]))


@dataclass(frozen=True)
class _Future:
    """One lead: the distribution of one sample, where it is known (y, x), and which cell each cell's noise is from."""

    outlook: Outlook
    known: Tensor
    origin: Tensor


@torch.inference_mode()
def _drawn(outlooks: list[_Future], memory: np.ndarray, generator: torch.Generator) -> np.ndarray:
    """One member (lead, y, x)."""
    height, width = outlooks[0].known.shape
    fields = np.empty((len(outlooks), height, width), np.float32)
    astray = torch.randn(1, 2, generator=generator)
    noises = evolving(height, width, len(outlooks), memory, generator)
    for field, future, noise in zip(fields, outlooks, noises, strict=True):
        drifted = noise.flatten(1).index_select(1, future.origin).view_as(noise)
        rain = to_rain(future.outlook.levels(drifted[None], astray)[0])
        rain[rain < FLOOR_MM_H] = 0.0
        rain[~future.known] = torch.nan
        field[:] = rain.numpy()
    return fields


def _context(frames: np.ndarray) -> Context:
    """The frames on a grid that the network can halve, what was added as not observed."""
    flow = motion(frames)
    below, right = (-size % MULTIPLE for size in frames.shape[1:])
    padded = np.pad(frames, ((0, 0), (0, below), (0, right)), constant_values=np.nan)
    flow = np.pad(flow, ((0, 0), (0, below), (0, right)), mode="edge")
    blocks = coarsened(flow)
    with torch.inference_mode():
        return Context.of(
            torch.from_numpy(padded.astype(np.float32))[None], torch.from_numpy(blocks.astype(np.float32))[None]
        )


def _wrapped(displacement: Tensor) -> Tensor:
    """Flat index (y x) of the cell that displaced cells come from, on a grid without edges."""
    height, width = displacement.shape[1:]
    rows = torch.arange(height)[:, None] + displacement[0].round().long()
    columns = torch.arange(width)[None, :] + displacement[1].round().long()
    return (rows.remainder(height) * width + columns.remainder(width)).flatten()


def _missing_at_end(frames: np.ndarray) -> int:
    if len(frames) != CONTEXT:
        raise ValueError(f"a forecast begins with {CONTEXT} frames, not {len(frames)}")
    seen = np.flatnonzero(np.isfinite(frames).any(axis=(1, 2)))
    if not len(seen):
        raise ValueError("every frame is missing")
    return len(frames) - 1 - int(seen[-1])


def _generator(seed: int, member: int) -> torch.Generator:
    state = np.random.SeedSequence([seed, member]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))  # below 2 ** 63
