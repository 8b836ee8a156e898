"""Which helices and strands make a fold, where do they lie, and in which order does the chain run through them?

Segments lie as sticks in layers, strands 4.8 angstrom apart, helices and layers 10, the whole twisted as sheets are
(the forms of Taylor 2002, Nature 416, 657). Among many ways for the chain to run through them, one is taken whose
loops are short and whose crossings from strand to parallel strand are right-handed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

Kind = Literal["alpha", "beta", "mixed"]
KINDS: tuple[Kind, ...] = ("alpha", "beta", "mixed")
HELIX, STRAND = "H", "E"
RISE = {HELIX: 1.5, STRAND: 3.3}
SHORTEST, LONGEST = {HELIX: 7, STRAND: 4}, {HELIX: 22, STRAND: 9}
USUAL = {HELIX: (9, 17), STRAND: (5, 8)}
LAYER, HELICES, STRANDS = 10.0, 10.0, 4.8
LOOP_REACH = 2.9
WAYS = 1500


@dataclass(frozen=True)
class Segment:
    """A helix or strand: first residue, number of residues, its place across the sticks, and up (1) or down (-1)."""

    state: str
    first: int
    size: int
    x: float
    y: float
    up: int

    @property
    def residues(self) -> range:
        return range(self.first, self.first + self.size)


@dataclass(frozen=True)
class Architecture:
    """A fold as it is meant to be: segments, with loops between them; twist in radians an angstrom."""

    length: int
    segments: tuple[Segment, ...]
    twist: float


def draw_architecture(length: int, kind: Kind, rng: np.random.Generator) -> Architecture:
    """A fold of this kind for a chain of `length` residues."""
    helices, strands = _counts(length, kind, rng)
    while True:
        states = _order(helices, strands, rng)
        sizes = [int(rng.integers(USUAL[state][0], USUAL[state][1] + 1)) for state in states]
        slots = _slots(helices, strands, rng)
        segments = _threaded(states, sizes, slots, rng)
        fitted = _fitted(segments, length, rng)
        if fitted is not None:
            twist = -rng.uniform(0.25, 0.4) / STRANDS if strands else rng.choice([-0.35, 0.35]) / HELICES
            return Architecture(length, tuple(fitted), float(twist))
        # too much for so few residues
        helices, strands = (helices - 1, strands) if helices > (strands == 0) else (helices, strands - 1)


def _counts(length: int, kind: Kind, rng: np.random.Generator) -> tuple[int, int]:
    """Helices and strands, about as many as a domain of this length has."""
    share = length * rng.uniform(0.9, 1.1)
    if kind == "alpha":
        return max(2, round(share / 18)), 0
    if kind == "beta":
        return 0, max(3, round(share / 10.5))
    strands = max(3, round(share / 22))
    return max(1, round((share - 9.5 * strands) / 17)), strands


def _order(helices: int, strands: int, rng: np.random.Generator) -> list[str]:
    states = [HELIX] * helices + [STRAND] * strands
    # helices between strands rather than together, as most sheets are made
    drawn = [list(rng.permutation(states)) for _ in range(4)]
    return max(drawn, key=lambda order: sum(a != b for a, b in pairwise(order)))


def _slots(helices: int, strands: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Places (slot, xy) of strands and of helices; no more of them than are needed."""
    if not strands:
        width = (helices + 1) // 2
        grid = [(HELICES * (column - (width - 1) / 2), LAYER * layer) for layer in (0, 1) for column in range(width)]
        chosen = grid if helices % 2 == 0 else grid[:-1]
        return {HELIX: np.array(chosen) + rng.normal(0, 0.6, (helices, 2)), STRAND: np.zeros((0, 2))}
    sheets = 2 if not helices and strands >= 5 else 1
    wide = (strands + sheets - 1) // sheets
    sheet = [(STRANDS * (column - (wide - 1) / 2), LAYER * layer) for layer in range(sheets) for column in range(wide)]
    sides = [1.0, -1.0] if helices > 1 and rng.random() < 0.7 else [float(rng.choice([-1.0, 1.0]))]
    width = (helices + len(sides) - 1) // len(sides)
    above = [(HELICES * (column - (width - 1) / 2), LAYER * side) for column in range(width) for side in sides]
    places = {STRAND: np.array(sheet[:strands]), HELIX: np.array(above[:helices]).reshape(-1, 2)}
    places[HELIX] = places[HELIX] + rng.normal(0, 0.6, places[HELIX].shape)
    return places


def _threaded(
    states: list[str], sizes: list[int], slots: dict[str, np.ndarray], rng: np.random.Generator
) -> list[Segment]:
    """The best of many random ways through the slots."""
    count = len(states)
    places, ups = np.zeros((WAYS, count, 2)), rng.choice([-1, 1], (WAYS, count))
    for state, own in slots.items():
        where = [number for number, each in enumerate(states) if each == state]
        order = rng.permuted(np.tile(np.arange(len(own)), (WAYS, 1)), axis=1)
        places[:, where] = own[order]
    # neighbours along the chain run against each other more often than not
    ups[::2] = ups[::2, :1] * (-1) ** np.arange(count)
    half = np.array([RISE[state] * (size - 1) / 2 for state, size in zip(states, sizes, strict=True)])
    ends, starts = (ups * half)[:, :-1], (-ups * half)[:, 1:]
    across = np.linalg.norm(np.diff(places, axis=1), axis=2)
    gaps = np.hypot(across, starts - ends)
    cost = (np.maximum(gaps - 9, 0) ** 2).sum(axis=1) + 60 * _left_handed(states, places, ups)
    best = int(np.argmin(cost + rng.exponential(25, WAYS)))
    return [
        Segment(state, 0, size, float(x), float(y), int(up))
        for state, size, (x, y), up in zip(states, sizes, places[best], ups[best], strict=True)
    ]


def _left_handed(states: list[str], places: np.ndarray, ups: np.ndarray) -> np.ndarray:
    """How many strand-helix-strand crossings between parallel strands of one sheet have the rare hand, (way)."""
    wrong = np.zeros(len(places))
    for number in range(len(states) - 2):
        if states[number : number + 3] == [STRAND, HELIX, STRAND]:
            parallel = ups[:, number] == ups[:, number + 2]
            right = (places[:, number + 2, 0] - places[:, number, 0]) * places[:, number + 1, 1]
            wrong += parallel & (right * ups[:, number] < 0)
    return wrong


def _fitted(segments: list[Segment], length: int, rng: np.random.Generator) -> list[Segment] | None:
    """The segments on a chain of exactly `length` residues, or None where they cannot be shortened so far."""
    count = len(segments)
    sizes = [segment.size for segment in segments]
    loops = [2, *(_loop(a, b) for a, b in pairwise(segments)), 2]
    extra = [3, *(int(rng.integers(1, 5)) for _ in range(count - 1)), 3]
    while sum(sizes) + sum(loops) > length:
        spare = [size - SHORTEST[segment.state] for size, segment in zip(sizes, segments, strict=True)]
        if max(spare) <= 0:
            return None
        sizes[int(np.argmax(spare))] -= 1
    while sum(sizes) + sum(loops) < length:
        free = [(sizes, k) for k in range(count) if sizes[k] < LONGEST[segments[k].state]]
        free += [(loops, k) for k in range(count + 1) if extra[k] > 0]
        target, k = free[int(rng.integers(len(free)))] if free else (loops, int(rng.integers(count + 1)))
        target[k] += 1
        if target is loops:
            extra[k] -= 1
    placed, first = list[Segment](), loops[0]
    for segment, size, loop in zip(segments, sizes, loops[1:], strict=True):
        placed.append(replace(segment, first=first, size=size))
        first += size + loop
    return placed


def _loop(before: Segment, after: Segment) -> int:
    """Residues that a loop needs to reach the next segment."""
    end = before.up * RISE[before.state] * (before.size - 1) / 2
    start = -after.up * RISE[after.state] * (after.size - 1) / 2
    reach = np.sqrt((before.x - after.x) ** 2 + (before.y - after.y) ** 2 + (start - end) ** 2)
    return max(2, int(np.ceil(reach / LOOP_REACH)) - 1)
