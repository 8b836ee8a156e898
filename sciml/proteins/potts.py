"""What do the relatives of a protein look like? Sequences that evolved while its contacts had to stay filled.

A Potts model gives every site a taste of its own (by burial and secondary structure) and every contact a 20 x 20
table of which residues go together. Sequences change along a random tree by Gibbs sampling, so that rows are related;
stretches get lost on the way and stay lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np

from sciml.core.compiled import compiled
from sciml.proteins.alignments import ALPHABET, GAP

RESIDUES = 20
CONTACT_ANGSTROM, NEAR_ANGSTROM, NEIGHBOUR_ANGSTROM = 8.0, 11.0, 10.0
MIN_SEPARATION = 3
STRENGTH, NEAR_STRENGTH, SHAPE = 0.58, 0.4, 2.0
TASTE, TASTE_SPREAD = 0.5, 0.7
ROOT_SWEEPS = 100
LOSSES_A_SWEEP, LONGEST_LOSS = 0.4, 7
# natural frequencies in percent and hydropathy (Kyte & Doolittle 1982), by ALPHABET
_FREQUENCY = (8.3, 1.4, 5.4, 6.7, 3.9, 7.1, 2.3, 5.9, 5.8, 9.7, 2.4, 4.1, 4.7, 3.9, 5.5, 6.6, 5.3, 6.9, 1.1, 2.9)
_HYDROPATHY = (
    1.8, 2.5, -3.5, -3.5, 2.8, -0.4, -3.2, 4.5, -3.9, 3.8, 1.9, -3.5, -1.6, -3.5, -4.5, -0.8, -0.7, 4.2, -0.9, -1.3,
)  # fmt: skip
_LIKED = {"H": "AELKMQR", "E": "VIYFWT", "-": "GPNDS"}
_PLUS, _MINUS = "KR", "DE"


@dataclass(frozen=True, eq=False)
class Potts:
    """Fields (residue, amino acid), and couplings by directed contact (contact, state of the partner, amino acid).

    The contacts of residue i are `starts[i]` to `starts[i + 1]`, `partners` the residues at their other ends.
    """

    fields: np.ndarray
    starts: np.ndarray
    partners: np.ndarray
    couplings: np.ndarray


def draw_potts(cb: np.ndarray, states: str, rng: np.random.Generator) -> Potts:
    """A model for a fold, by its C-beta atoms (residue, xyz) in angstrom and its states (H, E, -)."""
    distance = np.linalg.norm(cb[:, None] - cb[None], axis=-1)
    first, second = np.triu_indices(len(cb), MIN_SEPARATION)
    near = distance[first, second]
    # not every contact matters, and some that are none do a little
    weight = np.where(near < CONTACT_ANGSTROM, 1.0, np.where(near < NEAR_ANGSTROM, NEAR_STRENGTH, 0.0))
    weight *= STRENGTH * rng.gamma(SHAPE, 1 / SHAPE, len(near))
    chosen = np.flatnonzero(weight > 0)
    tables = weight[chosen, None, None] * _tables(len(chosen), rng)
    return _directed(_fields(distance, states, rng), first[chosen], second[chosen], tables)


def evolve(
    potts: Potts, rows: int, spread: float, rng: np.random.Generator, losses: float = LOSSES_A_SWEEP
) -> np.ndarray:
    """Sequences at the leaves of a random tree, (row, residue) uint8 in ALPHABET; the first has lost nothing.

    `spread`: sweeps over all sites that pass, on the mean, before a lineage splits; more make rows less alike.
    `losses`: stretches that a lineage loses in a sweep, on the mean.
    """
    return _grown(potts.fields, potts.starts, potts.partners, potts.couplings, rows, spread, losses, rng)


def _fields(distance: np.ndarray, states: str, rng: np.random.Generator) -> np.ndarray:
    neighbours = (distance < NEIGHBOUR_ANGSTROM).sum(axis=1)
    burial = np.clip((neighbours - neighbours.mean()) / neighbours.std(), -2, 2)
    hydropathy = np.array(_HYDROPATHY) / 3
    liked = np.array([[letter in _LIKED[state] for letter in ALPHABET[:RESIDUES]] for state in states])
    # some sites are kept much more than others, for reasons of their own
    taste = TASTE * rng.lognormal(0, TASTE_SPREAD, (len(states), 1)) * rng.normal(size=(len(states), RESIDUES))
    fields: np.ndarray = np.log(_FREQUENCY) + 0.5 * burial[:, None] * hydropathy + 0.6 * liked + taste
    return fields


def _tables(count: int, rng: np.random.Generator) -> np.ndarray:
    """Which residues go together, (contact, amino acid, amino acid): chance, and what chemistry says of all."""
    letters = ALPHABET[:RESIDUES]
    charge = np.array([(letter in _PLUS) - (letter in _MINUS) for letter in letters], float)
    hydropathy = np.array(_HYDROPATHY) / 3
    # about the mean of natural sequences, so that contacts as such make a chain no greasier
    hydropathy -= np.average(hydropathy, weights=_FREQUENCY)
    chemistry = 0.15 * np.outer(hydropathy, hydropathy) - 0.6 * np.outer(charge, charge)
    tables = rng.normal(size=(count, RESIDUES, RESIDUES)) + chemistry
    tables -= tables.mean(axis=1, keepdims=True)
    centred: np.ndarray = tables - tables.mean(axis=2, keepdims=True)
    return centred


def _directed(fields: np.ndarray, first: np.ndarray, second: np.ndarray, tables: np.ndarray) -> Potts:
    at, partner = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.argsort(at, kind="stable")
    both = np.concatenate([tables.transpose(0, 2, 1), tables])[order]
    # a partner that was lost has no say
    couplings = np.concatenate([both, np.zeros((len(both), 1, RESIDUES))], axis=1)
    starts = np.searchsorted(at[order], np.arange(len(fields) + 1))
    return Potts(fields.astype(np.float32), starts, partner[order], np.ascontiguousarray(couplings, np.float32))


@compiled
def _grown(
    fields: np.ndarray,
    starts: np.ndarray,
    partners: np.ndarray,
    couplings: np.ndarray,
    rows: int,
    spread: float,
    losses: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """A Yule tree: every lineage splits at the same rate; lineages are brought up to date when they split."""
    size = fields.shape[0]
    found, seen = np.zeros((rows, size), np.uint8), np.zeros(rows)
    for residue in range(size):
        found[0, residue] = int(rng.random() * RESIDUES)
    _change(found[0], float(ROOT_SWEEPS), 0.0, fields, starts, partners, couplings, rng)
    now = 0.0
    for count in range(1, rows):
        now -= spread * log(1 - rng.random()) / count
        parent = int(rng.random() * count)
        _change(found[parent], now - seen[parent], losses * (parent > 0), fields, starts, partners, couplings, rng)
        found[count] = found[parent]
        seen[parent] = now
        seen[count] = now
    for row in range(rows):
        _change(found[row], now - seen[row], losses * (row > 0), fields, starts, partners, couplings, rng)
    return found


@compiled
def _change(
    sequence: np.ndarray,
    sweeps: float,
    losses: float,
    fields: np.ndarray,
    starts: np.ndarray,
    partners: np.ndarray,
    couplings: np.ndarray,
    rng: np.random.Generator,
) -> None:
    size = len(sequence)
    steps = sweeps * size
    for _ in range(int(steps) + (rng.random() < steps - int(steps))):
        residue = int(rng.random() * size)
        if sequence[residue] == GAP:
            continue
        if losses > 0 and rng.random() < losses / size:
            sequence[residue : residue + 1 + int(rng.random() * LONGEST_LOSS)] = GAP
            continue
        energy = fields[residue].copy()
        for contact in range(starts[residue], starts[residue + 1]):
            table = couplings[contact, sequence[partners[contact]]]
            for letter in range(RESIDUES):
                energy[letter] += table[letter]
        highest = energy.max()
        total = 0.0
        for letter in range(RESIDUES):
            energy[letter] = exp(energy[letter] - highest)
            total += energy[letter]
        left, chosen = rng.random() * total, 0
        while chosen < RESIDUES - 1 and left >= energy[chosen]:
            left -= energy[chosen]
            chosen += 1
        sequence[residue] = chosen
